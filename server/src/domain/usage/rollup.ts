// What one request log adds to the sums: the cells of the rollups, as pure arithmetic.
import type { CallRecord } from '../logs/call-record.ts'
import { requestIdTimeMs } from '../uuid.ts'
import { addValue, type Histogram, mergeInto } from './histogram.ts'

/**
 * The grains that are asked for. The finest product of them all would be as large as the logs; these are not.
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
 * KEY_MODEL_PAST is what has aged out of KEY_MODEL_HOUR and cost anything: a budget for a key's whole life must not forget it.
 */
export const USAGE_DIMENSIONS = ['MODEL', 'UPSTREAM', 'ENDPOINT', 'OUTCOME', 'KEY'] as const
export type UsageDimension = (typeof USAGE_DIMENSIONS)[number]
export type UsageCellKind =
  | 'TOTAL_HOUR'
  | `${UsageDimension}_${'HOUR' | 'DAY'}`
  | 'KEY_MODEL_HOUR'
  | 'KEY_MODEL_PAST'

export const GRAINS = ['HOUR', 'DAY'] as const
export type Grain = (typeof GRAINS)[number]

/** The kinds of each grain. */
export const KINDS: Record<Grain, UsageCellKind[]> = {
  HOUR: [
    'TOTAL_HOUR',
    'KEY_MODEL_HOUR',
    ...USAGE_DIMENSIONS.map((dimension) => `${dimension}_HOUR` as const),
  ],
  DAY: USAGE_DIMENSIONS.map((dimension) => `${dimension}_DAY` as const),
}

export type UsageCellKey = { kind: UsageCellKind; apiKeyId: number; bucket: number; value: string }

/** A key as one text, for maps. */
export function cellKeyText({ kind, apiKeyId, bucket, value }: UsageCellKey): string {
  return `${kind}\n${apiKeyId}\n${bucket}\n${value}`
}

/** Plain sums; tokens that are not known add nothing. */
export type UsageSums = {
  calls: number
  successes: number
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

export const USAGE_SUMS = [
  'calls',
  'successes',
  'durationMs',
  'inputTokens',
  'outputTokens',
  'cachedInputTokens',
  'reasoningTokens',
  'costNanoUsd',
  'unpricedCalls',
  'requestBytes',
  'responseBytes',
] as const satisfies (keyof UsageSums)[]

export type UsageCell = UsageSums & { durations: Histogram; firstTokens: Histogram }

export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000
export const GRAIN_MS: Record<Grain, number> = { HOUR: HOUR_MS, DAY: DAY_MS }

/** A month of any time zone: for as long what a key has spent by the hour is kept, since its budgets count by that. */
export const BUDGET_HOURS_MS = 33 * DAY_MS

/** The kinds of sums that age together, and the bucket before which they go. The hours of one key have an age of their own. */
export function agedCells(
  sumsBeforeMs: number,
  keyHoursBeforeMs = sumsBeforeMs,
): { kinds: UsageCellKind[]; before: number }[] {
  const hours = KINDS.HOUR.filter((kind) => kind !== 'KEY_MODEL_HOUR')
  return [
    { kinds: hours, before: Math.floor(sumsBeforeMs / GRAIN_MS.HOUR) },
    { kinds: ['KEY_MODEL_HOUR'], before: Math.floor(keyHoursBeforeMs / GRAIN_MS.HOUR) },
    { kinds: KINDS.DAY, before: Math.floor(sumsBeforeMs / GRAIN_MS.DAY) },
  ]
}

export function emptyCell(): UsageCell {
  return {
    calls: 0,
    successes: 0,
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

/** Adds a record to a cell. */
export function addRecord(cell: UsageCell, record: CallRecord): void {
  cell.calls += 1
  cell.successes += record.outcome === 'SUCCESS' ? 1 : 0
  cell.durationMs += record.durationMs
  cell.inputTokens += record.inputTokens ?? 0
  cell.outputTokens += record.outputTokens ?? 0
  cell.cachedInputTokens += record.cachedInputTokens ?? 0
  cell.reasoningTokens += record.reasoningTokens ?? 0
  cell.costNanoUsd += record.costNanoUsd ?? 0
  cell.unpricedCalls += record.receipt !== null && record.costNanoUsd === null ? 1 : 0
  cell.requestBytes += record.requestBytes
  cell.responseBytes += record.responseBytes
  addValue(cell.durations, record.durationMs)
  if (record.timeToFirstTokenMs !== null) addValue(cell.firstTokens, record.timeToFirstTokenMs)
}

/** Adds `times` times another cell; -1 takes it away. */
export function mergeCell(cell: UsageCell, other: UsageCell, times: 1 | -1 = 1): void {
  for (const name of USAGE_SUMS) cell[name] += times * other[name]
  mergeInto(cell.durations, other.durations, times)
  mergeInto(cell.firstTokens, other.firstTokens, times)
}

/** The 9 cells of a record that calls of many keys share. */
function sharedCellsOf(record: CallRecord): UsageCellKey[] {
  const { hour, day } = bucketsOf(record)
  const values: Record<Exclude<UsageDimension, 'KEY'>, string> = {
    MODEL: modelOf(record),
    UPSTREAM: record.upstream ?? '',
    ENDPOINT: foldEndpoint(record.endpoint),
    OUTCOME: record.outcome,
  }
  const cells: UsageCellKey[] = [{ kind: 'TOTAL_HOUR', apiKeyId: 0, bucket: hour, value: '' }]
  for (const dimension of ['MODEL', 'UPSTREAM', 'ENDPOINT', 'OUTCOME'] as const) {
    cells.push({ kind: `${dimension}_HOUR`, apiKeyId: 0, bucket: hour, value: values[dimension] })
    cells.push({ kind: `${dimension}_DAY`, apiKeyId: 0, bucket: day, value: values[dimension] })
  }
  return cells
}

/** The 3 cells of the record's key alone. */
function keyCellsOf(record: CallRecord): UsageCellKey[] {
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

/** A name that no upstream knows must not make a sum of its own: anyone with a key can think of another. */
function modelOf(record: CallRecord): string {
  return record.errorCode === 'model_not_found' ? '' : (record.requestedModel ?? '')
}

/**
 * An endpoint without what is particular to one call: `/v1/files/file-abc` is `/v1/files/*`. Anyone can ask for any
 * path, so paths of more than two parts, and any that is not plain words, must not each make a sum of its own.
 */
export function foldEndpoint(endpoint: string): string {
  const parts = endpoint.split('/').slice(2)
  const words = parts
    .slice(0, 2)
    .map((part, at) => (/^[a-z_]{1,24}$/.test(part) ? part : at === 0 ? 'other' : '*'))
  return `/v1/${words.join('/')}${parts.length > 2 ? '/*' : ''}`
}

/** Sums of records that belong to the same cells. */
type Alike = { keys: UsageCellKey[]; sum: UsageCell }

/** What sharedCellsOf makes cells of, and their sum. */
type Shared = Pick<CallRecord, 'upstream' | 'outcome' | 'endpoint'> & {
  hour: number
  model: string
  sum: UsageCell
}

/** `lent`: the sum stands in other cells too, and is copied before anything is added to it. */
type KeyedCell = { key: UsageCellKey; cell: UsageCell; lent: boolean }

/** Sums of many records by cell. */
export class UsageCells {
  readonly #cells = new Map<string, KeyedCell>()
  readonly #alike = new Map<string, Alike>()
  // Of the last record: the next one is likely to be alike, which is told sooner than a text for a map is made.
  #last: Shared | null = null

  add(record: CallRecord): void {
    const { hour } = bucketsOf(record)
    const model = modelOf(record)
    addRecord(this.#sharedSum(hour, model, record), record)
    if (record.apiKeyId === null) return
    addRecord(this.#sumOf(`${record.apiKeyId}\0${hour}\0${model}`, keyCellsOf, record), record)
  }

  /** Adds a key's hour, which is about to be removed, to its past. */
  outlive({ apiKeyId, value }: UsageCellKey, cell: UsageCell): void {
    if (cell.costNanoUsd > 0) this.merge({ kind: 'KEY_MODEL_PAST', apiKeyId, bucket: 0, value }, cell)
  }

  /** Adds a sum to one cell, as days are made of hours. */
  merge(key: UsageCellKey, cell: UsageCell): void {
    const text = cellKeyText(key)
    const known = this.#cells.get(text)
    if (known === undefined) this.#cells.set(text, { key, cell: copyOf(cell), lent: false })
    else addTo(known, cell)
  }

  /** Every cell with its sum, which is not to be changed: cells that got the same records may have one between them. */
  entries(): Iterable<{ key: UsageCellKey; cell: UsageCell }> {
    // Each record was added to two sums; here those become the twelve cells that they belong to.
    for (const { keys, sum } of this.#alike.values()) for (const key of keys) this.#lend(key, sum)
    this.#alike.clear()
    this.#last = null
    return this.#cells.values()
  }

  /** Where each call is of another key, most sums are of one call: three copies of each would cost more than the sums. */
  #lend(key: UsageCellKey, cell: UsageCell): void {
    const text = cellKeyText(key)
    const known = this.#cells.get(text)
    if (known === undefined) this.#cells.set(text, { key, cell, lent: true })
    else addTo(known, cell)
  }

  #sharedSum(hour: number, model: string, record: CallRecord): UsageCell {
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
    // NUL stands in no text that a database has.
    const likeness = `${hour}\0${model}\0${upstream ?? ''}\0${outcome}\0${endpoint}`
    const sum = this.#sumOf(likeness, sharedCellsOf, record)
    this.#last = { hour, model, upstream, outcome, endpoint, sum }
    return sum
  }

  #sumOf(likeness: string, keysOf: (record: CallRecord) => UsageCellKey[], record: CallRecord): UsageCell {
    const known = this.#alike.get(likeness)
    if (known !== undefined) return known.sum
    const made = { keys: keysOf(record), sum: emptyCell() }
    this.#alike.set(likeness, made)
    return made.sum
  }
}

function addTo(known: KeyedCell, cell: UsageCell): void {
  if (known.lent) {
    known.cell = copyOf(known.cell)
    known.lent = false
  }
  mergeCell(known.cell, cell)
}

function copyOf(cell: UsageCell): UsageCell {
  return { ...cell, durations: new Map(cell.durations), firstTokens: new Map(cell.firstTokens) }
}
