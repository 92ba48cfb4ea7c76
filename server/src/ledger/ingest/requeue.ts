// Reads the quarantine of a journal again: what an earlier version could not read, this one may.
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { writeFileAtomically } from '../../store/data-files.ts'
import { isContentLine, parseContentLine } from '../journal/content-line.ts'
import { encodeFrame, readFrames } from '../journal/frame.ts'
import { segmentName } from '../journal/journal.ts'
import { headLine, isReadableVersion, parseLine } from '../journal/line.ts'

// A segment has 16 MiB, and a last line of as much.
const FILE_MAX_BYTES = 64 * 1024 * 1024

export type Requeued = {
  /** Lines that are in the journal again: calls opened and closed, and content. */
  lines: number
  /** Files that they came from. */
  files: number
  /** Files that still hold something that cannot be read. */
  kept: number
}

/**
 * Moves what can be read from the quarantine into segments of `runId`, one for each file; nobody may write to the journal
 * meanwhile. A segment is there, whole, before its file is changed: after a crash in between, lines are there twice, and
 * ingestion takes each call once.
 */
export function requeueQuarantine(folder: string, runId: string): Requeued {
  const place = join(folder, 'quarantine')
  const requeued: Requeued = { lines: 0, files: 0, kept: 0 }
  for (const name of filesIn(place)) {
    const path = join(place, name)
    const { readable, unreadable } = readQuarantined(path)
    if (readable.length > 0) {
      const frames = [headLine(runId), ...readable].map(encodeFrame)
      writeFileAtomically(join(folder, segmentName(runId, requeued.files++)), Buffer.concat(frames))
      requeued.lines += readable.length
      if (unreadable.length === 0) rmSync(path)
      else writeFileAtomically(path, Buffer.concat(unreadable))
    }
    if (unreadable.length > 0) requeued.kept++
  }
  return requeued
}

function filesIn(place: string): string[] {
  try {
    // In the order in which they were written: a call is opened before it is closed.
    return readdirSync(place, { withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(journal|damaged)$/.test(entry.name))
      .map((entry) => entry.name)
      .sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

function readQuarantined(path: string): { readable: string[]; unreadable: Buffer[] } {
  if (statSync(path).size > FILE_MAX_BYTES) return { readable: [], unreadable: [Buffer.alloc(0)] }
  const bytes = readFileSync(path)
  const readable: string[] = []
  const refused: Buffer[] = []
  let isAlien = false
  const { damaged } = readFrames(bytes, true, (start, end) => {
    const payload = bytes.toString('utf8', start, end)
    const line = parseLine(payload)
    if (line?.kind === 'head') isAlien ||= !isReadableVersion(line.version)
    else if (line !== null || isReadableContent(bytes, start, payload)) readable.push(payload)
    else refused.push(encodeFrame(payload))
  })
  // Lines of a newer version may mean something else.
  return isAlien ? { readable: [], unreadable: [bytes] } : { readable, unreadable: [...damaged, ...refused] }
}

function isReadableContent(bytes: Buffer, start: number, payload: string): boolean {
  return isContentLine(bytes, start) && parseContentLine(payload) !== null
}
