// `latchkey explain`: asks a running server what it would do with a call.
import {
  type ApiKey,
  AuthenticationError,
  ConnectionError,
  Latchkey,
  LatchkeyError,
  NotFoundError,
  UserInputError,
} from '@latchkey/sdk'
import { explainText } from './explain-text.ts'

export type ExplainOptions = {
  /** A key's id or its whole name. */
  key: string
  model?: string
  method: string
  endpoint: string
  ip?: string
  tokens?: number
  url: string
  json: boolean
}

/** `exitCode`: 0 let in, 1 refused, 2 the question is wrong, 3 the server could not be asked. */
export type Explained = { exitCode: 0 | 1 | 2 | 3; text: string }

// What callers send, in the forms that the gateway takes.
const SECRET = /^(sk-)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Never rejects. No text holds the token; of the URL, no more than says which server was asked. */
export async function explain(options: ExplainOptions, adminToken: string | null): Promise<Explained> {
  const url = URL.parse(options.url)
  if (url === null || !/^https?:$/.test(url.protocol)) {
    return wrong('--url must be the address of a Latchkey, such as http://localhost:8000.')
  }
  const place = `${url.origin}${url.pathname.replace(/\/+$/, '')}`
  if (adminToken === null) {
    return wrong(
      'No admin token: set LATCHKEY_ADMIN_TOKEN, or LATCHKEY_ADMIN_TOKEN_FILE to the path of a file with it.',
    )
  }
  if (SECRET.test(options.key.trim())) {
    return wrong(
      '--key takes the id or the name of an API key, never the key itself: a command line is no secret.',
    )
  }
  const { keys } = new Latchkey({ url: place, adminToken, maxRetries: 1 })
  try {
    const key = await findKey(keys, options.key)
    if (typeof key === 'string') return wrong(key)
    const { model, method, endpoint, ip, tokens } = options
    const explanation = await keys.explain(key.id, { model, method, endpoint, clientIp: ip, tokens })
    const { id, name } = key
    return {
      exitCode: explanation.admitted ? 0 : 1,
      text: options.json
        ? JSON.stringify({ apiKey: { id, name }, ...explanation })
        : explainText(key, explanation, Date.now()),
    }
  } catch (error) {
    return failureOf(error, place)
  }
}

/** The key, or why it is not clear which one is meant. */
async function findKey(keys: Latchkey['keys'], asked: string): Promise<ApiKey | string> {
  if (/^key_\d+$/.test(asked)) {
    const byId = await keys.get(asked).catch((error: unknown) => {
      if (error instanceof NotFoundError) return null
      throw error
    })
    if (byId !== null) return byId
  }
  const named: ApiKey[] = []
  for await (const key of keys.list({ filter: { search: asked }, first: 100 }))
    if (key.name === asked) named.push(key)
  // Of keys with one name, most are the predecessors of the one that is meant.
  const working = named.filter(({ status }) => status !== 'REVOKED' && status !== 'EXPIRED')
  const [only, ...others] = working.length === 1 ? working : named
  if (only === undefined) {
    return `There is no API key with the id or the name "${asked}". Names are compared as a whole, letter by letter.`
  }
  if (others.length === 0) return only
  const all = named
    .slice(0, 20)
    .map(({ id, status }) => `${id} (${status.toLowerCase()})`)
    .join(', ')
  return `${named.length} API keys have the name "${asked}". Send the id of one of them: ${all}${named.length > 20 ? ' …' : ''}`
}

function failureOf(error: unknown, place: string): Explained {
  if (error instanceof UserInputError) return wrong(error.message)
  if (error instanceof AuthenticationError) {
    return unasked(
      `The server at ${place} refused the admin token. LATCHKEY_ADMIN_TOKEN must be the one that it was started with.`,
    )
  }
  if (error instanceof ConnectionError) {
    return unasked(
      `The server at ${place} cannot be reached. Is it running? --url or LATCHKEY_URL says where it is.`,
    )
  }
  const said = error instanceof LatchkeyError ? error.message : String(error)
  return unasked(`The server at ${place} could not explain the call: ${said}`)
}

function wrong(text: string): Explained {
  return { exitCode: 2, text }
}

function unasked(text: string): Explained {
  return { exitCode: 3, text }
}
