// Work in tasks of its own, so that a slow phone paints and takes a touch in between: what takes 12 ms here takes 50 ms there.

const waiting = new Set<() => void>()
let isWorking = false

/** Runs it in a task of its own, after what waits already. Returns what takes it back. */
export function inTurn(run: () => void): () => void {
  waiting.add(run)
  if (!isWorking) void work()
  return () => void waiting.delete(run)
}

async function work(): Promise<void> {
  isWorking = true
  for (;;) {
    await nextTask()
    const [run] = waiting
    if (run === undefined) break
    waiting.delete(run)
    try {
      run()
    } catch (error) {
      // The others still have their turn.
      reportError(error)
    }
  }
  isWorking = false
}

/** Safari has no `scheduler.yield`. */
function nextTask(): Promise<void> {
  if ('scheduler' in globalThis && 'yield' in scheduler) return scheduler.yield()
  return new Promise((resolve) => setTimeout(resolve))
}
