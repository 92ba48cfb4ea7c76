// Writes sums of calls into SQLite, cell by cell in a transaction of many.
import type { DatabaseSync } from 'node:sqlite'
import { encodeHistogram, mergeEncoded } from '../../domain/histogram.ts'
import {
  mergeCell,
  USAGE_SUMS,
  type UsageCell,
  type UsageCellKey,
  type UsageCells,
} from '../../domain/usage-cell.ts'
import type { SqlRow } from '../sql.ts'
import { cellFromRow, ROLLUP_COLUMNS, storedSum, valuesOfCell } from '../usage-rollup-rows.ts'

export type CellWriter = {
  /** Adds sums to what stands in their cells, making those that are not there. */
  add(cells: UsageCells): void
  /** Takes sums away from their cells, and drops those in which no call is left. */
  takeAway(cells: UsageCells): void
  /** Puts a sum in a cell, whatever stood there. */
  put(key: UsageCellKey, cell: UsageCell): void
}

/** Prepares the statements, and the function of SQL that adds histograms. */
export function prepareCells(database: DatabaseSync): CellWriter {
  database.function('merged_histogram', { deterministic: true, directOnly: true }, (one, other) =>
    mergeEncoded(bytesOf(one), bytesOf(other)),
  )
  const columns = ROLLUP_COLUMNS.map((name) => `"${name}"`).join(', ')
  const keyOf = '"kind" = ? AND "apiKeyId" = ? AND "bucket" = ? AND "value" = ?'
  // As storedSum does it.
  const added = USAGE_SUMS.map((name) => `"${name}" = min("${name}" + ?, ${Number.MAX_SAFE_INTEGER})`)
  const durations = '"durations" = merged_histogram("durations", ?)'
  const firstTokens = '"firstTokens" = merged_histogram("firstTokens", ?)'
  // In place, in half the time that reading a sum, adding to it here and writing it back takes.
  const addTo = (set: string[]) =>
    database.prepare(`UPDATE "UsageRollup" SET ${set.join(', ')} WHERE ${keyOf}`)
  const addAll = addTo([...added, durations, firstTokens])
  const addWithoutFirstTokens = addTo([...added, durations])
  const read = database.prepare(`SELECT ${columns} FROM "UsageRollup" WHERE ${keyOf}`)
  const write = database.prepare(
    `INSERT OR REPLACE INTO "UsageRollup" (${columns}) VALUES (${ROLLUP_COLUMNS.map(() => '?').join(', ')})`,
  )
  const drop = database.prepare(`DELETE FROM "UsageRollup" WHERE ${keyOf}`)

  function put(key: UsageCellKey, cell: UsageCell): void {
    write.run(...valuesOfCell(key, cell))
  }

  return {
    add(cells) {
      let encoded: UsageCell | null = null
      let bytes = new Uint8Array()
      for (const { key, cell } of cells.entries()) {
        // Cells that follow each other often are one sum.
        if (cell !== encoded) bytes = encodeHistogram(cell.durations)
        encoded = cell
        const isStreamed = cell.firstTokens.size > 0
        const { changes } = (isStreamed ? addAll : addWithoutFirstTokens).run(
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
          bytes,
          ...(isStreamed ? [encodeHistogram(cell.firstTokens)] : []),
          key.kind,
          key.apiKeyId,
          key.bucket,
          key.value,
        )
        if (changes === 0) put(key, cell)
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

function bytesOf(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new TypeError('a histogram in the database is no bytes')
  return value
}
