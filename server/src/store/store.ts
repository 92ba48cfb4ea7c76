// What other rooms know of the database, whichever it is.
import type { PrismaClient } from '@latchkey/prisma/sqlite'
import type { BackTest, BackTestQuery } from '../domain/policy/back-test/back-test.ts'
import type { UsageGroup, UsageQuery } from '../domain/usage/rollup-changes.ts'
import type { SQL, Sql } from './sql.ts'
import type { DatabaseFile } from './sqlite/copy-database.ts'

export type DatabaseKind = 'sqlite' | 'postgresql'

/** Which database a configuration means: `postgresql://…` or `postgres://…`, and any other text is a SQLite file's path. */
export function databaseKind(database: string): DatabaseKind {
  return /^postgres(ql)?:\/\//.test(database) ? 'postgresql' : 'sqlite'
}

export type Store = {
  kind: DatabaseKind
  /** Typed by the SQLite client: both databases can do what it allows. */
  prisma: PrismaClient
  /** For store/queries/ alone. */
  readonly [SQL]: Sql
  /** Totals of rollups. However many rows there are, neither a call nor a short read waits for them. */
  groupUsage(query: UsageQuery): Promise<UsageGroup[]>
  /** Runs a key's past calls through a policy. However many there are, neither a call nor another read waits for them. */
  backTest(query: BackTestQuery): Promise<BackTest>
  /** The SQLite file, which can be copied while it is written to; null: it is PostgreSQL, which has its own tools. */
  file: { path: string; copyTo(path: string, signal?: AbortSignal): Promise<DatabaseFile> } | null
  /**
   * Grows with each statement that this store has sent to where writes go, once it is done; null where that is not counted. While
   * it stays the same, only another process can have changed the database.
   */
  writes(): number | null
  /** Waits for the queries that are running, then closes the database. */
  close(): Promise<void>
}
