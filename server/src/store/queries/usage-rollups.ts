// Rollups in the form in which the database stores them.
import { decodeHistogram, encodeHistogram, type Histogram } from '../../domain/usage/histogram.ts'
import { ROLLUP_TOTALS, type Rollup, type RollupKey, type RollupKind } from '../../domain/usage/rollup.ts'
import type { UsageFold, UsagePart, UsageQuery } from '../../domain/usage/rollup-changes.ts'
import { SQL, type SqlRow, type SqlStatement } from '../sql.ts'
import type { Store } from '../store.ts'

export const ROLLUP_KEY_COLUMNS = ['kind', 'apiKeyId', 'bucket', 'value'] as const
export const ROLLUP_COLUMNS = [...ROLLUP_KEY_COLUMNS, ...ROLLUP_TOTALS, 'durations', 'firstTokens'] as const

/** SQL: what budgets count of a rollup. */
export const SPENT_IN_ROLLUP = '"costNanoUsd" + "reservedNanoUsd"'
/** SQL: what budgets count of a request log `l`; null: nothing. */
export const SPENT_IN_LOG = 'coalesce(l."costNanoUsd", l."reservedNanoUsd")'

export type StoredRollup = { bucket: number; value: string; rollup: Rollup }

/** The rollups of one kind over a range of its buckets: `from` included, `to` not. */
export async function readRollups(
  store: Store,
  kind: RollupKind,
  apiKeyId: number,
  range: { from: number; to: number },
): Promise<StoredRollup[]> {
  const rows = await store[SQL].all(
    `SELECT ${FOLDED.map((name) => `"${name}"`).join(', ')} FROM "UsageRollup"
     WHERE "kind" = $1 AND "apiKeyId" = $2 AND "bucket" >= $3 AND "bucket" < $4`,
    [kind, apiKeyId, range.from, range.to],
  )
  return rows.map((row) => ({
    bucket: Number(row.bucket),
    value: String(row.value),
    rollup: rollupFromRow(row),
  }))
}

/** Reads the totals and histograms of a row. */
export function rollupFromRow(row: SqlRow): Rollup {
  return {
    calls: Number(row.calls),
    successes: Number(row.successes),
    denied: Number(row.denied),
    cancelled: Number(row.cancelled),
    interrupted: Number(row.interrupted),
    durationMs: Number(row.durationMs),
    inputTokens: Number(row.inputTokens),
    outputTokens: Number(row.outputTokens),
    cachedInputTokens: Number(row.cachedInputTokens),
    reasoningTokens: Number(row.reasoningTokens),
    costNanoUsd: Number(row.costNanoUsd),
    reservedNanoUsd: Number(row.reservedNanoUsd),
    unpricedCalls: Number(row.unpricedCalls),
    cacheWriteInputTokens: Number(row.cacheWriteInputTokens),
    cacheSavedNanoUsd: Number(row.cacheSavedNanoUsd),
    requestBytes: Number(row.requestBytes),
    responseBytes: Number(row.responseBytes),
    durations: histogram(row.durations),
    firstTokens: histogram(row.firstTokens),
  }
}

/** Reads a row of ROLLUP_COLUMNS. */
export function keyedRollupFromRow(row: SqlRow): { key: RollupKey; rollup: Rollup } {
  const key = {
    // The column holds no other: all rollups are written by this server.
    kind: row.kind as RollupKind,
    apiKeyId: Number(row.apiKeyId),
    bucket: Number(row.bucket),
    value: String(row.value),
  }
  return { key, rollup: rollupFromRow(row) }
}

/** The keys whose removal is not done, as the rollups by key name them. */
export const KEYS_TO_REMOVE = 'SELECT CAST("apiKeyId" AS TEXT) FROM "KeyRemoval"'

const FOLDED = ['bucket', 'value', ...ROLLUP_TOTALS, 'durations', 'firstTokens'] as const

/**
 * The rows of one part of a usage query, as `foldRow` takes them, in the order of bucket and value. With a page, at most
 * `limit` rows after that place.
 */
export function foldStatement(
  { apiKeyId, values: only, withDeleted = false }: UsageQuery,
  { kind, from, to }: UsagePart,
  page?: { afterBucket: number; afterValue: string; limit: number },
): SqlStatement {
  const values: SqlStatement['values'] = [kind, apiKeyId, from, to]
  const at = (value: string | number) => `$${values.push(value)}`
  let text = `SELECT ${FOLDED.map((name) => `"${name}"`).join(', ')} FROM "UsageRollup"
    WHERE "kind" = $1 AND "apiKeyId" = $2 AND "bucket" >= $3 AND "bucket" < $4`
  if (only !== null) {
    const deleted = withDeleted ? ` OR "value" IN (${KEYS_TO_REMOVE})` : ''
    text += ` AND ("value" IN (${only.map(at).join(', ')})${deleted})`
  }
  if (page !== undefined) {
    text += ` AND ("bucket", "value") > (${at(page.afterBucket)}, ${at(page.afterValue)})
      ORDER BY "bucket", "value" LIMIT ${page.limit}`
  }
  return { text, values }
}

/** Adds a row of `foldStatement`, its columns in an array, to the fold. */
export function foldRow(fold: UsageFold, kind: RollupKind, row: unknown[]): void {
  const rollup = fold.rollupFor(kind, Number(row[0]), String(row[1]))
  for (let at = 0; at < ROLLUP_TOTALS.length; at++) {
    const name = ROLLUP_TOTALS[at]
    if (name !== undefined) rollup[name] += Number(row[at + 2])
  }
  const [durations, firstTokens] = [row[FOLDED.length - 2], row[FOLDED.length - 1]]
  if (durations instanceof Uint8Array) decodeHistogram(durations, rollup.durations)
  if (firstTokens instanceof Uint8Array) decodeHistogram(firstTokens, rollup.firstTokens)
}

/**
 * A total as it is stored: at most 2^53 - 1. A larger one could not be read again, and every batch that adds to it would fail.
 */
export function storedTotal(sum: number): number {
  return Math.min(sum, Number.MAX_SAFE_INTEGER)
}

/** A rollup as values for ROLLUP_COLUMNS, in their order. */
export function valuesOfRollup(key: RollupKey, rollup: Rollup): (string | number | Uint8Array)[] {
  return [
    key.kind,
    key.apiKeyId,
    key.bucket,
    key.value,
    ...ROLLUP_TOTALS.map((name) => storedTotal(rollup[name])),
    encodeHistogram(rollup.durations),
    encodeHistogram(rollup.firstTokens),
  ]
}

function histogram(bytes: unknown): Histogram {
  return bytes instanceof Uint8Array ? decodeHistogram(bytes) : new Map()
}
