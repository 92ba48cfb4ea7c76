// One segment of the journal being written: appends whole frames, or leaves the file unchanged.
import { closeSync, fdatasync, ftruncateSync, openSync, unlinkSync, writeSync } from 'node:fs'

export type SegmentFile = {
  readonly path: string
  /** Bytes in the file, all of them whole frames. */
  readonly size: number
  /**
   * Appends `bytes`. Throws where fewer than all are written; none of them is in the file then, as far as the file
   * system allows the truncation.
   */
  append(bytes: Buffer): void
  /** Syncs what was appended to the disk. Returns the error, or null. */
  sync(done: (error: Error | null) => void): void
  close(): void
  /** Closes the file and removes it. */
  discard(): void
}

/** A test replaces it with a disk that fails. */
export type SegmentWrite = (fd: number, bytes: Buffer, from: number, position: number) => number

const systemWrite: SegmentWrite = (fd, bytes, from, position) =>
  writeSync(fd, bytes, from, bytes.length - from, position)

/** Makes a new segment at `path`, readable by its owner alone. Throws where it exists already. */
export function createSegment(path: string, write: SegmentWrite = systemWrite): SegmentFile {
  const fd = openSync(path, 'wx', 0o600)
  let size = 0
  return {
    path,
    get size() {
      return size
    },
    append(bytes) {
      let written = 0
      try {
        while (written < bytes.length) {
          const count = write(fd, bytes, written, size + written)
          if (count === 0) throw new Error('the disk takes no more')
          written += count
        }
      } catch (error) {
        // A torn frame must not precede the next one. Positioned writes would cover it in any case; the
        // truncation keeps a reader from seeing it meanwhile.
        if (written > 0) truncate(fd, size)
        throw error
      }
      size += written
    },
    sync: (done) => fdatasync(fd, done),
    close: () => closeSync(fd),
    discard() {
      closeSync(fd)
      unlinkSync(path)
    },
  }
}

function truncate(fd: number, size: number): void {
  try {
    ftruncateSync(fd, size)
  } catch {
    // The reader skips a torn line by its checksum.
  }
}
