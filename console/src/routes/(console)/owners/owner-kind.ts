// What owners are called by their kind, and what the list may be filtered by.
import type { OwnerFilter, OwnerKind } from '@latchkey/sdk'
import Building from '@lucide/svelte/icons/building-2'
import User from '@lucide/svelte/icons/user'
import Users from '@lucide/svelte/icons/users-round'
import { m } from '#lib/paraglide/messages.js'

type Params = Pick<URLSearchParams, 'get'>

export const ownerKinds = {
  TEAM: { text: m.owners_team, icon: Users },
  PERSON: { text: m.owners_person, icon: User },
  CUSTOMER: { text: m.owners_customer, icon: Building },
} as const satisfies Record<OwnerKind, unknown>

const isKind = (text: string): text is OwnerKind => Object.hasOwn(ownerKinds, text)

/** The filter of the URL, and a value that means nothing, which the screen names. */
export function ownerFilter(params: Params): { filter: OwnerFilter; bad: string | null } {
  const show = params.get('show') ?? ''
  const search = params.get('q')?.trim()
  return {
    filter: {
      ...(search && { search }),
      ...(isKind(show) && { kind: show }),
      ...(show === 'disabled' && { disabled: true }),
    },
    bad: show === '' || show === 'disabled' || isKind(show) ? null : show,
  }
}
