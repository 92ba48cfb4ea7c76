// Holds a database for one server, before anything in it is read or changed.
import { databaseKind } from './store.ts'

export type DatabaseLockOptions = {
  /** The lock may have been lost, with a message; it is held again, with null. */
  onProblem(message: string | null): void
  /** Another server has the database now: this one must end. */
  onTaken(message: string): void
  /** The database cannot be reached yet; called once. */
  onWaiting?(reason: string): void
  /** How long a database that cannot be reached is waited for; absent: a minute. */
  waitMs?: number
}

export type DatabaseLock = { release(): Promise<void> }

/** Rejects with OwnedError where another server has it, and with StartError where it cannot be reached. */
export async function ownDatabase(database: string, options: DatabaseLockOptions): Promise<DatabaseLock> {
  // A SQLite file is in the data directory, which is locked as a whole (owner-lock.ts).
  if (databaseKind(database) === 'sqlite') return { release: async () => undefined }
  const { lockPostgres } = await import('./postgresql/database-lock.ts')
  return lockPostgres(database, options)
}
