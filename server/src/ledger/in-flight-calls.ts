// How many calls of this process are in flight, in memory that the ingesting thread shares with the one that serves them.

export type InFlightCalls = {
  opened(): void
  closed(): void
  /** Four bytes: the count. */
  readonly shared: SharedArrayBuffer
}

/** Counts from 0. Written by one thread alone, so that no operation need be atomic. */
export function createInFlightCalls(): InFlightCalls {
  const shared = new SharedArrayBuffer(4)
  const count = new Int32Array(shared)
  return {
    opened() {
      count[0] = (count[0] ?? 0) + 1
    },
    closed() {
      count[0] = (count[0] ?? 0) - 1
    },
    shared,
  }
}

/** Reads whether any is in flight, in another thread. `shared` null: it cannot be known, and true is assumed. */
export function inFlightReader(shared: SharedArrayBuffer | null): () => boolean {
  if (shared === null) return () => true
  const count = new Int32Array(shared)
  return () => (count[0] ?? 0) > 0
}
