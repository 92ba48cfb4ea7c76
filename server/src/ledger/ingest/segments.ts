// The segment files of a journal as their reader sees them.
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
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

export type Segment = {
  name: string
  path: string
  runId: string
  /** No process will write to it any more. */
  complete: boolean
  /** The last one of a run of the process that is over. */
  lastOfEndedRun: boolean
}

// A journal that grows a little does not need other room.
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
 * Reads up to `limit` bytes of a file from `position` on, and says whether they reach its present end. The bytes are good
 * until it is asked for more.
 */
export function segmentReader(): SegmentReader {
  // Some megabytes for each read of a busy journal would stand side by side until they are collected. Idle, it goes, too.
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

/** Bytes of a segment's file; 0 where it is gone. */
export function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

export function removeSegment(path: string): void {
  unlinkSync(path)
}

/**
 * Keeps bytes that could not be read as records, beside the journal, for a person to look at. `position` is where in the
 * segment the stretch begins that they were found in: keeping them again changes nothing.
 */
export function quarantine(folder: string, name: string, position: number, bytes: Buffer): void {
  const place = quarantineFolder(folder)
  writeFileSync(join(place, `${name}.${position}.damaged`), bytes, { mode: 0o600 })
}

/** Puts a whole segment aside: one of a version that this one cannot read. */
export function quarantineSegment(folder: string, segment: Segment): void {
  renameSync(segment.path, join(quarantineFolder(folder), segment.name))
}

function quarantineFolder(folder: string): string {
  const place = join(folder, 'quarantine')
  mkdirSync(place, { recursive: true, mode: 0o700 })
  return place
}
