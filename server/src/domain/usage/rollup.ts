// What rollups there are, and what one request log adds to one of them, as pure arithmetic.
import type { CallRecord, Outcome } from '../logs/call-record.ts'
import type { AttributedKind } from './attributed-rollups.ts'
import { addValue, type Histogram, mergeInto } from './histogram.ts'

/**
 * The rollups that reports ask for. One rollup by all dimensions at once would be as large as the logs; these are not.
 *
 * | kind                         | bucket   | apiKeyId | value            |
 * |------------------------------|----------|----------|------------------|
 * | TOTAL_HOUR                   | hour     | 0        |                  |
 * | MODEL_HOUR, MODEL_DAY        | hour/day | 0        | requested model  |
 * | UPSTREAM_HOUR, UPSTREAM_DAY  | hour/day | 0        | upstream         |
 * | ENDPOINT_HOUR, ENDPOINT_DAY  | hour/day | 0        | endpoint, folded |
 * | OUTCOME_HOUR, OUTCOME_DAY    | hour/day | 0        | outcome          |
 * | KEY_HOUR, KEY_DAY            | hour/day | 0        | API key's number |
 * | KEY_MODEL_HOUR               | hour     | the key  | requested model  |
 * | KEY_MODEL_PAST               | 0        | the key  | requested model  |
 *
 * KEY_MODEL_PAST holds the expired hours of KEY_MODEL_HOUR of which budgets count anything: a budget for a key's whole life counts them.
 *
 * Calls of deleted keys stay in all of these but the last two; in KEY_HOUR and KEY_DAY their value is DELETED_KEYS. Their request
 * logs are gone, so a kind DELETED_… holds their share of each kind that is not about keys, as long as the logs would have been
 * kept: rollups are the request logs and these.
 *
 * By owner, label and tag: attributed-rollups.ts.
 */
export const USAGE_DIMENSIONS = ['MODEL', 'UPSTREAM', 'ENDPOINT', 'OUTCOME', 'KEY'] as const
export type UsageDimension = (typeof USAGE_DIMENSIONS)[number]
/** What series group by: also whose a call is, and labels and tags, which a call has several of, or none. */
export type ReportDimension = UsageDimension | 'OWNER' | 'LABEL' | 'TAG'
export type SharedKind = 'TOTAL_HOUR' | `${Exclude<UsageDimension, 'KEY'>}_${'HOUR' | 'DAY'}`
export type RollupKind =
  | SharedKind
  | `KEY_${'HOUR' | 'DAY'}`
  | 'KEY_MODEL_HOUR'
  | 'KEY_MODEL_PAST'
  | `DELETED_${SharedKind}`
  | AttributedKind

/** Stands for all deleted keys together where a value is the number of a key. */
export const DELETED_KEYS = 'deleted'

export const GRAINS = ['HOUR', 'DAY'] as const
export type Grain = (typeof GRAINS)[number]

/** The kinds of each grain. */
export const KINDS: Record<Grain, RollupKind[]> = {
  HOUR: [
    'TOTAL_HOUR',
    'KEY_MODEL_HOUR',
    ...USAGE_DIMENSIONS.map((dimension) => `${dimension}_HOUR` as const),
  ],
  DAY: USAGE_DIMENSIONS.map((dimension) => `${dimension}_DAY` as const),
}

/**
 * What is spent of the budgets of a key, an owner or a label is read from these: by admission from those by model, by alerts, lists
 * and findings from all. Whatever the retention of rollups, they are kept as long as the longest window of a budget lasts.
 */
export const BUDGET_KINDS = [
  'KEY_HOUR',
  'KEY_DAY',
  'KEY_MODEL_HOUR',
  'OWNER_HOUR',
  'OWNER_DAY',
  'LABEL_HOUR',
  'LABEL_DAY',
  'SHARED_MODEL_HOUR',
] as const satisfies readonly RollupKind[]

/** The kind that holds the share of deleted keys; null for a kind that is about keys. */
export function deletedKindOf(kind: RollupKind): `DELETED_${SharedKind}` | null {
  return DELETED_KINDS.find((deleted) => deleted === `DELETED_${kind}`) ?? null
}

export type RollupKey = { kind: RollupKind; apiKeyId: number; bucket: number; value: string }

/** A key as one text, for maps. */
export function rollupKeyText({ kind, apiKeyId, bucket, value }: RollupKey): string {
  return `${kind}\n${apiKeyId}\n${bucket}\n${value}`
}

/** Plain totals; tokens that are not known add nothing. */
export type RollupTotals = {
  calls: number
  /** Of the outcome SUCCESS, and so on; what remains of `calls` ended with ERROR. */
  successes: number
  denied: number
  cancelled: number
  interrupted: number
  durationMs: number
  inputTokens: number
  outputTokens: number
  cachedInputTokens: number
  reasoningTokens: number
  /** Whole nano-dollars, of the calls whose cost is known. */
  costNanoUsd: number
  /** Whole nano-dollars that budgets count of calls whose cost is not known. */
  reservedNanoUsd: number
  /** Metered calls whose cost is not known. */
  unpricedCalls: number
  /** Input tokens that were written to an upstream cache. */
  cacheWriteInputTokens: number
  /** Whole nano-dollars that cached input tokens cost less than other input, where that is known. */
  cacheSavedNanoUsd: number
  requestBytes: number
  responseBytes: number
}

export const ROLLUP_TOTALS = [
  'calls',
  'successes',
  'denied',
  'cancelled',
  'interrupted',
  'durationMs',
  'inputTokens',
  'outputTokens',
  'cachedInputTokens',
  'reasoningTokens',
  'costNanoUsd',
  'reservedNanoUsd',
  'unpricedCalls',
  'cacheWriteInputTokens',
  'cacheSavedNanoUsd',
  'requestBytes',
  'responseBytes',
] as const satisfies (keyof RollupTotals)[]

export type Rollup = RollupTotals & { durations: Histogram; firstTokens: Histogram }

/** The rollup of no call. */
export function emptyRollup(): Rollup {
  return {
    calls: 0,
    successes: 0,
    denied: 0,
    cancelled: 0,
    interrupted: 0,
    durationMs: 0,
    inputTokens: 0,
    outputTokens: 0,
    cachedInputTokens: 0,
    reasoningTokens: 0,
    costNanoUsd: 0,
    reservedNanoUsd: 0,
    unpricedCalls: 0,
    cacheWriteInputTokens: 0,
    cacheSavedNanoUsd: 0,
    requestBytes: 0,
    responseBytes: 0,
    durations: new Map(),
    firstTokens: new Map(),
  }
}

/** Which total counts the calls of an outcome; null: none, they are what remains. */
const COUNTERS: Record<Outcome, 'successes' | 'denied' | 'cancelled' | 'interrupted' | null> = {
  SUCCESS: 'successes',
  DENIED: 'denied',
  CANCELLED: 'cancelled',
  INTERRUPTED: 'interrupted',
  ERROR: null,
}

/** Adds a record to a rollup. */
export function addRecord(rollup: Rollup, record: CallRecord): void {
  const calls = record.calls ?? 1
  rollup.calls += calls
  const counter = COUNTERS[record.outcome]
  if (counter !== null) rollup[counter] += calls
  rollup.durationMs += record.durationMs * calls
  rollup.inputTokens += record.inputTokens ?? 0
  rollup.outputTokens += record.outputTokens ?? 0
  rollup.cachedInputTokens += record.cachedInputTokens ?? 0
  rollup.reasoningTokens += record.reasoningTokens ?? 0
  rollup.costNanoUsd += record.costNanoUsd ?? 0
  rollup.reservedNanoUsd += record.reservedNanoUsd ?? 0
  rollup.unpricedCalls += record.receipt !== null && record.costNanoUsd === null ? 1 : 0
  rollup.cacheWriteInputTokens += record.cacheWriteInputTokens ?? 0
  rollup.cacheSavedNanoUsd += record.cacheSavedNanoUsd ?? 0
  rollup.requestBytes += record.requestBytes
  rollup.responseBytes += record.responseBytes
  addValue(rollup.durations, record.durationMs, calls)
  if (record.timeToFirstTokenMs !== null) addValue(rollup.firstTokens, record.timeToFirstTokenMs)
}

/** Adds `times` times another rollup; -1 subtracts it. */
export function mergeRollup(rollup: Rollup, other: Rollup, times: 1 | -1 = 1): void {
  for (const name of ROLLUP_TOTALS) rollup[name] += times * other[name]
  mergeInto(rollup.durations, other.durations, times)
  mergeInto(rollup.firstTokens, other.firstTokens, times)
}

/** The dimensions that are not about keys: calls of many keys share a rollup. */
export const SHARED_DIMENSIONS = ['MODEL', 'UPSTREAM', 'ENDPOINT', 'OUTCOME'] as const

/** Every kind DELETED_…. */
export const DELETED_KINDS = [
  'DELETED_TOTAL_HOUR',
  ...SHARED_DIMENSIONS.flatMap(
    (dimension) => [`DELETED_${dimension}_HOUR`, `DELETED_${dimension}_DAY`] as const,
  ),
] as const satisfies RollupKind[]
