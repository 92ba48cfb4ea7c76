// Ingests a journal into the database, slice by slice: every record once, whatever ends in between.

import type { CallRecord } from '../../domain/logs/call-record.ts'
import type { LogCode } from '../../domain/logs/log-codes.ts'
import { requestIdTimeMs } from '../../domain/uuid.ts'
import { parseOpened } from '../journal/line.ts'
import type { Ingestion } from './ingestion.ts'
import type { ContentPreparer } from './prepare-content.ts'
import { readBatch } from './read-batch.ts'
import {
  lastWrittenMs,
  listSegments,
  quarantine,
  quarantineSegment,
  removeSegment,
  type Segment,
  segmentReader,
  sizeOf,
} from './segments.ts'
import { createSliceSize } from './slice-size.ts'

// Some 13,700 calls: a transaction of less than half a second.
const SEGMENT_BYTES = 16 * 1024 * 1024
// A frame may be longer than a slice; then what is read grows up to the longest frame there can be.
const READ_MAX_BYTES = 17 * 1024 * 1024
const READ_GROWTH = 4
// Logs of a deleted key that are removed between two rounds.
const REMOVE_LIMIT = 1_000
// What the column holds. A file's time may be any, after a copy or a restore.
const DURATION_MAX_MS = 2 ** 31 - 1

export type IngesterState = {
  /** Parts, lines and segments of the journal that could not be read, since the process started. */
  quarantined: number
  /** Bytes of the journal that have not been ingested. */
  lagBytes: number
}

export type Ingester = {
  /**
   * Ingests all that is in the journal when it is called; `isLive` says whether a run may still write to it, and must
   * not say no of one that has not ended. After each slice it waits for `afterSlice`, and stops there where that says false.
   * Resolves with whether it came to the end. Rejects where the database does not take it.
   */
  round(isLive: (runId: string) => boolean, afterSlice?: AfterSlice): Promise<boolean>
  /** Removes a batch of logs of deleted keys; false when there was nothing to remove. */
  removeDeleted(): Promise<boolean>
  state(): IngesterState
}

/** Whether the round goes on. */
export type AfterSlice = () => Promise<boolean>

/** How ingestion yields the core to other threads; absent: it does not. */
export type Yielding = {
  /** As in IngestBatch. */
  pause?: () => void
  isYielding?: () => boolean
  /** Milliseconds that this thread has used of the processor: slices are sized by it. */
  cpuMs?: () => number
}

/**
 * An ingester over the journal in `folder`. It ingests a whole segment in a transaction, and smaller slices while it yields.
 */
export function createIngester(
  folder: string,
  ingestion: Ingestion,
  prepare: ContentPreparer,
  { pause, isYielding, cpuMs = threadCpuMs }: Yielding = {},
): Ingester {
  const positions = new Map<string, number>()
  const readFrom = segmentReader()
  const sliceSize = createSliceSize()
  let quarantined = 0

  function sliceBytes(): number {
    return isYielding?.() === true ? sliceSize.bytes() : SEGMENT_BYTES
  }

  async function round(isLive: (runId: string) => boolean, afterSlice?: AfterSlice): Promise<boolean> {
    for (const segment of listSegments(folder, isLive)) {
      try {
        if (!(await ingest(segment, afterSlice))) return false
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
        // Another ingester has finished with this segment meanwhile.
        await settleAbsent(segment)
      }
    }
    return true
  }

  /** Ingests what is in one segment; false where `afterSlice` stopped it before its end. */
  async function ingest(segment: Segment, afterSlice?: AfterSlice): Promise<boolean> {
    let position = positions.get(segment.name) ?? (await ingestion.positionOf(segment.name))
    let readBytes = sliceBytes()
    for (;;) {
      const beganMs = cpuMs()
      const { bytes, atEnd } = readFrom(segment.path, position, readBytes)
      const read = readBatch(bytes, segment.complete && atEnd, pause)
      const { consumed } = read
      if (consumed === 0 && !atEnd && readBytes < READ_MAX_BYTES) {
        readBytes = Math.min(READ_MAX_BYTES, readBytes * READ_GROWTH)
        continue
      }
      if (consumed > 0) {
        if (read.alien) {
          putInQuarantine(segment)
          return true
        }
        const rest = () => {
          const { unreadable, ...others } = read.rest()
          // Before their position moves past them, so that a crash between the two loses none.
          if (unreadable.length > 0) quarantine(folder, segment.name, position, Buffer.concat(unreadable))
          lost = unreadable.length
          return others
        }
        const place = { segment: segment.name, runId: segment.runId, from: position, to: position + consumed }
        const contents = prepare(read.contents, pause)
        let lost = 0
        if (
          !(await ingestion.apply({ ...place, closed: read.closed, contents, rest, ...(pause && { pause }) }))
        ) {
          // Somebody else has been here: go on from where they left it.
          position = await ingestion.positionOf(segment.name)
          continue
        }
        quarantined += lost
        position += consumed
        positions.set(segment.name, position)
        sliceSize.took(consumed, cpuMs() - beganMs)
        readBytes = sliceBytes()
      }
      if (atEnd || consumed === 0) break
      if (afterSlice !== undefined && !(await afterSlice())) return false
    }
    if (segment.complete) await finish(segment)
    return afterSlice === undefined || (await afterSlice())
  }

  async function finish(segment: Segment): Promise<void> {
    if (segment.lastOfEndedRun) await closeOpenCalls(segment, lastWrittenMs(segment.path))
    // The file first: a position without a file is a row too many, a file without its position is read twice.
    removeSegment(segment.path)
    positions.delete(segment.name)
    await ingestion.forget([segment.name])
  }

  /** Removes what reading a segment may have put back after another ingester had removed it. */
  async function settleAbsent(segment: Segment): Promise<void> {
    if (segment.lastOfEndedRun) await closeOpenCalls(segment, Date.now())
    positions.delete(segment.name)
    await ingestion.forget([segment.name])
  }

  async function closeOpenCalls(segment: Segment, endedMs: number): Promise<void> {
    await ingestion.closeOpenCalls(segment.runId, (record) => interrupted(record, endedMs))
  }

  function putInQuarantine(segment: Segment): void {
    quarantineSegment(folder, segment)
    quarantined++
  }

  function lagBytes(): number {
    try {
      const waiting = listSegments(folder, () => true).map(
        ({ name, path }) => sizeOf(path) - (positions.get(name) ?? 0),
      )
      return waiting.reduce((sum, bytes) => sum + Math.max(0, bytes), 0)
    } catch {
      // A folder that cannot be listed fails the round, which reports it.
      return 0
    }
  }

  return {
    round,
    removeDeleted: () => ingestion.removeDeleted(REMOVE_LIMIT),
    state: () => ({ quarantined, lagBytes: lagBytes() }),
  }
}

function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}

/** The record of a call that was open when its process ended. Null where what was kept of it is no record of a call. */
function interrupted(record: string, endedMs: number): CallRecord | null {
  const call = parseOpened(record)
  if (call === null) return null
  return {
    ...call,
    outcome: 'INTERRUPTED',
    closeCode: null,
    shadowDenials: null,
    costNanoUsd: null,
    cacheSavedNanoUsd: null,
    reservedNanoUsd: null,
    originalCostNanoUsd: null,
    recalculatedReceipt: null,
    receipt: null,
    attempts: null,
    calls: null,
    httpStatus: null,
    errorCode: 'interrupted' satisfies LogCode,
    clientErrorCode: null,
    serviceTier: null,
    errorMessage: 'The gateway stopped while this call was under way.',
    durationMs: Math.min(DURATION_MAX_MS, Math.max(0, Math.round(endedMs - requestIdTimeMs(call.id)))),
  }
}
