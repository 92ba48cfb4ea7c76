// A SQLite store: one worker that writes, one for short reads, one for long reads, and Prisma over the first two.
import { createRequire } from 'node:module'
import { readMigrations } from '@latchkey/prisma/migrations'
import type { PrismaClient } from '@latchkey/prisma/sqlite'
import type { BackTest } from '../../domain/policy/back-test/back-test.ts'
import type { UsageGroup } from '../../domain/usage/rollup-changes.ts'
import { type MigrationConnection, type MigrationDialect, migrate } from '../migrate.ts'
import { SQL, type SqlRow } from '../sql.ts'
import type { Store } from '../store.ts'
import { TRANSACTION_LIMITS } from '../transaction-limits.ts'
import { copySqlite } from './copy-database.ts'
import { Mutex } from './mutex.ts'
import type { SqliteWorkers } from './prisma-adapter.ts'
import { sqliteFault } from './sqlite-fault.ts'
import { SqliteWorker } from './worker-client.ts'

/** Opens and migrates the file at `path`. Rejects with StartError where it cannot be opened or must not be touched. */
export async function openSqlite(path: string): Promise<Store> {
  const writing = new Mutex()
  const writer = new SqliteWorker({ path, readOnly: false, inBackground: false }, () => !writing.held)
  try {
    await migrate(migrationConnection(writer), DIALECT, readMigrations('sqlite'))
  } catch (error) {
    await writer.close().catch(() => undefined)
    throw sqliteFault(path, error) ?? error
  }
  // Opened after migrating, so that it never sees a file without its tables.
  const reader = new SqliteWorker({ path, readOnly: true, inBackground: false })
  const analyst = new SqliteWorker({ path, readOnly: true, inBackground: true })
  let prisma: PrismaClient | null = null
  return {
    kind: 'sqlite',
    get prisma() {
      prisma ??= makePrisma({ writer, reader, writing })
      return prisma
    },
    [SQL]: {
      all: (text, values) => reader.run<SqlRow[]>({ kind: 'all', text, values }),
      scan: (text, values) => analyst.run<SqlRow[]>({ kind: 'all', text, values }),
      batch: (statements) => writing.run(() => writer.run<number[]>({ kind: 'batch', statements })),
    },
    groupUsage: (query) => analyst.run<UsageGroup[]>({ kind: 'usage', query }),
    backTest: (query) => analyst.run<BackTest>({ kind: 'backTest', query }),
    file: { path, copyTo: (to, signal) => copySqlite(path, to, signal) },
    writes: () => writer.jobsDone,
    close: async () => {
      await prisma?.$disconnect()
      await reader.close()
      await analyst.close()
      await writing.run(() => writer.close())
    },
  }
}

/** Loads Prisma when it is first needed: a gateway that no admin uses does not need these 15 MB. */
function makePrisma(workers: SqliteWorkers): PrismaClient {
  // Not import(), since `prisma` is a property and cannot be awaited.
  const require = createRequire(import.meta.url)
  const client = require('@latchkey/prisma/sqlite') as typeof import('@latchkey/prisma/sqlite')
  const { sqliteAdapter } = require('./prisma-adapter.ts') as typeof import('./prisma-adapter.ts')
  return new client.PrismaClient({ adapter: sqliteAdapter(workers), transactionOptions: TRANSACTION_LIMITS })
}

function migrationConnection(writer: SqliteWorker): MigrationConnection {
  return {
    script: (text) => writer.run({ kind: 'script', text }),
    rows: (text) => writer.run<SqlRow[]>({ kind: 'all', text, values: [] }),
  }
}

const DIALECT: MigrationDialect = {
  // BEGIN IMMEDIATE below is the lock; another process that waited finds the migrations done.
  locked: (work) => work(),
  // Inside a transaction the pragma does nothing, and with it on, redefining a table would delete what refers to it.
  begin: 'PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE',
  commit: 'COMMIT; PRAGMA foreign_keys = ON',
  rollback: async (connection) => {
    await connection.script('ROLLBACK').catch(() => undefined)
    await connection.script('PRAGMA foreign_keys = ON')
  },
}
