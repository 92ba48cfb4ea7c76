// What owners are called by their kind, and the filters of the list that are one press away.
import type { OwnerCounts, OwnerKind } from '@latchkey/sdk'
import Building from '@lucide/svelte/icons/building-2'
import CirclePause from '@lucide/svelte/icons/circle-pause'
import User from '@lucide/svelte/icons/user'
import Users from '@lucide/svelte/icons/users-round'
import { findingName } from '#lib/findings/finding-words.ts'
import { m } from '#lib/paraglide/messages.js'

export const ownerKinds = {
  TEAM: { text: m.owners_team, icon: Users, count: 'teams' },
  PERSON: { text: m.owners_person, icon: User, count: 'people' },
  CUSTOMER: { text: m.owners_customer, icon: Building, count: 'customers' },
} as const satisfies Record<OwnerKind, { count: keyof OwnerCounts; [fact: string]: unknown }>

/** What `?show=` may be, with how many owners each finds; of budgets only for whoever may see usage. */
export function ownerChips(counts: OwnerCounts | undefined, seesUsage: boolean) {
  const chip = <Look>(id: string, look: Look, count: keyof OwnerCounts) => ({
    id,
    ...look,
    count: counts?.[count] ?? null,
  })
  const overBudget = { text: findingName('KEY_BUDGET_OVER_80'), tone: 'warn' as const }
  return [
    ...(seesUsage ? [chip('over-80', overBudget, 'overBudget80')] : []),
    ...Object.entries(ownerKinds).map(([id, { text, icon, count }]) =>
      chip(id, { text: text(), icon }, count),
    ),
    chip('disabled', { text: m.owners_disabled(), icon: CirclePause }, 'disabled'),
  ]
}
