// What went wrong, in the reader's language: by code where the console has a text for it, else the server's message.
import {
  ApiError,
  AuthenticationError,
  ConnectionError,
  NotFoundError,
  PermissionError,
  RateLimitError,
  ServerError,
  TimeoutError,
  type UserError,
  UserInputError,
} from '@latchkey/sdk'
import { boundsText } from '#lib/errors/bounds-text.ts'
import { PartError } from '#lib/errors/part-error.ts'
import { formatNumber } from '#lib/format.ts'
import { m } from '#lib/paraglide/messages.js'
import { getLocale } from '#lib/paraglide/runtime.js'
import { sentences } from '#lib/preferences/sentences.ts'

/** One or two sentences about anything that was thrown. */
export function errorText(error: unknown): string {
  if (error instanceof UserInputError) return sentences(...error.userErrors.map(userErrorText))
  if (error instanceof TimeoutError) return m.error_timeout()
  if (error instanceof ConnectionError) return m.error_connection()
  // The server's message is for automation, and names a header.
  if (error instanceof AuthenticationError && error.code === 'UNAUTHENTICATED') return m.error_signed_out()
  if (error instanceof AuthenticationError) return inEnglish(error, m.error_signed_out)
  if (error instanceof NotFoundError) return m.error_not_found()
  if (error instanceof PermissionError) return m.error_permission()
  if (error instanceof RateLimitError) return m.error_rate_limit()
  if (error instanceof ServerError) return m.error_server()
  if (error instanceof ApiError && error.code === 'BAD_USER_INPUT') return m.error_bad_input()
  if (error instanceof PartError) return m.screen_failed_text()
  // What browsers say where a person closes the question for a passkey, or it takes too long.
  if (error instanceof Error && error.name === 'NotAllowedError') return m.passkey_cancelled()
  if (error instanceof ApiError) return inEnglish(error, () => m.error_other({ code: codeOf(error) }))
  const message = error instanceof Error ? error.message : String(error)
  // A browser says it in a language of its own; whoever looks for the cause finds it in the console of the browser.
  console.error(error)
  return getLocale() === 'en' ? m.error_unexpected({ message }) : m.error_unexpected_short()
}

const codeOf = ({ code, status }: ApiError) => code ?? String(status)

/** The text of the user error at an input field (its last path segment), or undefined when that field is fine. */
export function fieldError(error: unknown, field: string): string | undefined {
  if (!(error instanceof UserInputError)) return undefined
  const found = error.userErrors.find((userError) => userError.field?.at(-1) === field)
  return found && userErrorText(found)
}

/** What a form shows above its button: everything that no field of it can show. */
export function formError(error: unknown, fields: readonly string[]): string | undefined {
  if (error === undefined) return undefined
  if (!(error instanceof UserInputError)) return errorText(error)
  const rest = error.userErrors.filter(({ field }) => !fields.includes(field?.at(-1) ?? ''))
  return rest.length > 0 ? sentences(...rest.map(userErrorText)) : undefined
}

function userErrorText(error: UserError): string {
  switch (error.code) {
    case 'REQUIRED':
      return m.invalid_required()
    case 'TOO_SHORT':
    case 'TOO_LONG':
      return boundsText(error.bounds) ?? inEnglish(error, m.invalid_out_of_range)
    case 'OUT_OF_RANGE':
      return inEnglish(error, () => boundsText(error.bounds) ?? m.invalid_out_of_range())
    case 'WRONG_CREDENTIALS':
      if (error.field?.at(-1) === 'code') return m.invalid_code()
      if (error.field?.at(-1) === 'response') return m.invalid_passkey()
      return error.field?.at(-1) === 'password' ? m.invalid_password() : m.invalid_credentials()
    case 'THROTTLED':
      return error.retryAfterSeconds === null
        ? m.invalid_throttled()
        : m.invalid_throttled_for({ seconds: formatNumber(error.retryAfterSeconds) })
    case 'STALE':
      return m.invalid_stale()
    case 'NOT_FOUND':
      return m.error_not_found()
    case 'IMMUTABLE':
      return inEnglish(error, m.invalid_immutable)
    case 'FORBIDDEN':
      return inEnglish(error, m.error_permission)
    case 'INVALID':
      return inEnglish(error, m.invalid_value)
    case 'TAKEN':
      return inEnglish(error, m.invalid_taken)
    case 'IN_USE':
      return inEnglish(error, m.invalid_in_use)
  }
}

/** The server's own message, which says more than a code can, where it is in the reader's language; else `text`. */
function inEnglish({ message }: { message: string }, text: () => string): string {
  return getLocale() === 'en' ? message : text()
}
