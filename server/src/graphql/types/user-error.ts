// Problems with a mutation's input, as its payload lists them.
import { type Bounds, USER_ERROR_CODES, type UserError, type UserErrorCode } from '../../domain/user-error.ts'
import { builder } from '../builder.ts'
import { describedValues } from '../described-values.ts'
import { instant } from './date-time-range.ts'

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
  THROTTLED: 'Too many attempts; retryAfterSeconds and the message say how long to wait.',
}

const UserErrorCodeEnum = builder.enumType('UserErrorCode', {
  description: 'What kind of problem it is. Stable: programs may branch on it.',
  values: describedValues(USER_ERROR_CODES, MEANINGS),
})

const BoundsRef = builder.objectRef<Bounds>('UserErrorBounds').implement({
  description: 'What is allowed, both ends included; null where there is no such bound.',
  fields: (t) => ({
    min: t.exposeFloat('min', {
      nullable: true,
      description: 'The least number, or amount in US dollars.',
    }),
    max: t.exposeFloat('max', {
      nullable: true,
      description: 'The greatest number, or amount in US dollars.',
    }),
    above: t.exposeFloat('above', {
      nullable: true,
      description: 'What a number must be above; it is not allowed itself.',
    }),
    minLength: t.exposeInt('minLength', {
      nullable: true,
      description: 'The fewest characters of a text.',
    }),
    maxLength: t.exposeInt('maxLength', { nullable: true, description: 'The most characters of a text.' }),
    minItems: t.exposeInt('minItems', { nullable: true, description: 'The fewest items of a list.' }),
    maxItems: t.exposeInt('maxItems', {
      nullable: true,
      description: 'The most items of a list, or how many there may be in all.',
    }),
    earliest: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'The earliest instant, when the input was read.',
      resolve: ({ earliestMs }) => (earliestMs === undefined ? null : instant(earliestMs)),
    }),
    latest: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'The latest instant, when the input was read.',
      resolve: ({ latestMs }) => (latestMs === undefined ? null : instant(latestMs)),
    }),
  }),
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
    bounds: t.field({
      type: BoundsRef,
      nullable: true,
      description: 'What is allowed, where that is a number, a length or an instant; null: it is not.',
      resolve: (error) => error.bounds ?? null,
    }),
    retryAfterSeconds: t.int({
      nullable: true,
      description: 'How long to wait, where the code is THROTTLED and that is known; null: nothing.',
      resolve: (error) => ('retryAfterSeconds' in error ? (error.retryAfterSeconds ?? null) : null),
    }),
    message: t.exposeString('message', { description: 'What is wrong and how to fix it, in English.' }),
  }),
})

/** `policy.limits[0].max` is policy, limits, 0, max. */
function pathOf(field: string): string[] {
  return field.split(/[.[\]]+/).filter((part) => part !== '')
}
