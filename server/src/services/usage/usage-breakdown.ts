// What is asked of a breakdown of usage, and what it says.
import type { RollupTotals } from '../../domain/usage/rollup.ts'
import type { UsageOrder } from '../../store/queries/usage/usage-by-value.ts'
import type { Labelled } from '../logs/value-labels.ts'

export { USAGE_RANKS, type UsageOrder } from '../../store/queries/usage/usage-by-value.ts'

/** OWNER and LABEL are those that keys have now. */
export const USAGE_GROUPINGS = [
  'MODEL',
  'KEY',
  'UPSTREAM',
  'ENDPOINT',
  'OUTCOME',
  'OWNER',
  'LABEL',
  'TAG',
  'ERROR_CODE',
] as const
export type UsageGrouping = (typeof USAGE_GROUPINGS)[number]

export type BreakdownQuery = {
  fromMs: number | null
  toMs: number | null
  by: UsageGrouping
  /** The name of the label; for LABEL alone. */
  label: string | null
  /** The name of the tags; for TAG alone; null: of any. */
  tag: string | null
  within: UsageGrouping | null
  /** The numbers of owners: of their keys alone; null: of all. */
  ofOwners: readonly number[] | null
  first: number
  firstWithin: number
  rank: UsageOrder
}

export type UsageShare = Labelled & {
  totals: RollupTotals
  /** Of the period before, which is as long; null where only the request logs tell. */
  before: RollupTotals | null
}
export type UsageBreakdown = {
  /** What the figures cover: the range in whole hours. */
  fromMs: number
  toMs: number
  /** False where there are so many request logs in the range that only the newest were counted, from `countedFromMs` on. */
  complete: boolean
  countedFromMs: number
  groups: (UsageShare & { within: UsageShare[] })[]
}
