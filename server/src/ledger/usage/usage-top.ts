// The values of a dimension with the most calls or the highest cost, from rollups alone.
import type { ReportDimension } from '../../domain/usage/rollup.ts'
import type { UsagePart } from '../../domain/usage/rollup-changes.ts'
import { rankValues } from '../../store/queries/usage.ts'
import type { Store } from '../../store/store.ts'
import { type Hours, partsOf } from './usage-range.ts'

export type TopQuery = {
  dimension: ReportDimension
  /** 0: of all calls. Of one key's calls only MODEL is possible. */
  apiKeyId: number
  hours: Hours
  first: number
  rank: UsageRank
  withDeleted: boolean
}

/** What groups are ranked by. */
export type UsageRank = 'CALLS' | 'COST'

/**
 * The highest first; of equals, the one with more calls. '' stands for calls without a value. With `withDeleted` the calls of deleted
 * keys count, and DELETED_KEYS stands for those keys, also while their logs are being removed.
 */
export function topValues(
  store: Store,
  { dimension, apiKeyId, hours, first, rank, withDeleted }: TopQuery,
): Promise<{ value: string; calls: number }[]> {
  const parts: UsagePart[] =
    apiKeyId === 0 ? partsOf(dimension, hours) : [{ kind: 'KEY_MODEL_HOUR', ...hours }]
  return rankValues(store, { dimension, apiKeyId, parts, first, rank, withDeleted })
}
