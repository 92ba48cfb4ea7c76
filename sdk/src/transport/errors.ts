// Everything a call can reject with. No message here holds a variable of the request, a secret or a token.
import type { UserError } from '../types.ts'

/** The root of every error that this package throws itself. */
export class LatchkeyError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
  }
}

/** No response came: the address is wrong, the server is down, or the network failed. */
export class ConnectionError extends LatchkeyError {}

/** No complete response came within `timeoutMs`. */
export class TimeoutError extends ConnectionError {}

export type ApiErrorDetails = {
  status: number
  code: string | undefined
  requestId: string | undefined
  retryAfterMs: number | undefined
}

/** The server responded with an error. */
export class ApiError extends LatchkeyError {
  /** The HTTP status; GraphQL errors may come with 200. */
  readonly status: number
  /** The server's stable name for the error, such as UNAUTHENTICATED. */
  readonly code: string | undefined
  /** Quote it when asking about this call. */
  readonly requestId: string | undefined
  /** How long the server asks to wait before the next attempt, in milliseconds. */
  readonly retryAfterMs: number | undefined

  constructor(message: string, details: ApiErrorDetails) {
    super(message)
    this.status = details.status
    this.code = details.code
    this.requestId = details.requestId
    this.retryAfterMs = details.retryAfterMs
  }
}

/** Nobody is signed in, or the admin token is not valid. */
export class AuthenticationError extends ApiError {}
/** Signed in, but not allowed to do this. */
export class PermissionError extends ApiError {}
/** The person at the session has to confirm who he is; `means` says with what. See `onStepUp` of the options. */
export class StepUpRequiredError extends ApiError {
  readonly means: readonly string[]

  constructor(message: string, details: ApiErrorDetails, means: readonly string[]) {
    super(message, details)
    this.means = means
  }
}
/** There is no such record. */
export class NotFoundError extends ApiError {}
/** Another request was sent with this idempotency key, or the first has not ended. */
export class ConflictError extends ApiError {}
/** The change was made by an earlier request with this idempotency key, whose response had its secret. That is shown once. */
export class AlreadyRevealedError extends ApiError {}
/** Too many calls; see `retryAfterMs`. */
export class RateLimitError extends ApiError {}
/** The server failed; the cause is in its log, under `requestId`. */
export class ServerError extends ApiError {}

/** The input breaks a rule; `userErrors` says which, field by field. */
export class UserInputError extends LatchkeyError {
  readonly userErrors: readonly UserError[]

  constructor(userErrors: readonly UserError[]) {
    super(userErrors.map((error) => error.message).join(' '))
    this.userErrors = userErrors
  }
}

/** A sign-in at a provider did not come to its end; `fault` says why, by a name of the enum SsoFault. */
export class SsoError extends UserInputError {
  readonly fault: string

  constructor(userErrors: readonly UserError[], fault: string) {
    super(userErrors)
    this.fault = fault
  }
}

/** Throws when a mutation's payload carries user errors. */
export function throwUserErrors(payload: { userErrors: readonly UserError[] }): void {
  if (payload.userErrors.length > 0) throw new UserInputError(payload.userErrors)
}

/** The value of a field that the server promises to fill whenever it reports no user errors. */
export function present<T>(value: T | null): T {
  if (value === null) throw new LatchkeyError('The response lacks a field that must be there.')
  return value
}

/** The record, or a NotFoundError with this message where the server knows none. */
export function found<T>(value: T | null, message: string): T {
  if (value !== null) return value
  throw new NotFoundError(message, {
    status: 200,
    code: 'NOT_FOUND',
    requestId: undefined,
    retryAfterMs: undefined,
  })
}
