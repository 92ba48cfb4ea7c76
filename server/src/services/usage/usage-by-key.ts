// What each key used, ranked, page by page.
import type { Actor } from '../../domain/admins/actor.ts'
import { closedHours } from '../../ledger/usage/closed-hours.ts'
import { hoursBefore, partsOf } from '../../ledger/usage/usage-range.ts'
import { sumByValue } from '../../store/queries/usage/usage-by-value.ts'
import type { ControlPlane } from '../control-plane.ts'
import { labelsOf } from '../logs/value-labels.ts'
import type { BreakdownQuery, UsageShare } from './usage-breakdown.ts'

/** A page of what each key used, in the order of the rank; `after`: the last one of the page before. */
export async function usageByKey(
  plane: ControlPlane,
  actor: Actor,
  query: Pick<BreakdownQuery, 'fromMs' | 'toMs' | 'first' | 'rank'> & {
    after?: { rank: number; value: string }
  },
): Promise<(UsageShare & { value: string; rank: number })[]> {
  await plane.ledger.settled()
  const hours = await closedHours(plane.store, query, plane.clock())
  if (hours.from >= hours.to) return []
  const { rank, first, after } = query
  const sums = await sumByValue(plane.store, {
    parts: partsOf('KEY', hours),
    before: partsOf('KEY', hoursBefore(hours)),
    apiKeyId: 0,
    valuesAre: { kind: 'KEY' },
    owners: actor.owners,
    rank,
    first,
    ...(after !== undefined && { after }),
  })
  const named = await labelsOf(
    plane,
    'KEY',
    sums.map(({ value }) => value),
  )
  return sums.map((sum) => ({ ...sum, ...named(sum.value) }))
}
