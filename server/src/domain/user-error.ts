// Expected, fixable problems with what an admin sent: values, never exceptions.

export const USER_ERROR_CODES = [
  'REQUIRED',
  'INVALID',
  'TOO_SHORT',
  'TOO_LONG',
  'OUT_OF_RANGE',
  'NOT_FOUND',
  'STALE',
  'IMMUTABLE',
  'TAKEN',
  'IN_USE',
  'WRONG_CREDENTIALS',
  'THROTTLED',
  'FORBIDDEN',
] as const
export type UserErrorCode = (typeof USER_ERROR_CODES)[number]

/** The codes that say a value is beyond what is allowed: each says how far that goes; null where that is no number. */
export type BoundedCode = 'TOO_SHORT' | 'TOO_LONG' | 'OUT_OF_RANGE'

/**
 * What is allowed, both ends included. Of a number, or an amount in US dollars: `min` and `max`, or `above`, which is not allowed
 * itself. Of a text, in characters: `minLength` and `maxLength`. Of a list, or of how many there may be: `minItems` and `maxItems`.
 * Of an instant, in milliseconds since the epoch: `earliestMs` and `latestMs`.
 */
export type Bounds = {
  min?: number
  max?: number
  above?: number
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
  earliestMs?: number
  latestMs?: number
}

/** `field` is the input field at fault, by its GraphQL name; null when no single field is. */
export type UserError = { field: string | null; message: string } & (
  | { code: BoundedCode; bounds: Bounds | null }
  | {
      code: Exclude<UserErrorCode, BoundedCode>
      bounds?: Bounds | null
      /** Of THROTTLED: how long to wait. */
      retryAfterSeconds?: number
    }
)

/** The result of a rule or a service. Every problem found is named, not only the first. */
export type Result<T> = { ok: true; value: T } | { ok: false; errors: UserError[] }

/** It went well. */
export function ok<T>(value: T): Result<T> {
  return { ok: true, value }
}

/** One problem. A code of BoundedCode says how far the bounds go: it takes `bounds`, which are null where they are no numbers. */
export function failed(
  code: Exclude<UserErrorCode, BoundedCode>,
  field: string | null,
  message: string,
  bounds?: Bounds,
): Result<never>
export function failed(
  code: UserErrorCode,
  field: string | null,
  message: string,
  bounds: Bounds | null,
): Result<never>
export function failed(
  code: UserErrorCode,
  field: string | null,
  message: string,
  bounds?: Bounds | null,
): Result<never> {
  return { ok: false, errors: [userError(code, field, message, bounds)] }
}

/** Too much at once, or too often. `what`: a sentence, after which the message says how long to wait. */
export function throttled(field: string | null, what: string, seconds: number): Result<never> {
  const message = `${what} Try again in ${seconds} seconds.`
  return { ok: false, errors: [{ code: 'THROTTLED', field, message, retryAfterSeconds: seconds }] }
}

/** `field` holds the id of nothing; `noun`: of what it should be, as `alert rule`. */
export function noSuch(noun: string, field: string): Result<never> {
  return failed('NOT_FOUND', field, `There is no ${noun} with this id. It may have been deleted.`)
}

/** `noun` has its article: `an alert rule`. */
export function nameTaken(noun: string, name: string): Result<never> {
  return failed('TAKEN', 'name', `There is ${noun} "${name}" already. Choose another name.`)
}

/** `expectedVersion` is not the version that is stored: another change came in between. */
export function stale(noun: string): Result<never> {
  const message = `The ${noun} has changed since you read it. Read it again, then decide anew.`
  return failed('STALE', 'expectedVersion', message)
}

/** The problem itself, for who collects them; `bounds` absent: none. */
export function userError(
  code: UserErrorCode,
  field: string | null,
  message: string,
  bounds: Bounds | null | undefined,
): UserError {
  const error = { code, field, message }
  return (bounds ? { ...error, bounds } : error) as UserError
}

/** The problems of several readings together; empty when all went well. */
export function problemsOf(...results: Result<unknown>[]): UserError[] {
  return results.flatMap((result) => (result.ok ? [] : result.errors))
}
