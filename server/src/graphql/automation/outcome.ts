// What a mutation came to, as far as it matters to whoever sends it again: whether anything was changed, and which secrets it showed.
import { type GraphQLField, type GraphQLSchema, getNamedType, isObjectType } from 'graphql'
import { AdminError } from '../../domain/admin-errors.ts'
import { ALREADY_REVEALED } from '../../domain/automation/idempotency-key.ts'
import { isObject } from '../../domain/is-object.ts'

/** Filled while an operation runs. */
export type Outcome = { changed: boolean; secrets: Set<string> }

type Path = (string | number)[]
type Field = GraphQLField<unknown, { outcome: Outcome | null }>

// Fields of text under these names are shown once, whatever their type is: a secret, a link that opens something, backup codes.
const SHOWN_ONCE = /(?:^url|secret|token|password|link|codes|uri)$/i

/** The schema, with mutations that note their outcome in `context.outcome`. To be called once. */
export function notingOutcomes(schema: GraphQLSchema): GraphQLSchema {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) noteChange(field)
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue
    for (const field of Object.values(type.getFields()))
      if (SHOWN_ONCE.test(field.name) && getNamedType(field.type).name === 'String') noteSecret(field)
  }
  return schema
}

/** What is thrown on purpose is thrown before any change; nobody knows when another error came. */
function noteChange(field: Field): void {
  const { resolve } = field
  if (resolve === undefined) return
  field.resolve = async (root, args, context, info) => {
    try {
      const result = await resolve(root, args, context, info)
      if (context.outcome !== null) context.outcome.changed = true
      return result
    } catch (error) {
      if (context.outcome !== null && !(error instanceof AdminError)) context.outcome.changed = true
      throw error
    }
  }
}

function noteSecret(field: Field): void {
  const { resolve } = field
  if (resolve === undefined) return
  field.resolve = (root, args, context, info) => {
    const value = resolve(root, args, context, info)
    const { outcome } = context
    if (outcome === null) return value
    return Promise.resolve(value).then((shown: unknown) => {
      for (const text of Array.isArray(shown) ? shown : [shown])
        if (typeof text === 'string' && text !== '') outcome.secrets.add(text)
      return shown
    })
  }
}

const REVEALED = `${ALREADY_REVEALED} Make a new one, such as with rotateApiKey.`

/**
 * The body of a response, JSON, without its secrets: each is null, with an error of the code ALREADY_REVEALED at its path. A list of
 * them is empty.
 */
export function withoutSecrets(body: string, secrets: ReadonlySet<string>): string {
  if (secrets.size === 0) return body
  const result: unknown = JSON.parse(body)
  if (!isObject(result)) return body
  const paths: Path[] = []
  const data = stripped(result.data, secrets, [], paths)
  const errors = [
    ...(Array.isArray(result.errors) ? result.errors : []),
    ...paths.map((path) => ({ message: REVEALED, path, extensions: { code: 'ALREADY_REVEALED' } })),
  ]
  return JSON.stringify({ ...result, data, ...(errors.length > 0 && { errors }) })
}

function stripped(value: unknown, secrets: ReadonlySet<string>, path: Path, paths: Path[]): unknown {
  if (typeof value === 'string') {
    if (!secrets.has(value)) return value
    paths.push(path)
    return null
  }
  if (Array.isArray(value)) {
    if (value.some((item) => typeof item === 'string' && secrets.has(item))) {
      paths.push(path)
      return []
    }
    return value.map((item, at) => stripped(item, secrets, [...path, at], paths))
  }
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, stripped(member, secrets, [...path, name], paths)]),
  )
}
