// What many keys, owners, upstreams or models did in the last hours: one statement for all of them.
import { SQL, type SqlValue } from '../../sql.ts'
import type { Store } from '../../store.ts'

export type ActivityKind = 'KEY_HOUR' | 'OWNER_HOUR' | 'UPSTREAM_HOUR' | 'MODEL_HOUR'

export type ActivityRow = {
  value: string
  hour: number
  calls: number
  successes: number
  denied: number
  cancelled: number
  /** An encoded histogram. */
  durations: Uint8Array
}

/**
 * The rollups of these values (at most some hundred) in hours since the epoch, both included. An index seek for each hour and value: a
 * range of hours would read those of all keys.
 */
export async function readActivityRows(
  store: Store,
  kind: ActivityKind,
  values: readonly string[],
  { from, to }: { from: number; to: number },
): Promise<ActivityRow[]> {
  if (values.length === 0) return []
  const sent: SqlValue[] = []
  const at = (value: SqlValue) => `$${sent.push(value)}`
  const hours = Array.from({ length: to - from + 1 }, (_, index) => Math.trunc(from + index))
  const rows = await store[SQL].all(
    `SELECT "value", "bucket", "calls", "successes", "denied", "cancelled", "durations" FROM "UsageRollup"
     WHERE "kind" = ${at(kind)} AND "apiKeyId" = 0 AND "bucket" IN (${hours.join(', ')})
       AND "value" IN (${values.map(at).join(', ')})`,
    sent,
  )
  return rows.map((row) => ({
    value: String(row.value),
    hour: Number(row.bucket),
    calls: Number(row.calls),
    successes: Number(row.successes),
    denied: Number(row.denied),
    cancelled: Number(row.cancelled),
    durations: row.durations as Uint8Array,
  }))
}
