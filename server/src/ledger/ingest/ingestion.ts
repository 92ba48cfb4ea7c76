// Writes to the account of calls: what has been read of the journal, and removals. Each is one transaction, for both databases.
import type { CallRecord } from '../../domain/logs/call-record.ts'
import { type Grain, KINDS } from '../../domain/usage/rollup.ts'
import type { Rollups } from '../../domain/usage/rollups.ts'
import { openIngestionDatabase } from '../../store/open-ingestion.ts'
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
  /** Gives freed space back to the file system, a little at a time; nothing where the database does that itself. */
  compact(): Promise<void>
  /** Replaces all rollups of this grain in these buckets (`from` included, `to` not). Those of another grain are ignored. */
  replaceRollups(grain: Grain, from: number, to: number, rollups: Rollups): Promise<void>
  close(): Promise<void>
}

/** For a thread of its own: SQLite blocks it. The database must have been migrated by openStore. */
export async function openIngestion(database: string): Promise<Ingestion> {
  const { positionOf, forget, compact, close, transaction } = await openIngestionDatabase(database)
  return {
    positionOf,
    forget,
    compact,
    close,
    apply: (batch) => transaction((tx) => applyBatch(tx, batch)),
    closeOpenCalls: (runId, closeCall) => transaction((tx) => closeOpenCalls(tx, runId, closeCall)),
    removeDeleted: (limit) => transaction((tx) => removeKeyLogs(tx, limit)),
    removeExpired: (bounds, limit) => transaction((tx) => removeExpired(tx, bounds, limit)),
    replaceRollups: (grain, from, to, rollups) =>
      transaction(async (tx) => {
        await tx.removeRollups(KINDS[grain], from, to)
        await tx.putRollups([...rollups.entries()].filter(({ key }) => key.kind.endsWith(grain)))
      }),
  }
}
