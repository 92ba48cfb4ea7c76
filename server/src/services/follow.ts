// Streams of what happens: each ends by itself, and before that when who reads it may do so no longer.
import type { ControlPlane } from './control-plane.ts'

// A reader that has ended subscribes again by itself.
const LIFETIME_MS = 15 * 60_000
// While nothing happens.
const CHECK_MS = 5_000

/** What is followed. `next` resolves with null once `end` was called, which may be called more than once. */
export type Source<Batch> = { next(): Promise<Batch | null>; end(): void }

/** Whether whoever subscribed is still who he was, and may do what he might then. Rejects where that cannot be known. */
export type AccessHolds = () => Promise<boolean>

/**
 * The batches of a source. Access is asked for again before each, and every 5 s while there is none: without it the source ends.
 * While the database is unavailable, when nobody can take it away either, it is taken to hold. Ends also when `draining` is aborted,
 * and after 15 minutes.
 */
export function follow<Batch>(
  plane: Pick<ControlPlane, 'draining'>,
  source: Source<Batch>,
  accessHolds: AccessHolds,
): AsyncIterableIterator<Batch> {
  const holds = () => accessHolds().catch(() => true)
  const end = () => {
    clearTimeout(lifetime)
    clearInterval(checking)
    plane.draining?.removeEventListener('abort', end)
    source.end()
  }
  const lifetime = setTimeout(end, LIFETIME_MS).unref()
  const checking = setInterval(async () => {
    if (!(await holds())) end()
  }, CHECK_MS).unref()
  plane.draining?.addEventListener('abort', end)
  if (plane.draining?.aborted) end()

  async function next(): Promise<IteratorResult<Batch>> {
    try {
      const batch = await source.next()
      if (batch !== null && (await holds())) return { done: false, value: batch }
    } catch (error) {
      end()
      throw error
    }
    end()
    return { done: true, value: undefined }
  }

  const iterator: AsyncIterableIterator<Batch> = {
    next,
    return: async () => {
      end()
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]: () => iterator,
  }
  return iterator
}
