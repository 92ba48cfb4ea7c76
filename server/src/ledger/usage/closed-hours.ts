// The end of a range that is open: the first call of the ledger, and now.
import { firstRollupHour } from '../../store/queries/usage.ts'
import type { Store } from '../../store/store.ts'
import { type Hours, hoursOf, type UsageRange } from './usage-range.ts'

/** The whole hours that a range touches, with both its ends: null begins with the first rollup and ends with `nowMs`. */
export async function closedHours(
  store: Store,
  { fromMs, toMs }: Pick<UsageRange, 'fromMs' | 'toMs'>,
  nowMs: number,
): Promise<Hours> {
  const hours = hoursOf({ fromMs, toMs: toMs ?? nowMs })
  if (fromMs !== null) return hours
  return { from: (await firstRollupHour(store)) ?? hours.to, to: hours.to }
}
