// The operation that a request sends: in the body of a POST, or in the URL of a GET.
import { getOperationAST, type OperationTypeNode, parse } from 'graphql'
import { badInput } from '../../domain/admin-errors.ts'
import { isObject } from '../../domain/is-object.ts'

// As the engine's; what has more is refused there.
const TOKENS_MAX = 2_000
const PARAMETERS = ['query', 'operationName', 'variables', 'extensions']

/** `json` is what the engine is given: of a POST, the body as it came. */
export type SentOperation = {
  query: string
  operationName: string | null
  extensions: Readonly<Record<string, unknown>>
  json: string
}

/** The operation of a body. Throws BAD_USER_INPUT for one that is not JSON; what else is wrong with it the engine says. */
export function operationInBody(body: string): SentOperation {
  let json: unknown
  try {
    json = JSON.parse(body)
  } catch {
    throw badInput(null, 'The body is not valid JSON.')
  }
  return operationOf(json, body)
}

/**
 * The operation of a URL's query, as the GraphQL over HTTP specification has it: `variables` and `extensions` are JSON. Throws
 * BAD_USER_INPUT for a parameter that it does not know, that is there twice, or whose JSON is no object.
 */
export function operationInUrl(search: string): SentOperation {
  const sent: Record<string, unknown> = {}
  for (const [name, value] of new URLSearchParams(search)) {
    if (!PARAMETERS.includes(name)) {
      const known = PARAMETERS.join(', ')
      throw badInput(null, `The URL has a parameter that is not known here. Those that are: ${known}.`)
    }
    if (Object.hasOwn(sent, name)) throw badInput(name, `${name}: the URL has it twice. Send it once.`)
    sent[name] = name === 'variables' || name === 'extensions' ? objectIn(name, value) : value
  }
  return operationOf(sent, JSON.stringify(sent))
}

/** The same operation with this text: one JSON, whether the text came with it or not, so that it is one request to an Idempotency-Key. */
export function withQuery(sent: SentOperation, query: string): SentOperation {
  const { query: _sent, extensions: _extensions, ...rest } = JSON.parse(sent.json)
  return { ...sent, query, json: JSON.stringify({ query, ...rest }) }
}

/** What kind of operation is to run; null where that cannot be known, which is the engine's to report. */
export function operationKind({
  query,
  operationName,
}: Pick<SentOperation, 'query' | 'operationName'>): `${OperationTypeNode}` | null {
  try {
    const document = parse(query, { maxTokens: TOKENS_MAX, noLocation: true })
    return getOperationAST(document, operationName)?.operation ?? null
  } catch {
    return null
  }
}

function operationOf(sent: unknown, json: string): SentOperation {
  const { query, operationName, extensions } = isObject(sent) ? sent : {}
  return {
    query: typeof query === 'string' ? query : '',
    operationName: typeof operationName === 'string' && operationName !== '' ? operationName : null,
    extensions: isObject(extensions) ? extensions : {},
    json,
  }
}

function objectIn(name: string, text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (isObject(value)) return value
  } catch {
    // Said below.
  }
  throw badInput(name, `${name}: it must be a JSON object, URL-encoded.`)
}
