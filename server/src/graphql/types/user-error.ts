// Problems with a mutation's input, as its payload lists them.
import { USER_ERROR_CODES, type UserError, type UserErrorCode } from '../../domain/user-error.ts'
import { builder } from '../builder.ts'
import { describedValues } from '../described-values.ts'

const MEANINGS: Record<UserErrorCode, string> = {
  REQUIRED: 'The field must not be empty.',
  INVALID: 'The value cannot be used; the message says why.',
  TOO_SHORT: 'The text is too short.',
  TOO_LONG: 'The text is too long.',
  OUT_OF_RANGE: 'The number or instant is outside what is allowed.',
  NOT_FOUND: 'There is nothing with this id.',
  STALE: 'It has changed since you read it.',
  IMMUTABLE: 'This can no longer be changed.',
  TAKEN: 'Something else has this name.',
  IN_USE: 'Something else needs this; the message says what.',
  WRONG_CREDENTIALS: 'The username, password or setup link is wrong.',
  FORBIDDEN: 'You may not do this; the message says why.',
  THROTTLED: 'Too many attempts; the message says how long to wait.',
}

const UserErrorCodeEnum = builder.enumType('UserErrorCode', {
  description: 'What kind of problem it is. Stable: programs may branch on it.',
  values: describedValues(USER_ERROR_CODES, MEANINGS),
})

export const UserErrorRef = builder.objectRef<UserError>('UserError').implement({
  description: 'An expected, fixable problem with the input. Mutations return these; they never throw them.',
  fields: (t) => ({
    code: t.field({
      type: UserErrorCodeEnum,
      description: 'What kind of problem it is.',
      resolve: (error) => error.code,
    }),
    field: t.stringList({
      nullable: true,
      description:
        'Path to the input field at fault, e.g. ["input", "name"], an item of a list by its index; null when no single field is.',
      resolve: (error) => (error.field === null ? null : ['input', ...pathOf(error.field)]),
    }),
    message: t.exposeString('message', { description: 'What is wrong and how to fix it, in English.' }),
  }),
})

/** `policy.limits[0].max` is policy, limits, 0, max. */
function pathOf(field: string): string[] {
  return field.split(/[.[\]]+/).filter((part) => part !== '')
}
