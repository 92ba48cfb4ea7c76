// Rollup cells in the database's own form.
import { decodeHistogram, encodeHistogram, type Histogram } from '../domain/histogram.ts'
import { USAGE_SUMS, type UsageCell, type UsageCellKey } from '../domain/usage-cell.ts'
import type { SqlRow } from './sql.ts'

export const ROLLUP_KEY_COLUMNS = ['kind', 'apiKeyId', 'bucket', 'value'] as const
export const ROLLUP_COLUMNS = [...ROLLUP_KEY_COLUMNS, ...USAGE_SUMS, 'durations', 'firstTokens'] as const

/** Reads the sums and histograms of a row. */
export function cellFromRow(row: SqlRow): UsageCell {
  return {
    calls: Number(row.calls),
    successes: Number(row.successes),
    durationMs: Number(row.durationMs),
    inputTokens: Number(row.inputTokens),
    outputTokens: Number(row.outputTokens),
    cachedInputTokens: Number(row.cachedInputTokens),
    reasoningTokens: Number(row.reasoningTokens),
    requestBytes: Number(row.requestBytes),
    responseBytes: Number(row.responseBytes),
    durations: histogram(row.durations),
    firstTokens: histogram(row.firstTokens),
  }
}

/** A cell as values for ROLLUP_COLUMNS, in their order. */
export function valuesOfCell(key: UsageCellKey, cell: UsageCell): (string | number | Uint8Array)[] {
  return [
    key.kind,
    key.apiKeyId,
    key.bucket,
    key.value,
    ...USAGE_SUMS.map((name) => cell[name]),
    encodeHistogram(cell.durations),
    encodeHistogram(cell.firstTokens),
  ]
}

function histogram(bytes: unknown): Histogram {
  return bytes instanceof Uint8Array ? decodeHistogram(bytes) : new Map()
}
