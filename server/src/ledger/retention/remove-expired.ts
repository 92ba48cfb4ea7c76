// Retention: removes what has expired, a slice at a time, so that no transaction takes long however much there is.
import { DAY_MS, HOUR_MS } from '../../domain/time.ts'
import { ATTRIBUTED_KINDS } from '../../domain/usage/attributed-rollups.ts'
import { BUDGET_KINDS, DELETED_KINDS, KINDS, type RollupKind } from '../../domain/usage/rollup.ts'
import { Rollups } from '../../domain/usage/rollups.ts'
import type { IngestionTransaction } from '../../store/ingestion.ts'
import type { RetentionBounds } from './retention-bounds.ts'

/**
 * Removes up to `limit` contents of calls, up to `limit` request logs with their content, and up to `limit` rollups of each kind,
 * of buckets that ended before. Rollups stay when the logs expire that they were made of; the share of deleted keys goes with the
 * logs. False when nothing had expired.
 */
export async function removeExpired(
  tx: IngestionTransaction,
  { logsBeforeMs, rollupsBeforeMs, budgetsBeforeMs, contentsBeforeMs }: RetentionBounds,
  limit: number,
): Promise<boolean> {
  let removed = 0
  if (contentsBeforeMs !== null) removed += await tx.removeContentsBefore(contentsBeforeMs, limit)
  if (logsBeforeMs !== null) {
    // Before their logs, by which they are found.
    await tx.removeContentsOfLogsBefore(logsBeforeMs, limit)
    const logs = await tx.removeLogsBefore(logsBeforeMs, limit)
    removed += logs
    // With the last of the logs, so that what is left of both always agrees with the rollups.
    if (logs < limit) removed += await removeDeletedBefore(tx, logsBeforeMs, limit)
  }
  if (rollupsBeforeMs !== null) {
    removed += await removeDeletedBefore(tx, rollupsBeforeMs, limit)
    for (const kind of [...KINDS.HOUR, ...KINDS.DAY, ...ATTRIBUTED_KINDS, 'SHARED_MODEL_HOUR'] as const) {
      const bucket = firstKeptBucket(kind, rollupsBeforeMs, budgetsBeforeMs)
      removed +=
        kind === 'KEY_MODEL_HOUR' || kind === 'SHARED_MODEL_HOUR'
          ? await carryOverHours(tx, kind, bucket, limit)
          : await tx.removeRollupsBefore(kind, bucket, limit)
    }
  }
  return removed > 0
}

async function removeDeletedBefore(tx: IngestionTransaction, ms: number, limit: number): Promise<number> {
  let removed = 0
  for (const kind of DELETED_KINDS)
    removed += await tx.removeRollupsBefore(kind, firstKeptBucket(kind, ms), limit)
  return removed
}

function firstKeptBucket(
  kind: RollupKind,
  rollupsBeforeMs: number,
  budgetsBeforeMs = rollupsBeforeMs,
): number {
  const isCounted = COUNTED.has(kind)
  const beforeMs = isCounted ? budgetsBeforeMs : rollupsBeforeMs
  if (kind.endsWith('_DAY')) return Math.floor(beforeMs / DAY_MS)
  // Hours are carried over by whole days: one that is in the past already is in no day that is still read beside it.
  return isCounted ? Math.floor(beforeMs / DAY_MS) * (DAY_MS / HOUR_MS) : Math.floor(beforeMs / HOUR_MS)
}

const COUNTED: ReadonlySet<RollupKind> = new Set(BUDGET_KINDS)

/** Removes hours that budgets are counted by and carries over what they cost: a budget of a whole life still counts it. */
async function carryOverHours(
  tx: IngestionTransaction,
  kind: 'KEY_MODEL_HOUR' | 'SHARED_MODEL_HOUR',
  bucket: number,
  limit: number,
): Promise<number> {
  const expired = await tx.takeRollupsBefore(kind, bucket, limit)
  const past = new Rollups()
  for (const { key, rollup } of expired) past.carryOver(key, rollup)
  await tx.addRollups(past)
  return expired.length
}
