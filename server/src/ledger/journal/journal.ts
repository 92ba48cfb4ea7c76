// The journal: the lines of calls on disk before a response ends, in segment files of this process's own.
//
// Lines of one event-loop turn are written together. A line is on disk (in the page cache: a killed process loses nothing, a
// power failure up to SYNC_MS) when `then` runs; the last byte of a response is sent after that.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { encodeFrame } from './frame.ts'
import { createSegment, type SegmentFile, type SegmentWrite } from './segment-file.ts'
import { TurnBuffer } from './turn-buffer.ts'

// Small enough to be read again in a moment. A segment is removed as soon as it has been ingested.
const SEGMENT_MAX_BYTES = 16 * 1024 * 1024
// What a power failure may lose.
const SYNC_MS = 500
const RETRY_MS = 250
// Lines held in memory while the disk fails: some 100,000 records. Lines beyond that are lost and counted.
const HELD_MAX_BYTES = 64 * 1024 * 1024
// In addition, for spare lines, which may be dropped: these are the longest, and must not take the room of records.
const SPARE_MAX_BYTES = 16 * 1024 * 1024

export type JournalState = {
  /** False while writing to the disk fails. */
  writable: boolean
  /** Bytes of lines that wait in memory. */
  heldBytes: number
  /** Lines that were lost because memory was full too. Stays 0 unless the disk is full for long. */
  lostLines: number
  /** Spare lines that were dropped for lack of room. */
  droppedLines: number
}

export type Journal = {
  /** Adds a line to this turn's write; `then` runs once it is on disk, or held in memory because the disk is full. */
  append(payload: string, then?: () => void): void
  /** The same for a spare line; false where it is dropped, because the disk has been failing for a while. */
  appendSpare(payload: string): boolean
  /** Runs `then` once what has been appended so far is on disk, or held. */
  afterTurn(then: () => void): void
  state(): JournalState
  /** Tries again until the disk accepts what is held, for up to `maxMs`; false where it does not. */
  flush(maxMs: number): Promise<boolean>
  /** Writes the remaining lines and closes the files. Returns how many lines could not be written. */
  close(): number
}

export type JournalOptions = {
  folder: string
  /** The run id, in the names of this run's segments; lower-case hex. */
  runId: string
  /** The first line of every segment. */
  head: string
  /** Called when there is something new to ingest. */
  onWritten(): void
  /** Called with the error when writing begins to fail, and with null when it works again. */
  onProblem(error: Error | null): void
  write?: SegmentWrite
  segmentMaxBytes?: number
  heldMaxBytes?: number
  spareMaxBytes?: number
}

/** The name of a run's nth segment: sorts by run id, then by number. */
export function segmentName(runId: string, number: number): string {
  return `${runId}-${String(number).padStart(8, '0')}.journal`
}

/** Opens a journal in `folder`, created if absent. Throws where its first file cannot be created. */
export function openJournal(options: JournalOptions): Journal {
  const segmentMax = options.segmentMaxBytes ?? SEGMENT_MAX_BYTES
  const spareMax = options.spareMaxBytes ?? SPARE_MAX_BYTES
  const held = new TurnBuffer(options.heldMaxBytes ?? HELD_MAX_BYTES)
  mkdirSync(options.folder, { recursive: true, mode: 0o700 })
  let number = 0
  let segment: SegmentFile = nextSegment()
  let lostLines = 0
  let droppedLines = 0
  let waiting: (() => void)[] = []
  let scheduled = false
  let failing = false
  let dirty = false
  let syncing = false

  function nextSegment(): SegmentFile {
    const made = createSegment(join(options.folder, segmentName(options.runId, number++)), options.write)
    try {
      made.append(encodeFrame(options.head))
    } catch (error) {
      // A full disk accepts the name and not the line; the next attempt creates the next one.
      made.discard()
      throw error
    }
    return made
  }

  function append(payload: string, then?: () => void): void {
    if (!held.add(payload)) lostLines++
    afterTurn(then)
  }

  function appendSpare(payload: string): boolean {
    let taken = held.addSpare(payload, spareMax)
    if (!taken && !failing) {
      // A busy turn, not a failing disk: what is held can be written now.
      write()
      taken = held.addSpare(payload, spareMax)
    }
    if (!taken) droppedLines++
    afterTurn()
    return taken
  }

  function afterTurn(then?: () => void): void {
    if (then !== undefined) waiting.push(then)
    if (scheduled) return
    scheduled = true
    setImmediate(turn)
  }

  /** Ends a turn: writes its lines, then calls back all that waited for that. */
  function turn(): void {
    scheduled = false
    // While the disk fails, only the timer retries: calls go on without waiting for it.
    if (!failing) write()
    const released = waiting
    waiting = []
    for (const then of released) then()
  }

  function write(): void {
    if (held.lines === 0) return
    try {
      // Segments rotate here.
      if (segment.size >= segmentMax) {
        const full = segment
        segment = nextSegment()
        full.sync(() => full.close())
      }
      segment.append(held.bytes())
    } catch (error) {
      if (!failing) options.onProblem(error as Error)
      failing = true
      return
    }
    if (failing) options.onProblem(null)
    failing = false
    held.clear()
    dirty = true
    options.onWritten()
  }

  const syncTimer = setInterval(() => {
    if (!dirty || syncing) return
    dirty = false
    syncing = true
    segment.sync((error) => {
      syncing = false
      // Bytes that could not be synced are still in the page cache; retried with the next sync.
      if (error !== null) dirty = true
    })
  }, SYNC_MS)
  const retryTimer = setInterval(() => {
    if (failing) write()
  }, RETRY_MS)
  syncTimer.unref()
  retryTimer.unref()

  return {
    append,
    appendSpare,
    afterTurn,
    state: () => ({ writable: !failing, heldBytes: failing ? held.usedBytes : 0, lostLines, droppedLines }),
    async flush(maxMs) {
      const untilMs = performance.now() + maxMs
      turn()
      for (;;) {
        if (held.lines > 0) write()
        if (held.lines === 0) return true
        const leftMs = untilMs - performance.now()
        if (leftMs <= 0) return false
        await delay(Math.min(RETRY_MS, leftMs))
      }
    },
    close() {
      clearInterval(syncTimer)
      clearInterval(retryTimer)
      turn()
      if (failing) write()
      segment.close()
      return held.lines + lostLines
    },
  }
}
