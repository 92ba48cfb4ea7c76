// The payload of a mutation: what its service returned, or the problems with its input.
import type { FieldMap } from '@pothos/core'
import type { Result } from '../../domain/user-error.ts'
import { builder, type FieldsOf } from '../builder.ts'
import { UserErrorRef } from './user-error.ts'

/**
 * A payload type whose resolver returns the `Result` of a service as it is. `fields` are those beside `userErrors`; they read
 * the value with `resultValue` and are null, or empty, where there is none. `errors` describes `userErrors`.
 */
export function resultPayload<Value>(
  name: string,
  {
    description,
    errors = 'Why nothing was changed; empty on success.',
    fields,
  }: { description: string; errors?: string; fields(t: FieldsOf<Result<Value>>): FieldMap },
) {
  return builder.objectRef<Result<Value>>(name).implement({
    description,
    fields: (t) => ({
      ...fields(t),
      userErrors: t.field({
        type: [UserErrorRef],
        description: errors,
        resolve: (result) => (result.ok ? [] : result.errors),
      }),
    }),
  })
}

/** The value of a result; null where there are problems instead. */
export function resultValue<Value>(result: Result<Value>): Value | null {
  return result.ok ? result.value : null
}
