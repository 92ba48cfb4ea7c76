// The segment files of a journal, for their reader.
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  statSync,
  unlinkSync,
} from 'node:fs'
import { join } from 'node:path'
import { writeFileAtomically } from '../../store/data-files.ts'

export type Segment = {
  name: string
  path: string
  runId: string
  /** No process writes to it any more. */
  complete: boolean
  /** The last segment of a run that has ended. */
  lastOfEndedRun: boolean
}

// A journal that grows a little needs no new buffer.
const ROOM_STEP_BYTES = 1024 * 1024

const NAME = /^([0-9a-f]+)-(\d{8})\.journal$/

/** All segments in `folder`, in the order in which they were written. `isLive` says whether a run may still write. */
export function listSegments(folder: string, isLive: (runId: string) => boolean): Segment[] {
  const names = readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const match = entry.isFile() ? NAME.exec(entry.name) : null
      return match === null ? [] : [{ name: entry.name, runId: match[1] ?? '' }]
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  return names.map(({ name, runId }, at) => {
    const last = names[at + 1]?.runId !== runId
    const live = isLive(runId)
    return {
      name,
      path: join(folder, name),
      runId,
      complete: !live || !last,
      lastOfEndedRun: !live && last,
    }
  })
}

export type SegmentReader = (
  path: string,
  position: number,
  limit: number,
) => { bytes: Buffer; atEnd: boolean }

/**
 * Reads up to `limit` bytes of a file from `position` on, and says whether they reach its present end. The bytes are valid
 * until the next call.
 */
export function segmentReader(): SegmentReader {
  // New megabytes for each read of a busy journal would fill memory until they are collected. An idle buffer is collected, too.
  let room: WeakRef<ArrayBufferLike> | null = null

  function roomFor(bytes: number): Buffer {
    let found = room?.deref()
    if (found === undefined || found.byteLength < bytes) {
      found = Buffer.allocUnsafeSlow(Math.ceil(bytes / ROOM_STEP_BYTES) * ROOM_STEP_BYTES).buffer
      room = new WeakRef(found)
    }
    return Buffer.from(found, 0, bytes)
  }

  return (path, position, limit) => {
    const fd = openSync(path, 'r')
    try {
      const size = fstatSync(fd).size
      const bytes = roomFor(Math.max(0, Math.min(limit, size - position)))
      const count = readSync(fd, bytes, 0, bytes.length, position)
      return { bytes: bytes.subarray(0, count), atEnd: position + count >= size }
    } finally {
      closeSync(fd)
    }
  }
}

/** When a segment was last written to, in milliseconds since the epoch. */
export function lastWrittenMs(path: string): number {
  return statSync(path).mtimeMs
}

/** Bytes of a segment's file; 0 where it has been removed. */
export function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

/** Removes a segment that is ingested to its end. */
export function removeSegment(path: string): void {
  unlinkSync(path)
}

/**
 * Stores bytes that could not be read as records in the quarantine, for a person to inspect. `position` is where the part of
 * the segment begins that they were found in: storing them again changes nothing.
 */
export function quarantine(folder: string, name: string, position: number, bytes: Buffer): void {
  const place = quarantineFolder(folder)
  writeFileAtomically(join(place, `${name}.${position}.damaged`), bytes)
}

/** Moves a whole segment to the quarantine: one of a version that this one cannot read. */
export function quarantineSegment(folder: string, segment: Segment): void {
  renameSync(segment.path, join(quarantineFolder(folder), segment.name))
}

function quarantineFolder(folder: string): string {
  const place = join(folder, 'quarantine')
  mkdirSync(place, { recursive: true, mode: 0o700 })
  return place
}
