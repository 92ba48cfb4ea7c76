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

/** `field` is the input field at fault, by its GraphQL name; null when no single field is. */
export type UserError = { code: UserErrorCode; field: string | null; message: string }

/** The result of a rule or a service. Every problem found is named, not only the first. */
export type Result<T> = { ok: true; value: T } | { ok: false; errors: UserError[] }

export function ok<T>(value: T): Result<T> {
  return { ok: true, value }
}

export function failed(code: UserErrorCode, field: string | null, message: string): Result<never> {
  return { ok: false, errors: [{ code, field, message }] }
}

/** The problems of several readings together; empty when all went well. */
export function problemsOf(...results: Result<unknown>[]): UserError[] {
  return results.flatMap((result) => (result.ok ? [] : result.errors))
}
