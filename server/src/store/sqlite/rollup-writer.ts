// Writes sums of calls into SQLite, cell by cell in a transaction of many.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { addEncoded, encodeHistogram, type Histogram, mergeEncoded } from '../../domain/usage/histogram.ts'
import {
  mergeCell,
  USAGE_SUMS,
  type UsageCell,
  type UsageCellKey,
  type UsageCells,
} from '../../domain/usage/rollup.ts'
import { cellFromRow, ROLLUP_COLUMNS, storedSum, valuesOfCell } from '../queries/usage-rollups.ts'
import type { SqlRow } from '../sql.ts'

export type CellWriter = {
  /** Adds sums to what stands in their cells, making those that are not there. */
  add(cells: UsageCells): void
  /** Takes sums away from their cells, and drops those in which no call is left. */
  takeAway(cells: UsageCells): void
  /** Puts a sum in a cell, whatever stood there. */
  put(key: UsageCellKey, cell: UsageCell): void
}

/** How the histograms of a sum are added to those of a cell. */
type Encoded = { statement: StatementSync; histograms: readonly (number | Uint8Array)[] }

/** Prepares the statements, and the functions of SQL that add to histograms. */
export function prepareCells(database: DatabaseSync): CellWriter {
  const pure = { deterministic: true, directOnly: true }
  database.function('histogram_with', pure, (histogram, bucket, count) =>
    addEncoded(bytesOf(histogram), Number(bucket), Number(count)),
  )
  database.function('histogram_merged', pure, (one, other) => mergeEncoded(bytesOf(one), bytesOf(other)))
  const columns = ROLLUP_COLUMNS.map((name) => `"${name}"`).join(', ')
  const keyOf = '"kind" = ? AND "apiKeyId" = ? AND "bucket" = ? AND "value" = ?'
  // As storedSum does it.
  const sums = USAGE_SUMS.map((name) => `"${name}" = min("${name}" + ?, ${Number.MAX_SAFE_INTEGER})`)
  // In place, in less than half the time that reading a sum, adding to it here and writing it back takes. Most sums of one
  // key are of one call, or of some that took as long: two numbers cross to the function in half the time of their bytes.
  const addTo = (histograms: string) =>
    database.prepare(`UPDATE "UsageRollup" SET ${sums.join(', ')}, ${histograms} WHERE ${keyOf}`)
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

  /** Adds a sum to a cell; false where there is no such cell. Named one by one, since a spread of all takes longer. */
  function addInPlace(
    { kind, apiKeyId, bucket, value }: UsageCellKey,
    cell: UsageCell,
    encoded: Encoded,
  ): boolean {
    const { changes } = encoded.statement.run(
      storedSum(cell.calls),
      storedSum(cell.successes),
      storedSum(cell.durationMs),
      storedSum(cell.inputTokens),
      storedSum(cell.outputTokens),
      storedSum(cell.cachedInputTokens),
      storedSum(cell.reasoningTokens),
      storedSum(cell.costNanoUsd),
      storedSum(cell.unpricedCalls),
      storedSum(cell.requestBytes),
      storedSum(cell.responseBytes),
      ...encoded.histograms,
      kind,
      apiKeyId,
      bucket,
      value,
    )
    return changes !== 0
  }

  function encodedOf({ durations, firstTokens }: UsageCell): Encoded {
    const duration = onlyBucket(durations)
    if (duration !== null && firstTokens.size === 0) return { statement: addPlain, histograms: duration }
    const firstToken = onlyBucket(firstTokens)
    if (duration !== null && firstToken !== null)
      return { statement: addStreamed, histograms: [...duration, ...firstToken] }
    return { statement: addAny, histograms: [encodeHistogram(durations), encodeHistogram(firstTokens)] }
  }

  function put(key: UsageCellKey, cell: UsageCell): void {
    write.run(...valuesOfCell(key, cell))
  }

  return {
    add(cells) {
      let last: UsageCell | null = null
      let encoded: Encoded | null = null
      for (const { key, cell } of cells.entries()) {
        // Cells that follow each other often have one sum between them.
        if (encoded === null || cell !== last) encoded = encodedOf(cell)
        last = cell
        if (!addInPlace(key, cell, encoded)) put(key, cell)
      }
    },
    takeAway(cells) {
      for (const { key, cell } of cells.entries()) {
        const place = [key.kind, key.apiKeyId, key.bucket, key.value] as const
        const row = read.get(...place)
        if (row === undefined) continue
        const sum = cellFromRow(row as SqlRow)
        mergeCell(sum, cell, -1)
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
