// What went wrong, in the reader's language: by code where the console has a text for it, else the server's message.
import {
  ApiError,
  ConnectionError,
  NotFoundError,
  PermissionError,
  RateLimitError,
  ServerError,
  TimeoutError,
  type UserError,
  UserInputError,
} from '@latchkey/sdk'
import { formatNumber } from '#lib/format.ts'
import { m } from '#lib/paraglide/messages.js'
import { getLocale } from '#lib/paraglide/runtime.js'

/** One or two sentences about anything that was thrown. */
export function errorText(error: unknown): string {
  if (error instanceof UserInputError) return error.userErrors.map(userErrorText).join(' ')
  if (error instanceof TimeoutError) return m.error_timeout()
  if (error instanceof ConnectionError) return m.error_connection()
  if (error instanceof NotFoundError) return m.error_not_found()
  if (error instanceof PermissionError) return m.error_permission()
  if (error instanceof RateLimitError) return m.error_rate_limit()
  if (error instanceof ServerError) return m.error_server()
  if (error instanceof ApiError && error.code === 'BAD_USER_INPUT') return m.error_bad_input()
  // What browsers say where a person closes the question for a passkey, or it takes too long.
  if (error instanceof Error && error.name === 'NotAllowedError') return m.passkey_cancelled()
  return error instanceof Error ? error.message : String(error)
}

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
  return rest.length > 0 ? rest.map(userErrorText).join(' ') : undefined
}

function userErrorText(error: UserError): string {
  // The server writes English; what a translation needs of it are its numbers.
  const bound = numberAfter(/at (?:least|most) ([\d,]+)/i, error.message)
  const seconds = numberAfter(/(\d+) seconds/, error.message)
  switch (error.code) {
    case 'REQUIRED':
      return m.invalid_required()
    case 'TOO_SHORT':
      return bound ? m.invalid_too_short({ bound }) : error.message
    case 'TOO_LONG':
      return bound ? m.invalid_too_long({ bound }) : error.message
    case 'WRONG_CREDENTIALS':
      if (error.field?.at(-1) === 'code') return m.invalid_code()
      if (error.field?.at(-1) === 'response') return m.invalid_passkey()
      return error.field?.at(-1) === 'password' ? m.invalid_password() : m.invalid_credentials()
    case 'THROTTLED':
      return seconds ? m.invalid_throttled_for({ seconds }) : m.invalid_throttled()
    case 'STALE':
      return m.invalid_stale()
    case 'NOT_FOUND':
      return m.error_not_found()
    case 'IMMUTABLE':
      return getLocale() === 'en' ? error.message : m.invalid_immutable()
    case 'FORBIDDEN':
      return getLocale() === 'en' ? error.message : m.error_permission()
    case 'INVALID':
      return getLocale() === 'en' ? error.message : m.invalid_value()
    case 'TAKEN':
      return getLocale() === 'en' ? error.message : m.invalid_taken()
    case 'IN_USE':
      return getLocale() === 'en' ? error.message : m.invalid_in_use()
    case 'OUT_OF_RANGE':
      return getLocale() === 'en' ? error.message : m.invalid_out_of_range()
  }
}

function numberAfter(pattern: RegExp, message: string): string | undefined {
  const digits = pattern.exec(message)?.[1]?.replaceAll(',', '')
  return digits === undefined ? undefined : formatNumber(Number(digits))
}
