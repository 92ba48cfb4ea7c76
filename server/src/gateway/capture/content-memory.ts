// How much memory the captured content of all in-flight calls may take.
//
// Owner: the gateway. Key: none, it is a sum. Bound: MEMORY_BYTES. Lifetime: a share is given back at the end of its call.

// Enough for a hundred calls at once whose bodies are all as large as is kept by default.
const MEMORY_BYTES = 64 * 1024 * 1024

export type ContentMemory = {
  /** False where it is all taken: that much of a body is not kept then. */
  take(bytes: number): boolean
  giveBack(bytes: number): void
}

export function createContentMemory(maxBytes = MEMORY_BYTES): ContentMemory {
  let taken = 0
  return {
    take(bytes) {
      if (taken + bytes > maxBytes) return false
      taken += bytes
      return true
    },
    giveBack(bytes) {
      taken -= bytes
    },
  }
}
