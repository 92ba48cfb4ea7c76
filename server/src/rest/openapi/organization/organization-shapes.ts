// How objects of OpenAI's admin API are described, and the responses that hold one, a page or buckets of them.
import {
  COUNT,
  listOf,
  type Operation,
  objectOf,
  orNull,
  type Schema,
  shownOnce,
  TEXT,
  TRUTH,
} from '../operation.ts'

/** An object with an example that is one. */
export type Shape = { members: Record<string, Schema>; example: Record<string, unknown> }

/** The instant of examples, in seconds since the epoch. */
export const AT = 1_764_424_800
export const SECONDS: Schema = { type: 'integer', minimum: 0, description: 'Seconds since the epoch.' }

/** The one value that a member has. */
export function constant(value: string): Schema {
  return { type: 'string', const: value }
}

/** The response with one object. */
export function one(description: string, { members, example }: Shape): Operation['response'] {
  return { description, schema: objectOf(members), example }
}

/** The response with a page of them. */
export function pageOf(description: string, { members, example }: Shape): Operation['response'] {
  return pageOfSchema(description, objectOf(members), example)
}

/** The same of objects that have optional members too. */
export function pageOfSchema(
  description: string,
  items: Schema,
  example: Record<string, unknown>,
): Operation['response'] {
  const id = orNull(TEXT)
  return {
    description,
    schema: objectOf({
      object: constant('list'),
      data: listOf(items),
      first_id: id,
      last_id: id,
      has_more: TRUTH,
    }),
    example: { object: 'list', data: [example], first_id: example.id, last_id: example.id, has_more: false },
  }
}

/** The response to a deletion. `id` null: it has none. */
export function deleted(object: string, id: string | null): Operation['response'] {
  const example = { object, ...(id === null ? {} : { id }), deleted: true }
  return {
    description: 'It is deleted.',
    schema: objectOf({
      object: constant(object),
      ...(id === null ? {} : { id: TEXT }),
      deleted: { type: 'boolean', const: true },
    }),
    example,
  }
}

/** The response with buckets of time. */
export function bucketsOf(description: string, { members, example }: Shape): Operation['response'] {
  return {
    description,
    schema: objectOf({
      object: constant('page'),
      data: listOf(
        objectOf({
          object: constant('bucket'),
          start_time: COUNT,
          end_time: COUNT,
          results: listOf(objectOf(members)),
        }),
      ),
      has_more: TRUTH,
      next_page: orNull(TEXT),
    }),
    example: {
      object: 'page',
      data: [{ object: 'bucket', start_time: AT, end_time: AT + 86_400, results: [example] }],
      has_more: false,
      next_page: null,
    },
  }
}

/** The response with one object and a secret that is shown this once, as the member `name`. */
export function withSecret(
  description: string,
  { members, example }: Shape,
  name: string,
  secret: string,
): Operation['response'] {
  return {
    description,
    schema: shownOnce({ ...members, [name]: orNull(TEXT) }),
    example: { ...example, [name]: secret },
  }
}
