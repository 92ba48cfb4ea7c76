// Opens the database that the configuration names, for ingestion.
import type { IngestionDatabase } from './ingestion.ts'
import { databaseKind } from './store.ts'

/** For a thread of its own: SQLite blocks it. The database must have been migrated by openStore. */
export async function openIngestionDatabase(database: string): Promise<IngestionDatabase> {
  // Only the driver that is needed, as in open-store.ts.
  if (databaseKind(database) === 'postgresql') {
    const { openPostgresIngestion } = await import('./postgresql/postgresql-ingestion.ts')
    return openPostgresIngestion(database)
  }
  const { openSqliteIngestion } = await import('./sqlite/sqlite-ingestion.ts')
  return openSqliteIngestion(database)
}
