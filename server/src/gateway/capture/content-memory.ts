// How much memory the captured content of all in-flight calls may take.
//
// Owner: the gateway. Key: none, it is a total. Bound: MEMORY_BYTES. Lifetime: a share is released at the end of its call.

// Enough for a hundred in-flight calls whose bodies are all as large as the default limit.
const MEMORY_BYTES = 64 * 1024 * 1024

export type ContentMemory = {
  /** False where the memory is exhausted: those bytes of the body are not kept. */
  take(bytes: number): boolean
  giveBack(bytes: number): void
}

/** `maxBytes`: of all calls together. */
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
