// Opens the ingesting side of the database that the configuration names.
import type { Ingestion } from './ingestion.ts'
import { databaseKind } from './store.ts'

/** For a thread of its own: the SQLite one blocks. The database must have been migrated by openStore. */
export async function openIngestion(database: string): Promise<Ingestion> {
  // Only the driver that is needed, as in open-store.ts.
  if (databaseKind(database) === 'postgresql') {
    const { openPostgresIngestion } = await import('./postgresql/postgresql-ingestion.ts')
    return openPostgresIngestion(database)
  }
  const { openSqliteIngestion } = await import('./sqlite/sqlite-ingestion.ts')
  return openSqliteIngestion(database)
}
