// Short pauses in the work of the ingesting thread, so that a thread that serves calls never waits long for the core.
//
// A lower priority alone does not do that: since Linux 6.6 a running thread keeps the core for a slice of 1.4 to 3 ms (its
// base slice, by the number of cores), whatever the priority of one that becomes ready meanwhile. So the thread yields by
// itself, after a fraction of that.

// What a chunk of a stream may wait for the core. A pause costs some 0.1 ms of the processor on a busy machine, caches that
// other threads have filled included: half of this would make the ingestion of a call a sixth more expensive.
const WORK_MS = 0.8
// Longer than a turn of the event loop that serves streams takes. Two thirds of a core ingest some 20,000 calls a second.
const PAUSE_MS = 0.4
// The clock is read once in so many pieces of work, which take from 2 to 20 µs each.
const PIECES = 8
// So long after the last call that was in flight, nobody is yielded to: what a burst of calls has left is ingested at full speed. A
// stream that begins then waits for the core once.
const QUIET_MS = 100

export type Pauses = {
  /** Between two pieces of work of some microseconds: pauses where the last pause was long enough ago. Blocks the thread. */
  pause(): void
  /** Whether `pause` does anything, from here on. */
  enable(enabled: boolean): void
}

/**
 * @param isServing whether a call is in flight.
 * @param nowMs milliseconds that only ever go up.
 * @param sleep blocks the thread for so many milliseconds.
 */
export function createPauses(
  isServing: () => boolean,
  nowMs = () => performance.now(),
  sleep = blockFor,
): Pauses {
  let enabled = true
  let lastPauseMs = nowMs()
  let lastServingMs = lastPauseMs
  let pieces = 0
  return {
    pause() {
      if (!enabled || ++pieces < PIECES) return
      pieces = 0
      const now = nowMs()
      if (isServing()) lastServingMs = now
      if (now - lastPauseMs < WORK_MS || now - lastServingMs > QUIET_MS) return
      sleep(PAUSE_MS)
      lastPauseMs = nowMs()
    },
    enable(value) {
      enabled = value
    },
  }
}

const NEVER_NOTIFIED = new Int32Array(new SharedArrayBuffer(4))

function blockFor(ms: number): void {
  Atomics.wait(NEVER_NOTIFIED, 0, 0, ms)
}
