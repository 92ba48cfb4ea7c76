// Many pages at once, as many as the machine has memory and cores for.
import { availableParallelism, freemem } from 'node:os'

// A tab of the console with its renderer, with room.
const PAGE_BYTES = 500 * 1024 * 1024

/** How many pages are open at once; at least one, at most eight. */
export function pagesAtOnce(): number {
  return Math.max(1, Math.min(8, availableParallelism() + 1, Math.floor(freemem() / PAGE_BYTES)))
}

/** Does `work` for each, `limit` at once. A failure is reported to `onFault` and does not keep others from being done. */
export async function forEachInParallel<T>(
  list: readonly T[],
  limit: number,
  work: (one: T) => Promise<void>,
  onFault: (one: T, error: unknown) => void,
): Promise<void> {
  const left = [...list]
  const worker = async () => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) {
      try {
        await work(one)
      } catch (error) {
        onFault(one, error)
      }
    }
  }
  await Promise.all(Array.from({ length: limit }, worker))
}
