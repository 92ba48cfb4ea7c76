// Holds a data directory for one server: a second one is refused, and a killed one leaves no lock behind.
//
// A server may be several processes: the owner holds one lock alone, and the processes that it starts share another. Those
// may run on for a moment after a killed owner and still write to the journal, so the next owner waits until the last has ended.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { EXIT, StartError } from '../domain/start-error.ts'
import { isBusy, sqliteFault } from './sqlite/sqlite-fault.ts'

// How long the processes of an owner that was killed may take to notice.
const WORKERS_EXIT_MAX_MS = 10_000

/** The directory is in use. The message names it and says what to do. */
export class OwnedError extends StartError {
  override readonly name = 'OwnedError'
}

export type OwnerLock = { release(): void }

/**
 * Locks a data directory until `release` or the end of the process. The locks are the operating system's, through
 * SQLite, so nothing has to be cleaned up after a crash. Throws OwnedError where another process, or another server in this
 * one, holds it. Blocks while processes of an earlier owner still run.
 */
export function takeOwnership(dataDir: string): OwnerLock {
  const path = ownerLock(dataDir)
  let lock: DatabaseSync | null = null
  try {
    lock = new DatabaseSync(path, { timeout: 0 })
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
    awaitEndOfWorkers(workersLock(dataDir))
  } catch (cause) {
    lock?.close()
    const fault = sqliteFault(path, cause)
    if (fault !== null && !isBusy(cause)) throw fault
    throw new OwnedError(
      `The data directory ${dataDir} is in use by another Latchkey. Stop that one, or give this one a LATCHKEY_DATA_DIR of its own.`,
      EXIT.configuration,
      { cause },
    )
  }
  const held = lock
  return { release: () => held.close() }
}

/** The path of the lock that the owner holds. */
export function ownerLock(dataDir: string): string {
  return join(dataDir, 'owner.lock')
}

/** The path of the lock that the processes of an owner share while they run. */
export function workersLock(dataDir: string): string {
  return join(dataDir, 'workers.lock')
}

/** Takes a share of the lock at `path`, until the end of this process: until then no other process becomes the next owner. */
export function shareOwnership(path: string): OwnerLock {
  const lock = new DatabaseSync(path)
  // The share is held from the first read to the end of the transaction.
  lock.exec('BEGIN')
  lock.prepare('SELECT count(*) FROM sqlite_schema').get()
  return { release: () => lock.close() }
}

function awaitEndOfWorkers(path: string): void {
  if (!existsSync(path)) return
  const lock = new DatabaseSync(path, { timeout: WORKERS_EXIT_MAX_MS })
  try {
    lock.exec('BEGIN EXCLUSIVE')
  } finally {
    lock.close()
  }
}
