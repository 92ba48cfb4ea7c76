// Holds a database for one server, before anything in it is read or changed.
import type { DatabaseLock, DatabaseLockOptions } from './database-lock-options.ts'
import { databaseKind } from './store.ts'

/** Rejects with OwnedError where another server has it, and with StartError where it cannot be reached. */
export async function ownDatabase(database: string, options: DatabaseLockOptions): Promise<DatabaseLock> {
  // A SQLite file is in the data directory, which is locked as a whole (owner-lock.ts).
  if (databaseKind(database) === 'sqlite') return { release: async () => undefined }
  const { lockPostgres } = await import('./postgresql/database-lock.ts')
  return lockPostgres(database, options)
}
