// Opens the database that the configuration names, migrated and ready.
import { openPostgres } from './postgres.ts'
import { openSqlite } from './sqlite/open-sqlite.ts'
import { databaseKind, type Store } from './store.ts'

/**
 * `postgresql://…` or `postgres://…` opens PostgreSQL, any other text is the path of a SQLite file, made if absent.
 * Throws MigrationError for a database that this version must not touch.
 */
export function openStore(database: string): Promise<Store> {
  return databaseKind(database) === 'postgresql' ? openPostgres(database) : openSqlite(database)
}
