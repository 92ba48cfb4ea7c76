// The error at a field of an upstream or a model, in the reader's language.
import { UserInputError } from '@latchkey/sdk'
import { errorText, fieldError } from '#lib/error-text.ts'
import { m } from '#lib/paraglide/messages.js'
import { getLocale } from '#lib/paraglide/runtime.js'

/** What is wrong with the field, which is any part of the path that the server names; undefined where it is fine. */
export function inputError(error: unknown, field: string): string | undefined {
  if (!(error instanceof UserInputError)) return undefined
  const found = error.userErrors.find(({ field: path }) => path?.includes(field))
  if (!found) return undefined
  if (getLocale() === 'en') return found.message
  switch (found.code) {
    case 'TAKEN':
      return m.routing_taken()
    case 'IN_USE':
      return m.routing_in_use()
    case 'INVALID':
      return rule(field)
    default:
      return fieldError(error, found.field?.at(-1) ?? field)
  }
}

/** What no field of the form can show. */
export function otherError(error: unknown, fields: readonly string[]): string | undefined {
  if (error === undefined) return undefined
  if (!(error instanceof UserInputError)) return errorText(error)
  const rest = error.userErrors.filter(({ field }) => !fields.some((name) => field?.includes(name)))
  if (rest.length === 0) return undefined
  if (getLocale() === 'en' || rest.some(({ code }) => code === 'STALE')) {
    return rest.some(({ code }) => code === 'STALE')
      ? m.routing_stale()
      : rest.map(({ message }) => message).join(' ')
  }
  return rest.some(({ code }) => code === 'IN_USE') ? m.routing_in_use() : m.routing_invalid()
}

function rule(field: string): string {
  switch (field) {
    case 'name':
      return m.routing_invalid_name()
    case 'baseUrl':
      return m.routing_invalid_base_url()
    case 'proxyUrl':
      return m.routing_invalid_proxy()
    default:
      return m.routing_invalid()
  }
}
