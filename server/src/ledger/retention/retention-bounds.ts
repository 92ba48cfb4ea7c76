// How long each part of the ledger is kept, as instants before which it has expired.
import { budgetWindowMaxMs } from '../../domain/policy/windows.ts'

/** In milliseconds; null: for ever. */
export type Retention = { logsMs: number | null; rollupsMs: number | null; contentsMs: number }

/** What began or ended before these instants has expired. Milliseconds since the epoch; null: nothing expires. */
export type RetentionBounds = {
  logsBeforeMs: number | null
  rollupsBeforeMs: number | null
  /** Of the rollups that budgets are counted from (BUDGET_KINDS); absent: as all rollups. */
  budgetsBeforeMs?: number
  contentsBeforeMs: number | null
}

/** What has expired at an instant, in milliseconds since the epoch. */
export function retentionBoundsAt(
  { logsMs, rollupsMs, contentsMs }: Retention,
  nowMs: number,
): RetentionBounds {
  const rollupsBeforeMs = rollupsMs === null ? null : nowMs - rollupsMs
  return {
    logsBeforeMs: logsMs === null ? null : nowMs - logsMs,
    rollupsBeforeMs,
    budgetsBeforeMs: Math.min(rollupsBeforeMs ?? 0, nowMs - budgetWindowMaxMs()),
    contentsBeforeMs: nowMs - contentsMs,
  }
}
