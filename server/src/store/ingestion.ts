// What the ledger asks of a database while it ingests: batches in, each whole and once.

import type { StoredContent } from '../domain/content/captured-content.ts'
import type { CallRecord } from '../domain/logs/call-record.ts'
import type { Rollups } from '../domain/usage/rollup.ts'

/** A stretch of one segment. */
export type IngestBatch = {
  segment: string
  /** Bytes of the segment that had been ingested before, and that will have been. */
  from: number
  to: number
  runId: string
  /** Calls closed in it, each read as it is asked for: thousands at once would be kept for as long as the batch lasts. */
  closed: Iterable<CallRecord>
  /** What calls closed in this stretch, or before, left of their content. */
  contents: StoredContent[]
  /** What else is in it; asked for once, when all of `closed` have been read and nothing is committed. */
  rest(): BatchRemainder
  /** Called between two statements where there may be thousands; it may block the thread for a moment. Absent: no pauses. */
  pause?(): void
}

export type BatchRemainder = {
  /** Calls opened in it and not closed in it; `record` is JSON. */
  opened: { id: string; record: string }[]
  /** Ids of calls closed and not opened in it: some of them stand among the open calls. */
  openedBefore: string[]
}

export type Ingestion = {
  /** How far a segment has been ingested; 0 for one that is not known. */
  positionOf(segment: string): Promise<number>
  /**
   * Request logs, their content, sums, key counters, open calls and the position, in one transaction. False, with nothing written, where
   * the position is no longer `batch.from`: somebody else has ingested it.
   */
  apply(batch: IngestBatch): Promise<boolean>
  /** Drops the position of segments whose files are gone. */
  forget(segments: string[]): Promise<void>
  /** Closes what runs of the process that are over left open, as records that `close` makes of them. Answers how many. */
  closeOpenCalls(runId: string, close: (record: string) => CallRecord | null): Promise<number>
  /**
   * Removes up to `limit` request logs of deleted keys and takes them out of the sums, in one transaction.
   * Answers false when nothing was left to remove.
   */
  removeDeleted(limit: number): Promise<boolean>
  /**
   * Removes up to `limit` request logs that began before `logsBeforeMs`, their sums being kept, and up to `limit` sums of
   * buckets that ended before `sumsBeforeMs`; up to `limit` calls' content, and that of every log that goes. False when
   * there was nothing that old.
   */
  removeExpired(expired: RetentionBounds, limit: number): Promise<boolean>
  /** Gives what was freed back to the file system, a little at a time; nothing where the database sees to that itself. */
  compact(): Promise<void>
  /** Puts `cells` in the place of all sums of this grain in these buckets (`from` included, `to` not), in one transaction. */
  replaceRollups(grain: 'HOUR' | 'DAY', from: number, to: number, rollups: Rollups): Promise<void>
  close(): Promise<void>
}

/** Milliseconds since the epoch; null: kept for ever. */
export type RetentionBounds = {
  logsBeforeMs: number | null
  rollupsBeforeMs: number | null
  /** The same for the hours of one key, which its budgets count by; absent: as all sums. */
  keyHoursBeforeMs?: number
  contentsBeforeMs: number | null
}
