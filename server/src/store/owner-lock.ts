// Holds a folder or file for one process: a second one is refused, and a killed one leaves no lock behind.
import { DatabaseSync } from 'node:sqlite'

/** The thing is in use. The message names it and says what to do. */
export class OwnedError extends Error {
  override readonly name = 'OwnedError'
}

export type OwnerLock = { release(): void }

/**
 * Takes the lock file at `path`, made if absent, until `release` or the end of the process. The lock is the operating
 * system's, by way of SQLite, so nothing has to be cleaned up after a crash. Throws OwnedError where another process,
 * or another server in this one, holds it; `what` is named in its message.
 */
export function takeOwnership(path: string, what: string): OwnerLock {
  const lock = new DatabaseSync(path, { timeout: 0 })
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch (cause) {
    lock.close()
    throw new OwnedError(
      `${what} is in use by another Latchkey. Stop that one, or give this one a LATCHKEY_DATA_DIR of its own.`,
      { cause },
    )
  }
  return { release: () => lock.close() }
}
