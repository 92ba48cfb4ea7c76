// Brings a database to the shape that this version needs, and refuses one that it does not know.
import { createHash, randomUUID } from 'node:crypto'
import type { Migration } from '@latchkey/prisma/migrations'
import { EXIT, StartError } from '../domain/start-error.ts'
import type { SqlRow } from './sql.ts'

/** The connection that migrations run on. Each must hold one transaction open across calls. */
export type MigrationConnection = {
  /** Runs several statements, without parameters. */
  script(text: string): Promise<void>
  rows(text: string): Promise<SqlRow[]>
}

export type MigrationDialect = {
  /** Runs `work` while no other process can migrate this database. */
  locked<T>(work: () => Promise<T>): Promise<T>
  begin: string
  commit: string
  /** Run after a failure; must be harmless outside a transaction. */
  rollback(connection: MigrationConnection): Promise<void>
}

/** A database that must not be changed: changed history, or a newer version's. The message says what to do. */
export class MigrationError extends StartError {
  override readonly name = 'MigrationError'
}

// Prisma's own table, so that its tools read our history and we read theirs.
const HISTORY = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" VARCHAR(36) PRIMARY KEY NOT NULL,
  "checksum" VARCHAR(64) NOT NULL,
  "finished_at" TIMESTAMP,
  "migration_name" VARCHAR(255) NOT NULL,
  "logs" TEXT,
  "rolled_back_at" TIMESTAMP,
  "started_at" TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "applied_steps_count" INTEGER NOT NULL DEFAULT 0
)`

/**
 * Applies what is missing, each migration in a transaction of its own, and returns the names of those applied.
 * Throws MigrationError, with the database untouched, where an applied migration was edited or is unknown here.
 */
export async function migrate(
  connection: MigrationConnection,
  dialect: MigrationDialect,
  migrations: Migration[],
): Promise<string[]> {
  return dialect.locked(async () => {
    await connection.script(HISTORY)
    const applied = await connection.rows(
      'SELECT "migration_name", "checksum" FROM "_prisma_migrations" WHERE "finished_at" IS NOT NULL AND "rolled_back_at" IS NULL',
    )
    refuseUnknownMigrations(
      migrations,
      applied.map((row) => ({ name: String(row.migration_name), checksum: String(row.checksum) })),
    )
    const done = new Set(applied.map((row) => row.migration_name))
    const missing = migrations.filter((migration) => !done.has(migration.name))
    const names: string[] = []
    for (const migration of missing) {
      if (await apply(connection, dialect, migration)) names.push(migration.name)
    }
    return names
  })
}

/** Throws MigrationError where a database has a migration that is unknown here, or was edited after it had been applied. */
export function refuseUnknownMigrations(
  migrations: Migration[],
  applied: readonly { name: string; checksum: string }[],
): void {
  const known = new Map(migrations.map((migration) => [migration.name, migration]))
  for (const row of applied) {
    const migration = known.get(row.name)
    if (migration === undefined) {
      throw new MigrationError(
        `The database has the migration ${row.name}, which this version of Latchkey does not know: it was last used by a newer version. Start that version, or restore a backup from before the upgrade.`,
      )
    }
    if (checksum(migration) !== row.checksum) {
      throw new MigrationError(
        `The migration ${migration.name} was edited after it had been applied to this database. Restore the file, and put the change into a new migration.`,
      )
    }
  }
}

/** False where another process has applied it since the history was read: SQLite has no lock around both. */
async function apply(
  connection: MigrationConnection,
  dialect: MigrationDialect,
  migration: Migration,
): Promise<boolean> {
  // Names are folder names of this repository and checksums are hex: neither can hold a quote.
  const record = `INSERT INTO "_prisma_migrations" ("id", "checksum", "migration_name", "finished_at", "applied_steps_count")
    VALUES ('${randomUUID()}', '${checksum(migration)}', '${migration.name}', CURRENT_TIMESTAMP, 1)`
  try {
    await connection.script(dialect.begin)
    const [done] = await connection.rows(
      `SELECT 1 AS one FROM "_prisma_migrations" WHERE "migration_name" = '${migration.name}' AND "finished_at" IS NOT NULL AND "rolled_back_at" IS NULL`,
    )
    if (done === undefined) {
      await connection.script(migration.sql)
      await connection.script(record)
    }
    await connection.script(dialect.commit)
    return done === undefined
  } catch (cause) {
    await dialect.rollback(connection)
    throw new MigrationError(
      `The migration ${migration.name} failed (${(cause as Error).message}). The database is as it was before it.`,
      EXIT.configuration,
      { cause },
    )
  }
}

function checksum(migration: Migration): string {
  return createHash('sha256').update(migration.sql).digest('hex')
}
