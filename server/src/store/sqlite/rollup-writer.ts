// Writes rollups into SQLite, one by one in a transaction of many.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { addEncoded, encodeHistogram, type Histogram, mergeEncoded } from '../../domain/usage/histogram.ts'
import { mergeRollup, ROLLUP_TOTALS, type Rollup, type RollupKey } from '../../domain/usage/rollup.ts'
import type { Rollups } from '../../domain/usage/rollups.ts'
import { ROLLUP_COLUMNS, rollupFromRow, storedTotal, valuesOfRollup } from '../queries/usage-rollups.ts'
import type { SqlRow } from '../sql.ts'

export type RollupWriter = {
  /** Adds to the stored rollups, and inserts those that are not there. `pause` is called before each. */
  add(rollups: Rollups, pause?: () => void): void
  /** Subtracts from the stored rollups, and removes those without a call. */
  subtract(rollups: Rollups): void
  /** Stores a rollup in place of what there is under its key. */
  put(key: RollupKey, rollup: Rollup): void
}

/** How the histograms of a rollup are added to the stored ones. */
type Encoded = { statement: StatementSync; histograms: readonly (number | Uint8Array)[] }

/** Prepares the statements, and the functions of SQL that add to histograms. */
export function prepareRollups(database: DatabaseSync): RollupWriter {
  const pure = { deterministic: true, directOnly: true }
  database.function('histogram_with', pure, (histogram, bucket, count) =>
    addEncoded(bytesOf(histogram), Number(bucket), Number(count)),
  )
  database.function('histogram_merged', pure, (one, other) => mergeEncoded(bytesOf(one), bytesOf(other)))
  const columns = ROLLUP_COLUMNS.map((name) => `"${name}"`).join(', ')
  const keyOf = '"kind" = ? AND "apiKeyId" = ? AND "bucket" = ? AND "value" = ?'
  // As storedTotal does it.
  const totals = ROLLUP_TOTALS.map((name) => `"${name}" = min("${name}" + ?, ${Number.MAX_SAFE_INTEGER})`)
  // In place, in less than half the time that reading a rollup, adding to it here and writing it back takes. Most rollups of one
  // key are of one call, or of some of the same duration: two numbers cross to the function in half the time of their bytes.
  const addTo = (histograms: string) =>
    database.prepare(`UPDATE "UsageRollup" SET ${totals.join(', ')}, ${histograms} WHERE ${keyOf}`)
  const addPlain = addTo('"durations" = histogram_with("durations", ?, ?)')
  const addStreamed = addTo(
    '"durations" = histogram_with("durations", ?, ?), "firstTokens" = histogram_with("firstTokens", ?, ?)',
  )
  const addAny = addTo(
    '"durations" = histogram_merged("durations", ?), "firstTokens" = histogram_merged("firstTokens", ?)',
  )
  const read = database.prepare(`SELECT ${columns} FROM "UsageRollup" WHERE ${keyOf}`)
  const write = database.prepare(
    `INSERT OR REPLACE INTO "UsageRollup" (${columns}) VALUES (${ROLLUP_COLUMNS.map(() => '?').join(', ')})`,
  )
  const drop = database.prepare(`DELETE FROM "UsageRollup" WHERE ${keyOf}`)

  /** Adds to a stored rollup; false where there is none. Totals are named one by one, since a spread of all takes longer. */
  function addInPlace(
    { kind, apiKeyId, bucket, value }: RollupKey,
    rollup: Rollup,
    encoded: Encoded,
  ): boolean {
    const { changes } = encoded.statement.run(
      storedTotal(rollup.calls),
      storedTotal(rollup.successes),
      storedTotal(rollup.denied),
      storedTotal(rollup.cancelled),
      storedTotal(rollup.interrupted),
      storedTotal(rollup.durationMs),
      storedTotal(rollup.inputTokens),
      storedTotal(rollup.outputTokens),
      storedTotal(rollup.cachedInputTokens),
      storedTotal(rollup.reasoningTokens),
      storedTotal(rollup.costNanoUsd),
      storedTotal(rollup.reservedNanoUsd),
      storedTotal(rollup.unpricedCalls),
      storedTotal(rollup.cacheWriteInputTokens),
      storedTotal(rollup.cacheSavedNanoUsd),
      storedTotal(rollup.requestBytes),
      storedTotal(rollup.responseBytes),
      ...encoded.histograms,
      kind,
      apiKeyId,
      bucket,
      value,
    )
    return changes !== 0
  }

  function encodedOf({ durations, firstTokens }: Rollup): Encoded {
    const duration = onlyBucket(durations)
    if (duration !== null && firstTokens.size === 0) return { statement: addPlain, histograms: duration }
    const firstToken = onlyBucket(firstTokens)
    if (duration !== null && firstToken !== null)
      return { statement: addStreamed, histograms: [...duration, ...firstToken] }
    return { statement: addAny, histograms: [encodeHistogram(durations), encodeHistogram(firstTokens)] }
  }

  function put(key: RollupKey, rollup: Rollup): void {
    write.run(...valuesOfRollup(key, rollup))
  }

  return {
    add(rollups, pause) {
      let last: Rollup | null = null
      let encoded: Encoded | null = null
      for (const { key, rollup } of rollups.entries()) {
        pause?.()
        // Rollups that follow each other are often one shared object.
        if (encoded === null || rollup !== last) encoded = encodedOf(rollup)
        last = rollup
        if (!addInPlace(key, rollup, encoded)) put(key, rollup)
      }
    },
    subtract(rollups) {
      for (const { key, rollup } of rollups.entries()) {
        const place = [key.kind, key.apiKeyId, key.bucket, key.value] as const
        const row = read.get(...place)
        if (row === undefined) continue
        const sum = rollupFromRow(row as SqlRow)
        mergeRollup(sum, rollup, -1)
        if (sum.calls > 0) put(key, sum)
        else drop.run(...place)
      }
    },
    put,
  }
}

/** Bucket and count where there is one bucket. */
function onlyBucket(histogram: Histogram): readonly [number, number] | null {
  if (histogram.size !== 1) return null
  const [entry] = histogram
  return entry ?? null
}

function bytesOf(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new TypeError('a histogram in the database is no bytes')
  return value
}
