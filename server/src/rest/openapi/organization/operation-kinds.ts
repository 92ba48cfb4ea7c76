// What the operations of OpenAI's admin API have in common: three kinds, and parameters.
import { NAME_MAX } from '../../../domain/keys/api-key-input.ts'
import { EXPIRES_SECONDS, PAGE_LIMIT } from '../../organization/organization-call.ts'
import { type Operation, type Parameter, type Schema, TEXT, wholeParameter } from '../operation.ts'
import { deleted } from './organization-shapes.ts'

/** By method and path below `/v1/organization`, with `*` for each identifier: `GET users/*`. */
export type OperationTable = Readonly<Record<string, Operation>>

const AFTER: Parameter = {
  name: 'after',
  description: 'The `last_id` of the page before.',
  schema: TEXT,
}

export const BEFORE: Parameter = {
  name: 'before',
  description: 'The `first_id` of the page after.',
  schema: TEXT,
}

export const PAGE: readonly Parameter[] = [
  wholeParameter('limit', 'Items of a page.', PAGE_LIMIT, PAGE_LIMIT.min),
  AFTER,
]
export const NAME: Schema = { type: 'string', minLength: 1, maxLength: NAME_MAX }
export const EXPIRES: Schema = {
  type: ['integer', 'null'],
  minimum: EXPIRES_SECONDS.min,
  maximum: EXPIRES_SECONDS.max,
}
export const ORDER: Parameter = {
  name: 'order',
  description: 'By creation.',
  schema: { type: 'string', enum: ['asc', 'desc'], default: 'desc' },
  example: 'asc',
}

/** Reads, and changes nothing. */
export function read(id: string, summary: string, response: Operation['response']): Operation {
  return { id, summary, query: [], body: null, response, errors: [404, 429] }
}

/** A POST. `properties`: the members of its body, of which those in `required` must be there; `example`: a body. */
export function change(
  id: string,
  summary: string,
  properties: Record<string, Schema>,
  example: object,
  response: Operation['response'],
  { required = [] }: { required?: string[] } = {},
): Operation {
  const schema = { type: 'object', properties, required, additionalProperties: false }
  const body = { required: required.length > 0, schema, example }
  return { id, summary, query: [], body, response, errors: [404, 413, 415, 429] }
}

/** A DELETE. `object`: what is deleted, in the words of OpenAI; `example`: the id of one. */
export function removal(id: string, summary: string, object: string, example: string): Operation {
  const response = deleted(`${object}.deleted`, example)
  return { id, summary, query: [], body: null, response, errors: [404, 429] }
}
