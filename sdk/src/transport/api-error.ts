// Turns a response without success into the right ApiError.
import {
  AlreadyRevealedError,
  ApiError,
  type ApiErrorDetails,
  AuthenticationError,
  ConflictError,
  NotFoundError,
  PermissionError,
  RateLimitError,
  ServerError,
  StepUpRequiredError,
} from './errors.ts'
import { retryAfterMs } from './retry.ts'

/** What is read of a response: its status, its headers and its GraphQL errors. */
type FailedResponse = {
  status: number
  headers: Headers
  errors: readonly { message: string; extensions?: Record<string, unknown> }[] | undefined
}

/** Keeps status, code and text, and nothing of the request, whose variables may hold secrets. */
export function toApiError({ status, headers, errors }: FailedResponse): ApiError {
  const error = errors?.[0]
  const details: ApiErrorDetails = {
    status,
    code: text(error?.extensions?.code),
    requestId: text(error?.extensions?.requestId) ?? headers.get('x-request-id') ?? undefined,
    retryAfterMs: retryAfterMs(headers),
  }
  const message = error === undefined ? `The server responded with ${status}.` : withoutValues(error.message)
  if (details.code === 'STEP_UP_REQUIRED')
    return new StepUpRequiredError(message, details, texts(error?.extensions?.means))
  return new (errorClass(details))(message, details)
}

function errorClass({ code, status }: ApiErrorDetails): typeof ApiError {
  switch (code) {
    case 'UNAUTHENTICATED':
      return AuthenticationError
    case 'FORBIDDEN':
    case 'SECOND_FACTOR_REQUIRED':
      return PermissionError
    case 'NOT_FOUND':
      return NotFoundError
    case 'CONFLICT':
      return ConflictError
    case 'ALREADY_REVEALED':
      return AlreadyRevealedError
    case 'RATE_LIMITED':
      return RateLimitError
    case 'INTERNAL':
    case 'INTERNAL_SERVER_ERROR':
    case 'UNAVAILABLE':
      return ServerError
  }
  if (status === 401) return AuthenticationError
  if (status === 403) return PermissionError
  if (status === 404) return NotFoundError
  if (status === 409) return ConflictError
  if (status === 429) return RateLimitError
  return status >= 500 ? ServerError : ApiError
}

/** GraphQL quotes the offending value when a variable has the wrong shape, and that value may hold a password. */
function withoutValues(message: string): string {
  return message.replace(/^(Variable "\$\w+") got invalid value [\s\S]*$/, '$1 got an invalid value.')
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
}
