// How many bytes of the journal are ingested in one transaction while ingestion yields, so that each takes a bounded time.

// Of the processor, so that a busy machine does not make slices small, and calls dear that share fewer rollups. SQLite's write
// lock is held meanwhile, and an admin's change waits for it: up to a second, where calls leave ingestion a ninth of a core.
const SLICE_MS = 100
// Some 110 calls: what a transaction costs by itself is a small part of it.
const MIN_BYTES = 128 * 1024
// A whole segment.
const MAX_BYTES = 16 * 1024 * 1024
// The first, before anything has been measured: some 25 ms.
const FIRST_BYTES = 1024 * 1024

export type SliceSize = {
  /** Bytes to read for the next slice. */
  bytes(): number
  /** A slice of so many bytes took so many milliseconds of the processor. */
  took(bytes: number, ms: number): void
}

/** Sizes slices by what the last one took: at most twice its bytes, at least a quarter. */
export function createSliceSize(): SliceSize {
  let next = FIRST_BYTES
  return {
    bytes: () => next,
    took(bytes, ms) {
      // A slice that the end of the journal made short says little of longer ones.
      if (ms <= SLICE_MS && bytes < next / 2) return
      const inTime = ms > 0 ? (bytes * SLICE_MS) / ms : Number.POSITIVE_INFINITY
      next = Math.round(
        Math.min(MAX_BYTES, next * 2, Math.max(MIN_BYTES, Math.min(inTime, MAX_BYTES), next / 4)),
      )
    },
  }
}
