// Opens the ingesting side of the database that the configuration names.
import type { Ingestion } from './ingestion.ts'
import { openPostgresIngestion } from './postgres-ingestion.ts'
import { openSqliteIngestion } from './sqlite/ingestion.ts'
import { databaseKind } from './store.ts'

/** For a thread of its own: the SQLite one blocks. The database must have been migrated by openStore. */
export function openIngestion(database: string): Ingestion {
  return databaseKind(database) === 'postgresql'
    ? openPostgresIngestion(database)
    : openSqliteIngestion(database)
}
