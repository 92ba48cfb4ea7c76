// The problem with an id that is no key's.
import type { UserError } from '../../../domain/user-error.ts'

export function notAKey(id: string, field = 'id'): UserError {
  const shown = JSON.stringify(id.length > 60 ? `${id.slice(0, 60)}…` : id)
  return { code: 'INVALID', field, message: `${shown} is not the id of an API key. Those look like key_12.` }
}
