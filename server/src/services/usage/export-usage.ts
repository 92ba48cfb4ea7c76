// Usage for an export: what each key used of each model in each period, in the order of key, period and model.
import { badInput } from '../../domain/admin-errors.ts'
import type { Actor } from '../../domain/admins/actor.ts'
import { apiKeyId, apiKeyNumberFrom } from '../../domain/keys/api-key-id.ts'
import type { Window } from '../../domain/policy/windows.ts'
import { HOUR_MS } from '../../domain/time.ts'
import { type Period, periodAt } from '../../domain/usage/periods.ts'
import { ROLLUP_TOTALS, type RollupTotals } from '../../domain/usage/rollup.ts'
import { type KeyHour, readDeletedHours, readKeyHours } from '../../store/queries/usage/key-usage-pages.ts'
import type { ControlPlane } from '../control-plane.ts'
import type { ExportPart } from '../logs/export-request-logs.ts'
import { keysWithin } from '../owners/within-owners.ts'

export type ExportedUsage = {
  /** The row's cursor: key, first hour of the period since the epoch, model. */
  id: string
  /** Null for deleted keys together, which have no model either. */
  keyId: string | null
  keyName: string | null
  /** Null for calls that named none, or none that there is. */
  model: string | null
  period: Window
  totals: RollupTotals
}

export type UsageExport = {
  /** Milliseconds since the epoch: the whole hours that this touches. */
  fromMs: number
  toMs: number
  period: Period
  timeZone: string
  /** Null: every key, and deleted ones together. */
  apiKeyIds: number[] | null
}

// Rollups that are read at once: some milliseconds of the event loop.
const BATCH = 500

/**
 * The rows after `after`, of the keys that the actor may see when it begins. Hours are of UTC: each belongs to the period in which it begins. Calls without a known key cost nothing
 * and are in no row. Throws BAD_USER_INPUT for an `after` that is no cursor of a usage export.
 */
export function exportUsage(
  plane: ControlPlane,
  actor: Actor,
  query: UsageExport,
  { after, ...part }: ExportPart,
): AsyncGenerator<ExportedUsage[], void, void> {
  return rowsAfter(plane, actor, query, part, after === undefined ? null : placeOf(after))
}

async function* rowsAfter(
  plane: ControlPlane,
  actor: Actor,
  asked: UsageExport,
  { limit, signal }: Omit<ExportPart, 'after'>,
  place: Place | null,
): AsyncGenerator<ExportedUsage[], void, void> {
  await plane.ledger.settled()
  const query = { ...asked, apiKeyIds: await keysOf(plane, actor, asked) }
  const fold = new PeriodFold(query)
  let left = limit
  let skipping = place
  for await (const hours of hoursAfter(plane, query, place, signal)) {
    let rows = fold.add(hours)
    if (skipping !== null) {
      const at: Place = skipping
      rows = rows.filter((row) => isAfter(row, at))
      if (rows.length > 0) skipping = null
    }
    if (rows.length > left) rows = rows.slice(0, left)
    left -= rows.length
    yield rows
    if (left === 0 || signal.aborted) return
  }
  const last = fold.rest().filter((row) => skipping === null || isAfter(row, skipping))
  yield last.slice(0, left)
}

/** The keys of an export: those that are asked for of those that the actor may see; null: every key, and deleted ones. */
async function keysOf(
  plane: ControlPlane,
  actor: Actor,
  { apiKeyIds }: UsageExport,
): Promise<number[] | null> {
  const keys = await keysWithin(plane, actor)
  if (keys === null) return apiKeyIds
  const allowed = new Set(keys)
  return apiKeyIds?.filter((id) => allowed.has(id)) ?? keys
}

type Place = { key: number; hour: number; model: string }

// Sorts after every key: of deleted keys.
const DELETED = Number.MAX_SAFE_INTEGER

async function* hoursAfter(
  { store }: ControlPlane,
  { fromMs, toMs, apiKeyIds }: UsageExport,
  place: Place | null,
  signal: AbortSignal,
): AsyncGenerator<KeyHour[], void, void> {
  const query = {
    from: Math.floor(fromMs / HOUR_MS),
    to: Math.ceil(toMs / HOUR_MS),
    apiKeyIds,
    limit: BATCH,
  }
  // The period of the place is read again from its beginning.
  const before = { apiKeyId: place?.key ?? 0, hour: (place?.hour ?? 0) - 1, model: '' }
  let at = before
  while (before.apiKeyId !== DELETED && !signal.aborted) {
    const hours = await readKeyHours(store, query, at)
    yield hours
    const last = hours.at(-1)
    if (last === undefined || hours.length < BATCH) break
    at = { apiKeyId: last.apiKeyId ?? 0, hour: last.hour, model: last.model }
  }
  let afterHour = before.apiKeyId === DELETED ? before.hour : -1
  while (apiKeyIds === null && !signal.aborted) {
    const hours = await readDeletedHours(store, query, afterHour)
    yield hours
    const last = hours.at(-1)
    if (last === undefined || hours.length < BATCH) return
    afterHour = last.hour
  }
}

/** Adds the hours of a period up, key by key: no more than one period of one key is in memory. */
class PeriodFold {
  readonly #query: UsageExport
  #key: Pick<KeyHour, 'apiKeyId' | 'keyName'> | null = null
  #period: Window = { startMs: 0, endMs: 0 }
  readonly #models = new Map<string, RollupTotals>()

  constructor(query: UsageExport) {
    this.#query = query
  }

  /** Takes the next hours; returns the rows that are whole by them. */
  add(hours: KeyHour[]): ExportedUsage[] {
    const whole: ExportedUsage[] = []
    for (const { apiKeyId: key, keyName, hour, model, totals } of hours) {
      const atMs = hour * HOUR_MS
      const { startMs, endMs } = this.#period
      if (this.#key === null || this.#key.apiKeyId !== key || atMs < startMs || atMs >= endMs) {
        whole.push(...this.rest())
        this.#key = { apiKeyId: key, keyName }
        this.#period = periodAt(this.#query.period, this.#query.timeZone, atMs)
      }
      const known = this.#models.get(model)
      if (known === undefined) this.#models.set(model, { ...totals })
      else for (const name of ROLLUP_TOTALS) known[name] += totals[name]
    }
    return whole
  }

  /** The rows of the period that has been begun. */
  rest(): ExportedUsage[] {
    const key = this.#key
    if (key === null) return []
    const models = [...this.#models].sort(([a], [b]) => (a < b ? -1 : 1))
    this.#models.clear()
    const hour = Math.floor(this.#period.startMs / HOUR_MS)
    return models.map(([model, totals]) => ({
      id: `${key.apiKeyId === null ? 'deleted' : apiKeyId(key.apiKeyId)}.${hour}.${model}`,
      keyId: key.apiKeyId === null ? null : apiKeyId(key.apiKeyId),
      keyName: key.keyName,
      model: model === '' ? null : model,
      period: this.#period,
      totals,
    }))
  }
}

function placeOf(after: string): Place {
  const [, key, hour, model] = /^(?:key_([1-9]\d{0,9})|deleted)\.(\d{1,8})\.(.*)$/s.exec(after) ?? []
  const number = key === undefined ? DELETED : apiKeyNumberFrom(key)
  if (hour === undefined || model === undefined || number === null || after.length > 600) {
    throw badInput('after', 'after is no id of a row of this export.')
  }
  return { key: number, hour: Number(hour), model }
}

function isAfter(row: ExportedUsage, { key, hour, model }: Place): boolean {
  const rowKey = row.keyId === null ? DELETED : Number(row.keyId.slice('key_'.length))
  const rowHour = Math.floor(row.period.startMs / HOUR_MS)
  if (rowKey !== key) return rowKey > key
  return rowHour !== hour ? rowHour > hour : (row.model ?? '') > model
}
