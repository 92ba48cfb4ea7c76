// An empty database of the kind that the running project is about.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'
import { createDatabase } from './postgres.ts'
import '../run/provided-context.ts'

/** `database` is what the server's configuration calls by that name: a PostgreSQL url or the path of a file. */
export type TestDatabase = { database: string; drop(): Promise<void> }

/**
 * Creates a database for one test file, in the projects integration-sqlite and integration-postgresql.
 * `drop` it once nothing of the test uses it any more; the path's folder is a fresh one, so it may serve as the
 * data directory too.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  if (inject('database') === 'postgresql') {
    const { url, drop } = await createDatabase(inject('postgresUrl'))
    return { database: url, drop }
  }
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-test-'))
  return {
    database: join(folder, 'latchkey.db'),
    drop: async () => rmSync(folder, { recursive: true, force: true }),
  }
}
