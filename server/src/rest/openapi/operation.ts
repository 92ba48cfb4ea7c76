// What an endpoint takes and sends, said once: the handler reads its query by it, and the OpenAPI document is made of it.
import type { Scope } from '../../domain/admins/permissions.ts'
import { ERROR_CATALOGUE } from '../../domain/error-catalogue.ts'

/** A schema of JSON Schema 2020-12, as OpenAPI 3.1 has it. */
export type Schema = { readonly [member: string]: unknown }

export type Parameter = {
  name: string
  description: string
  schema: Schema
  /** One that works on a server with a key. */
  example?: string | number | boolean | readonly string[]
  required?: true
}

export type Operation = {
  /** Unique in the document. */
  id: string
  summary: string
  description?: string
  query: readonly Parameter[]
  /** Null: the request has no body. */
  body: { schema: Schema; example: unknown; required: boolean } | null
  response:
    | { description: string; schema: Schema; example: unknown }
    /** Of other kinds than JSON: by media type. */
    | { description: string; media: Readonly<Record<string, Schema>> }
  /** Statuses of errors beside 400, 401, 403 and 500. */
  errors: readonly number[]
}

/** How requests authenticate: as an admin or an admin token with a scope, or by an API key. */
export type Security = { admin: Scope } | 'API_KEY'

export type DocumentedPath = {
  /** With names such as `{key_id}` for its parameters. */
  path: string
  method: 'GET' | 'POST' | 'DELETE'
  security: Security
  operation: Operation
}

/** The names of the query parameters. */
export function queryNames({ query }: Operation): string[] {
  return query.map(({ name }) => name)
}

/** A whole number from `min` to `max`; where it is left out, `absent`. */
export function wholeParameter(
  name: string,
  description: string,
  { min, max, absent }: { min: number; max: number; absent?: number | null },
  example?: number,
): Parameter {
  const schema = {
    type: 'integer',
    minimum: min,
    maximum: max,
    ...(absent == null ? {} : { default: absent }),
  }
  return { name, description, schema, ...(example === undefined ? {} : { example }) }
}

/** An object with these members and no other; each is always there. */
export function objectOf(properties: Record<string, Schema>, description?: string): Schema {
  return {
    type: 'object',
    ...(description === undefined ? {} : { description }),
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  }
}

/** An object with a secret: sent again, it is null, and `error` says so. */
export function shownOnce(properties: Record<string, Schema>): Schema {
  const error = {
    type: 'object',
    description: 'That a secret was shown before; of a response that is sent again.',
  }
  return { ...objectOf(properties), properties: { ...properties, error } }
}

/** A list of these, of any length. */
export function listOf(items: Schema): Schema {
  return { type: 'array', items }
}

/** The same, or null. */
export function orNull(schema: Schema): Schema {
  const { type } = schema
  return typeof type === 'string' && !('enum' in schema)
    ? { ...schema, type: [type, 'null'] }
    : { anyOf: [schema, { type: 'null' }] }
}

export const TEXT: Schema = { type: 'string' }
export const COUNT: Schema = { type: 'integer', minimum: 0 }
export const AMOUNT: Schema = { type: 'number', minimum: 0 }
export const TRUTH: Schema = { type: 'boolean' }
export const INSTANT: Schema = { type: 'string', format: 'date-time' }
/** A name of the error catalogue, to which more may be added. */
export const CALL_ERROR_CODE: Schema = {
  anyOf: [{ type: 'string', enum: Object.keys(ERROR_CATALOGUE) }, { type: 'string' }],
}
/** An exact decimal of US dollars. */
export const DECIMAL: Schema = { type: 'string', pattern: '^-?\\d+(\\.\\d{1,9})?$' }
