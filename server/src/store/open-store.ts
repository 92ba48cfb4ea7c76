// Opens the database that the configuration names, migrated and ready.
import { databaseKind, type Store } from './store.ts'

/**
 * `postgresql://…` or `postgres://…` opens PostgreSQL, any other text is the path of a SQLite file, made if absent.
 * Throws MigrationError for a database that this version must not touch.
 */
export async function openStore(database: string): Promise<Store> {
  // Only the driver that is needed: the other's would take memory for nothing.
  if (databaseKind(database) === 'postgresql') {
    const { openPostgres } = await import('./postgresql/open-postgresql.ts')
    return openPostgres(database)
  }
  const { openSqlite } = await import('./sqlite/open-sqlite.ts')
  return openSqlite(database)
}
