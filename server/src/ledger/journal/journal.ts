// The journal: what calls leave on disk before they are answered, in segment files of this process's own.
//
// Lines of one event-loop turn are written together. A line's promise to be on disk (in the page cache: a killed process
// loses nothing, a power cut up to SYNC_MS) is kept before the answer's last byte goes out, by whoever waits for `then`.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { encodeFrame } from './frame.ts'
import { createSegment, type SegmentFile, type SegmentWrite } from './segment-file.ts'
import { TurnBuffer } from './turn-buffer.ts'

// A segment is small enough to be read again in a moment, and removed as soon as it has been ingested.
const SEGMENT_MAX_BYTES = 16 * 1024 * 1024
// The loss window on a power cut.
const SYNC_MS = 500
const RETRY_MS = 250
// What is kept in memory while the disk takes nothing: some 100,000 records. Beyond it, lines are lost and counted.
const HELD_MAX_BYTES = 64 * 1024 * 1024
// Beside that, for lines that may be missing: what is longest must not be what keeps records out.
const SPARE_MAX_BYTES = 16 * 1024 * 1024

export type JournalState = {
  /** False while the disk does not take what is written. */
  writable: boolean
  /** Bytes of lines that wait in memory. */
  heldBytes: number
  /** Lines that were lost because memory was full too. Stays 0 unless the disk is full for long. */
  lostLines: number
  /** Spare lines that there was no room for. */
  droppedLines: number
}

export type Journal = {
  /** Puts a line into this turn's write; `then` runs once it is on disk, or held in memory because the disk is full. */
  append(payload: string, then?: () => void): void
  /** The same for a line that may be missing; false where it is dropped, the disk having refused for a while. */
  appendSpare(payload: string): boolean
  /** Runs `then` once what has been appended so far is on disk, or held. */
  afterTurn(then: () => void): void
  state(): JournalState
  /** Writes what is left and lets the files go. Answers how many lines could not be written. */
  close(): number
}

export type JournalOptions = {
  folder: string
  /** Marks this run of the process in the names of its segments; lower-case hex. */
  runId: string
  /** The first line of every segment. */
  head: string
  /** Told that there is something new to ingest. */
  onWritten(): void
  /** Told when the disk begins to refuse, with its error, and when it takes again, with null. */
  onProblem(error: Error | null): void
  write?: SegmentWrite
  segmentMaxBytes?: number
  heldMaxBytes?: number
  spareMaxBytes?: number
}

/** The name of a boot's nth segment: sorts by boot, then by number. */
export function segmentName(runId: string, number: number): string {
  return `${runId}-${String(number).padStart(8, '0')}.journal`
}

/** Opens a journal in `folder`, made if absent. Throws where not even its first file can be made. */
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
      // A full disk takes the name and not the line; the next try makes the next one.
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
      // A busy turn, and no fault of the disk: it can take what there is.
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

  /** Ends a turn: writes its lines, then lets go of everyone who waited for that. */
  function turn(): void {
    scheduled = false
    // While the disk refuses, only the timer tries again: calls go on being answered without waiting for it.
    if (!failing) write()
    const released = waiting
    waiting = []
    for (const then of released) then()
  }

  function write(): void {
    if (held.lines === 0) return
    try {
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
      // Bytes that the disk would not keep are in the page cache still; try again with the next.
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
