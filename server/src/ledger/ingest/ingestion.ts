// Writes to the account of calls: what has been read of the journal, and removals. Each is one transaction, for both databases.
import type { CallRecord } from '../../domain/logs/call-record.ts'
import { type Grain, KINDS } from '../../domain/usage/rollup.ts'
import type { Rollups } from '../../domain/usage/rollups.ts'
import { openIngestionDatabase } from '../../store/open-ingestion.ts'
import { createContentQuota } from '../retention/content-quota.ts'
import { removeExpired } from '../retention/remove-expired.ts'
import { removeKeyLogs } from '../retention/remove-key-logs.ts'
import type { RetentionBounds } from '../retention/retention-bounds.ts'
import { applyBatch, closeOpenCalls, type IngestBatch } from './apply-batch.ts'

export type Ingestion = {
  /** How far a segment has been ingested, in bytes; 0 for one that is not known. */
  positionOf(segment: string): Promise<number>
  /** As applyBatch says. */
  apply(batch: IngestBatch): Promise<boolean>
  /** Drops the positions of segments whose files have been removed. */
  forget(segments: string[]): Promise<void>
  /** As closeOpenCalls says. */
  closeOpenCalls(runId: string, close: (record: string) => CallRecord | null): Promise<number>
  /** As removeKeyLogs says. */
  removeDeleted(limit: number): Promise<boolean>
  /** As removeExpired says. */
  removeExpired(bounds: RetentionBounds, limit: number): Promise<boolean>
  /** Removes up to `limit` of the oldest contents where all of them take more than their quota; `more`: they still do. */
  removeBeyondQuota(limit: number): Promise<{ removed: number; more: boolean }>
  /** Gives freed space back to the file system, a little at a time; nothing where the database does that itself. */
  compact(): Promise<void>
  /** Replaces all rollups of this grain in these buckets (`from` included, `to` not). Those of another grain are ignored. */
  replaceRollups(grain: Grain, from: number, to: number, rollups: Rollups): Promise<void>
  close(): Promise<void>
}

/**
 * For a thread of its own: SQLite blocks it. The database must have been migrated by openStore. `contentMaxBytes`: the quota of all
 * stored content; null: none.
 */
export async function openIngestion(
  database: string,
  contentMaxBytes: number | null = null,
): Promise<Ingestion> {
  const opened = await openIngestionDatabase(database)
  const { positionOf, forget, compact, close, transaction } = opened
  const quota = createContentQuota(opened, contentMaxBytes)
  return {
    positionOf,
    forget,
    compact,
    close,
    async apply(batch) {
      const applied = await transaction((tx) => applyBatch(tx, batch))
      if (applied) quota.inserted(batch.contents)
      return applied
    },
    removeBeyondQuota: quota.remove,
    closeOpenCalls: (runId, closeCall) => transaction((tx) => closeOpenCalls(tx, runId, closeCall)),
    removeDeleted: (limit) => transaction((tx) => removeKeyLogs(tx, limit)),
    removeExpired: (bounds, limit) => transaction((tx) => removeExpired(tx, bounds, limit)),
    replaceRollups: (grain, from, to, rollups) =>
      transaction(async (tx) => {
        await tx.removeRollups(KINDS[grain], from, to)
        await tx.putRollups([...rollups.entries()].filter(({ key }) => KINDS[grain].includes(key.kind)))
      }),
  }
}
