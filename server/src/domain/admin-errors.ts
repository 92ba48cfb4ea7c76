// The control plane's error codes, what each means over HTTP, and what is said when nothing better is known.
import type { Scope } from './admins/permissions.ts'

export const ADMIN_ERRORS = {
  UNAUTHENTICATED: {
    status: 401,
    message: 'Sign in to the console, or send an admin token as "Authorization: Bearer <token>".',
  },
  FORBIDDEN: { status: 403, message: "Only the console's own pages may use its session." },
  SECOND_FACTOR_REQUIRED: {
    status: 403,
    message: 'You have to set up a second factor first: send enrolTotp, then confirmTotp with a code.',
  },
  STEP_UP_REQUIRED: {
    status: 403,
    message:
      'Confirm who you are: this needs a password or a second factor shown within the last 10 minutes. Send confirmIdentity, then this again.',
  },
  NOT_FOUND: { status: 404, message: 'There is nothing here.' },
  METHOD_NOT_ALLOWED: { status: 405, message: 'This method does not work here.' },
  BAD_USER_INPUT: { status: 400, message: 'The request could not be understood.' },
  // Status and message of these two are Apollo's, whose clients then send the whole text.
  PERSISTED_QUERY_NOT_FOUND: { status: 200, message: 'PersistedQueryNotFound' },
  PERSISTED_QUERY_NOT_SUPPORTED: { status: 200, message: 'PersistedQueryNotSupported' },
  CONFLICT: { status: 409, message: 'This conflicts with another request.' },
  REQUEST_TIMEOUT: { status: 408, message: 'The body did not come to its end in time.' },
  PAYLOAD_TOO_LARGE: { status: 413, message: 'The body is too large.' },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    message: 'Send the body as JSON, with the header "Content-Type: application/json".',
  },
  COMPLEXITY_LIMIT: {
    status: 400,
    message: 'The query asks for too much at once. Ask for fewer items or fields.',
  },
  RATE_LIMITED: { status: 429, message: 'Too many requests from your network. Try again in 5 seconds.' },
  UNAVAILABLE: { status: 503, message: 'Too busy. Try again in 5 seconds.' },
  INTERNAL: {
    status: 500,
    message: 'Something went wrong on our side. The request id finds it in the server log.',
  },
} as const satisfies Record<string, { status: number; message: string }>

export type AdminErrorCode = keyof typeof ADMIN_ERRORS

// Sent with RATE_LIMITED and UNAVAILABLE, unless the error knows better.
const RETRY_AFTER_SECONDS = 5

/** The `Retry-After` header of an error; null: none. */
export function retryAfterOf({ code, retryAfterSeconds }: AdminError): string | null {
  if (code === 'CONFLICT') return retryAfterSeconds === null ? null : String(retryAfterSeconds)
  if (code !== 'RATE_LIMITED' && code !== 'UNAVAILABLE') return null
  return String(retryAfterSeconds ?? RETRY_AFTER_SECONDS)
}

/** Ends a control-plane request with a catalogued error. Its message is public: never a secret, hash or table name. */
export class AdminError extends Error {
  override readonly name = 'AdminError'
  readonly code: AdminErrorCode
  /** The parameter at fault, where one is. */
  readonly param: string | null
  /** In how many seconds the same request may succeed; null: not known. */
  readonly retryAfterSeconds: number | null

  constructor(
    code: AdminErrorCode,
    message: string = ADMIN_ERRORS[code].message,
    param: string | null = null,
    retryAfterSeconds: number | null = null,
  ) {
    super(message)
    this.code = code
    this.param = param
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** FORBIDDEN to an actor without a scope, which it names. */
export class MissingScope extends AdminError {
  readonly scope: Scope

  constructor(scope: Scope) {
    super('FORBIDDEN', `This needs the scope ${scope}, which you do not have. An owner can grant it.`)
    this.scope = scope
  }
}

/** The person at the session has to confirm who he is; `means` says with what (auth/second-factors/means.ts). */
export class StepUpRequired extends AdminError {
  readonly means: readonly string[]

  constructor(means: readonly string[]) {
    super('STEP_UP_REQUIRED')
    this.means = means
  }
}

/** The client of a control-plane request has disconnected within its body: nobody's fault, and nobody is there for a response. */
export class ClientDisconnected extends Error {
  override readonly name = 'ClientDisconnected'
}

/** A parameter that cannot be used; the message names it and the fix. */
export function badInput(param: string | null, message: string): AdminError {
  return new AdminError('BAD_USER_INPUT', message, param)
}
