// Removes object bindings from the database, a slice at a time: of keys that are gone, those not used for long, and the oldest
// where there are too many.
import { HOUR_MS } from '../../domain/time.ts'

const EVERY_MS = HOUR_MS
// So that no transaction takes long.
const SLICE = 1_000
// Between two slices, in which others can write.
const PAUSE_MS = 50

/** `remove` takes up to `limit` of each kind, and resolves with how many it removed. The first slice comes at once. */
export function startBindingUpkeep(
  remove: (limit: number) => Promise<number>,
  onProblem: (error: unknown) => void,
): { close(): void } {
  let closed = false
  let timer = setTimeout(run, 0).unref()

  function run(): void {
    remove(SLICE).then(
      (count) => schedule(count > 0 ? PAUSE_MS : EVERY_MS),
      (error: unknown) => {
        if (!closed) onProblem(error)
        schedule(EVERY_MS)
      },
    )
  }

  function schedule(ms: number): void {
    if (!closed) timer = setTimeout(run, ms).unref()
  }

  return {
    close() {
      closed = true
      clearTimeout(timer)
    },
  }
}
