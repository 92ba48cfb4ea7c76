// Retention: removes what has expired, a slice at a time, so that no transaction takes long however much there is.
import { DAY_MS, HOUR_MS } from '../../domain/time.ts'
import { KINDS, type RollupKind, Rollups } from '../../domain/usage/rollup.ts'
import type { IngestionTransaction } from '../../store/ingestion.ts'
import type { RetentionBounds } from './retention-bounds.ts'

/**
 * Removes up to `limit` contents of calls, up to `limit` request logs with their content, and up to `limit` rollups of each kind,
 * of buckets that ended before. Rollups stay when the logs expire that they were made of. False when nothing had expired.
 */
export async function removeExpired(
  tx: IngestionTransaction,
  { logsBeforeMs, rollupsBeforeMs, keyHoursBeforeMs, contentsBeforeMs }: RetentionBounds,
  limit: number,
): Promise<boolean> {
  let removed = 0
  if (contentsBeforeMs !== null) removed += await tx.removeContentsBefore(contentsBeforeMs, limit)
  if (logsBeforeMs !== null) {
    // Before their logs, by which they are found.
    await tx.removeContentsOfLogsBefore(logsBeforeMs, limit)
    removed += await tx.removeLogsBefore(logsBeforeMs, limit)
  }
  if (rollupsBeforeMs !== null) {
    for (const kind of [...KINDS.HOUR, ...KINDS.DAY]) {
      const bucket = firstKeptBucket(kind, rollupsBeforeMs, keyHoursBeforeMs)
      removed +=
        kind === 'KEY_MODEL_HOUR'
          ? await carryOverKeyHours(tx, bucket, limit)
          : await tx.removeRollupsBefore(kind, bucket, limit)
    }
  }
  return removed > 0
}

function firstKeptBucket(
  kind: RollupKind,
  rollupsBeforeMs: number,
  keyHoursBeforeMs = rollupsBeforeMs,
): number {
  if (kind.endsWith('_DAY')) return Math.floor(rollupsBeforeMs / DAY_MS)
  return Math.floor((kind === 'KEY_MODEL_HOUR' ? keyHoursBeforeMs : rollupsBeforeMs) / HOUR_MS)
}

/** Removes hours of keys and carries over what they cost: a budget for a key's whole life still counts it. */
async function carryOverKeyHours(tx: IngestionTransaction, bucket: number, limit: number): Promise<number> {
  const expired = await tx.takeRollupsBefore('KEY_MODEL_HOUR', bucket, limit)
  const past = new Rollups()
  for (const { key, rollup } of expired) past.carryOver(key, rollup)
  await tx.addRollups(past)
  return expired.length
}
