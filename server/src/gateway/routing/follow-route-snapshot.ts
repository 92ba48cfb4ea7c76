// Reads the models that admins manage whenever they have changed, and passes them on. While the database is unavailable, the snapshot that was
// passed on last stays in force, and the read is repeated until it succeeds.
import type { ManagedModels } from './route-snapshot.ts'

export type ModelFollower = {
  /**
   * Reads what is committed now. Never rejects: resolves once that has been passed on, or could not be read and will be read
   * again later.
   */
  reload(): Promise<void>
  close(): void
}

export type FollowOptions = {
  /** Rejects where the database does not respond. */
  load(): Promise<ManagedModels>
  /** Resolves once every gateway uses them; never rejects. */
  handOn(managed: ManagedModels): void | Promise<void>
  /** Called after each read with what could not be decrypted, or with the reason why nothing could be read. */
  onProblem(problems: readonly string[], error: unknown): void
  retry?: { firstMs: number; maxMs: number }
}

/** Nothing is read before the first `reload`. */
export function followModels(options: FollowOptions): ModelFollower {
  const { load, handOn, onProblem, retry = { firstMs: 250, maxMs: 5_000 } } = options
  let reading: Promise<void> | null = null
  let next: Promise<void> | null = null
  let timer: NodeJS.Timeout | null = null
  let retryMs = retry.firstMs
  let closed = false

  async function read(): Promise<void> {
    if (timer !== null) clearTimeout(timer)
    timer = null
    try {
      const managed = await load()
      retryMs = retry.firstMs
      if (managed.problems.length > 0) onProblem(managed.problems, null)
      if (!closed) await handOn(managed)
    } catch (error) {
      if (closed) return
      onProblem([], error)
      timer = setTimeout(() => void reload(), retryMs)
      timer.unref()
      retryMs = Math.min(retryMs * 2, retry.maxMs)
    }
  }

  /** A read that has begun may be too early for a change that is announced now; one more read serves all waiting announcements. */
  function reload(): Promise<void> {
    if (closed) return Promise.resolve()
    if (reading === null) {
      reading = read().finally(() => {
        reading = null
      })
      return reading
    }
    next ??= reading.then(() => {
      next = null
      return reload()
    })
    return next
  }

  return {
    reload,
    close() {
      closed = true
      if (timer !== null) clearTimeout(timer)
    },
  }
}
