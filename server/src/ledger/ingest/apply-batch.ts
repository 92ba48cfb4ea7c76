// Writes what has been read of the journal: each record once, and its effect on rollups and counters with it.
import type { StoredContent } from '../../domain/content/captured-content.ts'
import { type CallRecord, wasAdmitted } from '../../domain/logs/call-record.ts'
import { TAG_VALUES_MAX } from '../../domain/usage/attributed-rollups.ts'
import { Rollups } from '../../domain/usage/rollups.ts'
import { requestIdTimeMs } from '../../domain/uuid.ts'
import type { IngestionTransaction, KeyUse } from '../../store/ingestion.ts'

/** A part of one segment. */
export type IngestBatch = {
  segment: string
  /** Bytes of the segment that had been ingested before, and that will have been. */
  from: number
  to: number
  runId: string
  /** Calls closed in it, each read when the iterator reaches it: thousands at once would be in memory for as long as the batch takes. */
  closed: Iterable<CallRecord>
  /** The content of calls that were closed in this part, or before. */
  contents: StoredContent[]
  /** What else is in it; read once, when all of `closed` have been read and nothing is committed. */
  rest(): BatchRemainder
  /** Called between two statements where there may be thousands; it may block the thread for a moment. Absent: no pauses. */
  pause?(): void
}

export type BatchRemainder = {
  /** Calls opened in it and not closed in it; `record` is JSON. */
  opened: { id: string; record: string }[]
  /** Ids of calls closed and not opened in it: some of them are among the open calls. */
  openedBefore: string[]
}

/**
 * Request logs, their content, rollups, counters of keys, open calls and the position. False, with nothing written, where the
 * position is no longer `batch.from`: another process has ingested it.
 */
export async function applyBatch(tx: IngestionTransaction, batch: IngestBatch): Promise<boolean> {
  if ((await tx.positionOf(batch.segment)) !== batch.from) return false
  await writeRecords(tx, batch.closed, batch.pause)
  await tx.insertContents(batch.contents)
  const { opened, openedBefore } = batch.rest()
  // A call opened in an earlier batch is open in the table; one opened and closed in this batch never gets there.
  await tx.removeOpenCalls(openedBefore)
  await tx.putOpenCalls(batch.runId, opened)
  await tx.putPosition(batch.segment, batch.to)
  return true
}

/** Closes the calls that a run left open, as the records that `close` makes of them; null drops the call. Returns how many. */
export async function closeOpenCalls(
  tx: IngestionTransaction,
  runId: string,
  close: (record: string) => CallRecord | null,
): Promise<number> {
  const open = await tx.openCallsOf(runId)
  await writeRecords(
    tx,
    open.map(close).filter((record) => record !== null),
  )
  await tx.removeOpenCallsOf(runId)
  return open.length
}

/**
 * Inserts records. Only those that were inserted count in rollups and counters, and not one that was there already. Those of a
 * deleted key count too: its removal moves them to the line of all deleted keys, late ones included.
 */
async function writeRecords(
  tx: IngestionTransaction,
  records: Iterable<CallRecord>,
  pause?: () => void,
): Promise<void> {
  const rollups = new Rollups()
  const uses = new Map<number, KeyUse>()
  const count = (record: CallRecord) => {
    rollups.add(record)
    const { apiKeyId } = record
    if (apiKeyId === null || !wasAdmitted(record.outcome)) return
    const beganMs = requestIdTimeMs(record.id)
    const use = uses.get(apiKeyId)
    if (use === undefined) {
      uses.set(apiKeyId, { id: apiKeyId, uses: 1, lastMs: beganMs })
    } else {
      use.uses++
      use.lastMs = Math.max(use.lastMs, beganMs)
    }
  }
  await tx.insertLogs(records, count, pause)
  await boundTags(tx, rollups)
  await tx.addRollups(rollups, pause)
  await tx.addKeyUses([...uses.values()])
}

/** A bucket has TAG_VALUES_MAX tags at most: those that come later are counted together. */
async function boundTags(tx: IngestionTransaction, rollups: Rollups): Promise<void> {
  for (const [place, values] of rollups.tagValues()) {
    const [kind = '', bucket = ''] = place.split(' ')
    if (kind !== 'TAG_HOUR' && kind !== 'TAG_DAY') continue
    const known = new Set(await tx.rollupValues(kind, Number(bucket), TAG_VALUES_MAX))
    for (const value of values) if (known.size < TAG_VALUES_MAX) known.add(value)
    rollups.foldTags(kind, Number(bucket), known)
  }
}
