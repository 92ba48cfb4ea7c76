// How long each part of the ledger is kept, as instants before which it has expired.
import { DAY_MS } from '../../domain/time.ts'

/** In milliseconds; null: for ever. */
export type Retention = { logsMs: number | null; rollupsMs: number | null; contentsMs: number }

/** What began or ended before these instants has expired. Milliseconds since the epoch; null: nothing expires. */
export type RetentionBounds = {
  logsBeforeMs: number | null
  rollupsBeforeMs: number | null
  /** Of the hours of one key, by which its budgets count; absent: as all rollups. */
  keyHoursBeforeMs?: number
  contentsBeforeMs: number | null
}

// A month of any time zone: the least retention of what a key has spent by the hour, since its budgets count by that.
const KEY_HOURS_MIN_MS = 33 * DAY_MS

/** What has expired at an instant, in milliseconds since the epoch. */
export function retentionBoundsAt(
  { logsMs, rollupsMs, contentsMs }: Retention,
  nowMs: number,
): RetentionBounds {
  const rollupsBeforeMs = rollupsMs === null ? null : nowMs - rollupsMs
  return {
    logsBeforeMs: logsMs === null ? null : nowMs - logsMs,
    rollupsBeforeMs,
    keyHoursBeforeMs: Math.min(rollupsBeforeMs ?? 0, nowMs - KEY_HOURS_MIN_MS),
    contentsBeforeMs: nowMs - contentsMs,
  }
}
