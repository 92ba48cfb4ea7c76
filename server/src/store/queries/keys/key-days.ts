// The daily totals of one key.
import type { RollupTotals } from '../../../domain/usage/rollup.ts'
import { SQL } from '../../sql.ts'
import type { Store } from '../../store.ts'

export type KeyDay = Pick<
  RollupTotals,
  | 'calls'
  | 'successes'
  | 'denied'
  | 'cancelled'
  | 'interrupted'
  | 'inputTokens'
  | 'outputTokens'
  | 'costNanoUsd'
> & { day: number }

const TOTALS = [
  'calls',
  'successes',
  'denied',
  'cancelled',
  'interrupted',
  'inputTokens',
  'outputTokens',
  'costNanoUsd',
] as const

/**
 * The days with calls among these, which are numbered since the epoch in UTC. An index seek for each day: a range would read the
 * rollups of all keys.
 */
export async function readKeyDays(
  store: Store,
  apiKeyId: number,
  days: readonly number[],
): Promise<KeyDay[]> {
  if (days.length === 0) return []
  const places = days.map((_, at) => `$${at + 2}`).join(', ')
  const rows = await store[SQL].all(
    `SELECT "bucket", ${TOTALS.map((name) => `"${name}"`).join(', ')} FROM "UsageRollup"
     WHERE "kind" = 'KEY_DAY' AND "apiKeyId" = 0 AND "bucket" IN (${places}) AND "value" = $1`,
    [String(apiKeyId), ...days],
  )
  return rows.map((row) => ({
    day: Number(row.bucket),
    calls: Number(row.calls),
    successes: Number(row.successes),
    denied: Number(row.denied),
    cancelled: Number(row.cancelled),
    interrupted: Number(row.interrupted),
    inputTokens: Number(row.inputTokens),
    outputTokens: Number(row.outputTokens),
    costNanoUsd: Number(row.costNanoUsd),
  }))
}
