// The database operations that the ledger needs for ingestion and removal: statements with one purpose each, in transactions. What
// is done with them, and in which order, is decided once for both databases, in ledger/ingest/ and ledger/retention/.

import type { StoredContent } from '../domain/content/captured-content.ts'
import type { CallRecord } from '../domain/logs/call-record.ts'
import type { Rollup, RollupKey, RollupKind } from '../domain/usage/rollup.ts'
import type { Rollups } from '../domain/usage/rollups.ts'

/** SQLite's results are there at once: a promise for each would cost time for nothing. */
export type Awaitable<T> = T | Promise<T>

export type IngestionDatabase = {
  /** How far a segment has been ingested, in bytes; 0 for one that is not known. */
  positionOf(segment: string): Promise<number>
  /** Drops the positions of segments whose files have been removed. */
  forget(segments: string[]): Promise<void>
  /** One transaction at a time, also across nodes. Rejects with nothing written when `work` fails. */
  transaction<T>(work: (tx: IngestionTransaction) => Promise<T>): Promise<T>
  /** How many bytes all contents take, as domain/content/content-bytes.ts counts them; outside of any transaction. */
  contentBytes(): Promise<number>
  /** Gives freed space back to the file system, a little at a time; nothing where the database does that itself. */
  compact(): Promise<void>
  close(): Promise<void>
}

/** The uses of one key that its counters do not have yet. */
export type KeyUse = { id: number; uses: number; lastMs: number }

export type IngestionTransaction = {
  positionOf(segment: string): Awaitable<number>
  putPosition(segment: string, position: number): Awaitable<void>

  /**
   * Inserts records that are not there; calls `onInserted` with each of those, as it was stored. Where the key of one does not
   * exist, its removal begins, which takes the record out again. `pause` is called between two statements where there may be thousands of them, and may block the thread for a
   * moment. Throws TypeError for an id that is not a request id.
   */
  insertLogs(
    records: Iterable<CallRecord>,
    onInserted: (record: CallRecord) => void,
    pause?: () => void,
  ): Awaitable<void>
  /** Inserts content whose request log is there, once. */
  insertContents(contents: StoredContent[]): Awaitable<void>
  /** Moves the counters of keys. */
  addKeyUses(uses: KeyUse[]): Awaitable<void>

  /** Open calls; `record` is JSON. */
  putOpenCalls(runId: string, opened: { id: string; record: string }[]): Awaitable<void>
  removeOpenCalls(ids: string[]): Awaitable<void>
  openCallsOf(runId: string): Awaitable<string[]>
  removeOpenCallsOf(runId: string): Awaitable<void>

  /** `pause` as for `insertLogs`. */
  addRollups(rollups: Rollups, pause?: () => void): Awaitable<void>
  /** Up to `limit` of the values that a bucket has of a kind that is not about one key. */
  rollupValues(kind: RollupKind, bucket: number, limit: number): Awaitable<string[]>
  /** Subtracts from rollups, and removes those that have no call any more. */
  subtractRollups(rollups: Rollups): Awaitable<void>
  /** Stores rollups in place of what there is under their keys. */
  putRollups(rollups: { key: RollupKey; rollup: Rollup }[]): Awaitable<void>
  /** Removes the rollups of these kinds in a range of buckets: `from` included, `to` not. */
  removeRollups(kinds: RollupKind[], from: number, to: number): Awaitable<void>
  /** Removes up to `limit` rollups of a kind in buckets before `bucket`. Returns how many. */
  removeRollupsBefore(kind: RollupKind, bucket: number, limit: number): Awaitable<number>
  /** The same, and returns them. */
  takeRollupsBefore(
    kind: RollupKind,
    bucket: number,
    limit: number,
  ): Awaitable<{ key: RollupKey; rollup: Rollup }[]>

  /** Removes up to `limit` of the oldest contents of calls that began before `ms`. Returns how many. */
  removeContentsBefore(ms: number, limit: number): Awaitable<number>
  /** Removes the contents of the request logs that `removeLogsBefore` with the same arguments removes. */
  removeContentsOfLogsBefore(ms: number, limit: number): Awaitable<void>
  removeContentsOf(ids: string[]): Awaitable<void>
  /** Up to `limit` of the oldest contents, with the bytes that each takes. */
  oldestContents(limit: number): Awaitable<{ id: string; bytes: number }[]>
  /** Removes up to `limit` of the oldest request logs that began before `ms`. Returns how many. */
  removeLogsBefore(ms: number, limit: number): Awaitable<number>

  /** The key that was deleted first of those whose logs have not all been removed; null where there is none. */
  nextKeyToRemove(): Awaitable<number | null>
  /** Removes up to `limit` request logs of a key, and returns them. */
  takeLogsOfKey(apiKeyId: number, limit: number): Awaitable<CallRecord[]>
  /** Removes up to `limit` of the hours and days that a key is in, whichever model it called, and returns them. */
  takeTotalsOfKey(apiKeyId: number, limit: number): Awaitable<{ key: RollupKey; rollup: Rollup }[]>
  /** Removes the rollups of a key by model, which its budgets are counted by. */
  removeSpendOfKey(apiKeyId: number): Awaitable<void>
  /** A deleted key has nothing left to remove. */
  endKeyRemoval(apiKeyId: number): Awaitable<void>
}
