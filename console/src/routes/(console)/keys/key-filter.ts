// The key list's URL parameters as the server's filter.
import type { ApiKeyFilter, ApiKeyStatus } from '@latchkey/sdk'
import { m } from '#lib/paraglide/messages.js'

const statuses: Record<string, ApiKeyStatus> = {
  active: 'ACTIVE',
  disabled: 'DISABLED',
  expired: 'EXPIRED',
  revoked: 'REVOKED',
}

export const statusFilters = [
  { value: '', text: m.status_all },
  { value: 'active', text: m.status_active },
  { value: 'disabled', text: m.status_disabled },
  { value: 'expired', text: m.status_expired },
  { value: 'revoked', text: m.status_revoked },
]

/** What `?q=` and `?status=` ask for, and a secret, which is in no URL; an unknown status asks for nothing. */
export function keyFilter(params: URLSearchParams, secret: string): ApiKeyFilter {
  const search = secret || params.get('q')
  const status = statuses[params.get('status') ?? '']
  return { ...(search ? { search } : {}), ...(status ? { status: [status] } : {}) }
}
