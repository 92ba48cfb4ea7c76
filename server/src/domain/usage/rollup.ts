// What one request log adds to which rollups, as pure arithmetic.
import { WIRE_ROOT } from '../endpoints.ts'
import type { CallRecord, Outcome } from '../logs/call-record.ts'
import { DAY_MS, HOUR_MS } from '../time.ts'
import { requestIdTimeMs } from '../uuid.ts'
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
 * KEY_MODEL_PAST holds the expired hours of KEY_MODEL_HOUR that cost anything: a budget for a key's whole life counts them.
 */
export const USAGE_DIMENSIONS = ['MODEL', 'UPSTREAM', 'ENDPOINT', 'OUTCOME', 'KEY'] as const
export type UsageDimension = (typeof USAGE_DIMENSIONS)[number]
export type RollupKind =
  | 'TOTAL_HOUR'
  | `${UsageDimension}_${'HOUR' | 'DAY'}`
  | 'KEY_MODEL_HOUR'
  | 'KEY_MODEL_PAST'

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
  /** Metered calls whose cost is not known. */
  unpricedCalls: number
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
  'unpricedCalls',
  'requestBytes',
  'responseBytes',
] as const satisfies (keyof RollupTotals)[]

export type Rollup = RollupTotals & { durations: Histogram; firstTokens: Histogram }

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
    unpricedCalls: 0,
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
  rollup.calls += 1
  const counter = COUNTERS[record.outcome]
  if (counter !== null) rollup[counter] += 1
  rollup.durationMs += record.durationMs
  rollup.inputTokens += record.inputTokens ?? 0
  rollup.outputTokens += record.outputTokens ?? 0
  rollup.cachedInputTokens += record.cachedInputTokens ?? 0
  rollup.reasoningTokens += record.reasoningTokens ?? 0
  rollup.costNanoUsd += record.costNanoUsd ?? 0
  rollup.unpricedCalls += record.receipt !== null && record.costNanoUsd === null ? 1 : 0
  rollup.requestBytes += record.requestBytes
  rollup.responseBytes += record.responseBytes
  addValue(rollup.durations, record.durationMs)
  if (record.timeToFirstTokenMs !== null) addValue(rollup.firstTokens, record.timeToFirstTokenMs)
}

/** Adds `times` times another rollup; -1 subtracts it. */
export function mergeRollup(rollup: Rollup, other: Rollup, times: 1 | -1 = 1): void {
  for (const name of ROLLUP_TOTALS) rollup[name] += times * other[name]
  mergeInto(rollup.durations, other.durations, times)
  mergeInto(rollup.firstTokens, other.firstTokens, times)
}

/** The 9 rollups of a record that calls of many keys share. */
function sharedRollupsOf(record: CallRecord): RollupKey[] {
  const { hour, day } = bucketsOf(record)
  const values: Record<Exclude<UsageDimension, 'KEY'>, string> = {
    MODEL: modelOf(record),
    UPSTREAM: record.upstream ?? '',
    ENDPOINT: foldEndpoint(record.endpoint),
    OUTCOME: record.outcome,
  }
  const rollups: RollupKey[] = [{ kind: 'TOTAL_HOUR', apiKeyId: 0, bucket: hour, value: '' }]
  for (const dimension of ['MODEL', 'UPSTREAM', 'ENDPOINT', 'OUTCOME'] as const) {
    rollups.push({ kind: `${dimension}_HOUR`, apiKeyId: 0, bucket: hour, value: values[dimension] })
    rollups.push({ kind: `${dimension}_DAY`, apiKeyId: 0, bucket: day, value: values[dimension] })
  }
  return rollups
}

/** The 3 rollups of the record's key alone. */
function keyRollupsOf(record: CallRecord): RollupKey[] {
  const { apiKeyId } = record
  if (apiKeyId === null) return []
  const { hour, day } = bucketsOf(record)
  return [
    { kind: 'KEY_HOUR', apiKeyId: 0, bucket: hour, value: String(apiKeyId) },
    { kind: 'KEY_DAY', apiKeyId: 0, bucket: day, value: String(apiKeyId) },
    { kind: 'KEY_MODEL_HOUR', apiKeyId, bucket: hour, value: modelOf(record) },
  ]
}

function bucketsOf(record: CallRecord): { hour: number; day: number } {
  const timeMs = requestIdTimeMs(record.id)
  return { hour: Math.floor(timeMs / HOUR_MS), day: Math.floor(timeMs / DAY_MS) }
}

/** A name that no upstream knows must not make a rollup of its own: anyone with a key can think of another. */
function modelOf(record: CallRecord): string {
  return record.errorCode === 'model_not_found' ? '' : (record.requestedModel ?? '')
}

/**
 * An endpoint without what is particular to one call: `/v1/files/file-abc` is `/v1/files/*`. Anyone can ask for any
 * path, so paths of more than two parts, and any that is not plain words, must not each make a rollup of its own.
 */
export function foldEndpoint(endpoint: string): string {
  const parts = endpoint.split('/').slice(2)
  const words = parts
    .slice(0, 2)
    .map((part, at) => (/^[a-z_]{1,24}$/.test(part) ? part : at === 0 ? 'other' : '*'))
  return `${WIRE_ROOT}/${words.join('/')}${parts.length > 2 ? '/*' : ''}`
}

/** The sum of records that belong to the same rollups. */
type Alike = { keys: RollupKey[]; sum: Rollup }

/** What sharedRollupsOf makes keys of, and the sum of its records. */
type Shared = Pick<CallRecord, 'upstream' | 'outcome' | 'endpoint'> & {
  hour: number
  model: string
  sum: Rollup
}

/** `shared`: the same object is the rollup of other keys too, and is copied before anything is added to it. */
type KeyedRollup = { key: RollupKey; rollup: Rollup; shared: boolean }

/** The rollups of many records. */
export class Rollups {
  readonly #rollups = new Map<string, KeyedRollup>()
  readonly #alike = new Map<string, Alike>()
  // Of the last record: the next one is likely to be alike, and comparing it is faster than making a map's key.
  #last: Shared | null = null

  add(record: CallRecord): void {
    const { hour } = bucketsOf(record)
    const model = modelOf(record)
    addRecord(this.#sharedTotal(hour, model, record), record)
    if (record.apiKeyId === null) return
    addRecord(this.#totalOf(`${record.apiKeyId}\0${hour}\0${model}`, keyRollupsOf, record), record)
  }

  /** Carries over a key's hour that expires to KEY_MODEL_PAST, where it cost anything. */
  carryOver({ apiKeyId, value }: RollupKey, rollup: Rollup): void {
    if (rollup.costNanoUsd > 0) this.merge({ kind: 'KEY_MODEL_PAST', apiKeyId, bucket: 0, value }, rollup)
  }

  /** Adds to one rollup, as days are made of hours. */
  merge(key: RollupKey, rollup: Rollup): void {
    const text = rollupKeyText(key)
    const known = this.#rollups.get(text)
    if (known === undefined) this.#rollups.set(text, { key, rollup: copyOf(rollup), shared: false })
    else addTo(known, rollup)
  }

  /** Every rollup with its key. They must not be changed: those of the same records may be one object. */
  entries(): Iterable<{ key: RollupKey; rollup: Rollup }> {
    // Each record was added to two subtotals; here those become the twelve rollups that they belong to.
    for (const { keys, sum } of this.#alike.values()) for (const key of keys) this.#share(key, sum)
    this.#alike.clear()
    this.#last = null
    return this.#rollups.values()
  }

  /** Where each call is of another key, most subtotals hold one call: copying each three times would cost more than adding the record. */
  #share(key: RollupKey, rollup: Rollup): void {
    const text = rollupKeyText(key)
    const known = this.#rollups.get(text)
    if (known === undefined) this.#rollups.set(text, { key, rollup, shared: true })
    else addTo(known, rollup)
  }

  #sharedTotal(hour: number, model: string, record: CallRecord): Rollup {
    const { upstream, outcome, endpoint } = record
    const last = this.#last
    if (
      last !== null &&
      last.hour === hour &&
      last.model === model &&
      last.upstream === upstream &&
      last.outcome === outcome &&
      last.endpoint === endpoint
    )
      return last.sum
    // No text in a database has a NUL.
    const likeness = `${hour}\0${model}\0${upstream ?? ''}\0${outcome}\0${endpoint}`
    const sum = this.#totalOf(likeness, sharedRollupsOf, record)
    this.#last = { hour, model, upstream, outcome, endpoint, sum }
    return sum
  }

  #totalOf(likeness: string, keysOf: (record: CallRecord) => RollupKey[], record: CallRecord): Rollup {
    const known = this.#alike.get(likeness)
    if (known !== undefined) return known.sum
    const made = { keys: keysOf(record), sum: emptyRollup() }
    this.#alike.set(likeness, made)
    return made.sum
  }
}

function addTo(known: KeyedRollup, rollup: Rollup): void {
  if (known.shared) {
    known.rollup = copyOf(known.rollup)
    known.shared = false
  }
  mergeRollup(known.rollup, rollup)
}

function copyOf(rollup: Rollup): Rollup {
  return { ...rollup, durations: new Map(rollup.durations), firstTokens: new Map(rollup.firstTokens) }
}
