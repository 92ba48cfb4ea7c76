// A database is brought up to date once, whoever starts first, and one that we do not know is left alone.

import { DatabaseSync } from 'node:sqlite'
import { readMigrations } from '@latchkey/prisma/migrations'
import { findRequestLog } from '@latchkey/server/ledger/logs/request-logs.ts'
import {
  type MigrationConnection,
  type MigrationDialect,
  MigrationError,
  migrate,
} from '@latchkey/server/store/migrate.ts'
import { openStore } from '@latchkey/server/store/open-store.ts'
import { findKeyByHash } from '@latchkey/server/store/queries/api-keys.ts'
import { SQL } from '@latchkey/server/store/sql.ts'
import pg from 'pg'
import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import { createTestDatabase } from '../support/databases/test-database.ts'

const kind = inject('database')
const names = readMigrations(kind).map(({ name }) => name)

let database = ''
let drop: () => Promise<void> = async () => undefined

beforeEach(async () => {
  const made = await createTestDatabase()
  database = made.database
  drop = made.drop
})
afterEach(() => drop())

test('a fresh database gets every migration, in order, and its tables work', async () => {
  const store = await openStore(database)
  expect(await applied(store)).toEqual(names)
  expect(await store.prisma.apiKey.count()).toBe(0)
  await store.close()
})

test('a second start changes nothing', async () => {
  await (await openStore(database)).close()
  const store = await openStore(database)
  expect(await applied(store)).toEqual(names)
  await store.close()
})

test('three starts at once leave one history, and all of them run', async () => {
  const stores = await Promise.all([openStore(database), openStore(database), openStore(database)])
  for (const store of stores) {
    expect(await applied(store)).toEqual(names)
    expect(await store.prisma.apiKey.count()).toBe(0)
  }
  await Promise.all(stores.map((store) => store.close()))
})

test('a start that is overtaken by another does not do its work again', async () => {
  const { connection, dialect, end } = await connect()
  const overtaken: MigrationConnection = {
    ...connection,
    rows: async (text) => {
      const rows = await connection.rows(text)
      // Between reading the history and acting on it.
      if (rows.length === 0) await (await openStore(database)).close()
      return rows
    },
  }
  expect(await migrate(overtaken, dialect, readMigrations(kind))).toEqual([])
  await end()
  const store = await openStore(database)
  expect(await applied(store)).toEqual(names)
  await store.close()
})

test('an edited migration is refused, by name', async () => {
  await change(`UPDATE "_prisma_migrations" SET "checksum" = 'edited'`)
  const refusal = await openStore(database).catch((error: unknown) => error)
  expect(refusal).toBeInstanceOf(MigrationError)
  expect(String(refusal)).toContain(`${names[0]} was edited`)
})

test('a newer version’s database is refused, saying what to do', async () => {
  await change(
    `INSERT INTO "_prisma_migrations" ("id", "checksum", "migration_name", "finished_at") VALUES ('x', 'x', '29990101000000_future', CURRENT_TIMESTAMP)`,
  )
  const refusal = await openStore(database).catch((error: unknown) => error)
  expect(refusal).toBeInstanceOf(MigrationError)
  expect(String(refusal)).toContain('29990101000000_future')
  expect(String(refusal)).toContain('newer version')
})

test('a migration that fails leaves nothing of itself, and the next start works', async () => {
  await (await openStore(database)).close()
  const broken = {
    name: '29990101000000_broken',
    sql: 'CREATE TABLE "Half" ("id" INTEGER); INSERT INTO "Nowhere" VALUES (1);',
  }
  const { connection, dialect, end } = await connect()
  await expect(migrate(connection, dialect, [...readMigrations(kind), broken])).rejects.toThrow(
    /29990101000000_broken failed \(.*Nowhere.*\)\. The database is as it was before it\./s,
  )
  const where = kind === 'sqlite' ? 'sqlite_master WHERE name' : 'pg_tables WHERE tablename'
  expect(await connection.rows(`SELECT 1 AS one FROM ${where} = 'Half'`)).toEqual([])
  await end()
  const store = await openStore(database)
  expect(await applied(store)).toEqual(names)
  await store.close()
})

test('a later migration is applied to what an earlier version made', async () => {
  await (await openStore(database)).close()
  const later = { name: '29990101000000_later', sql: 'CREATE TABLE "Later" ("id" INTEGER)' }
  const { connection, dialect, end } = await connect()
  expect(await migrate(connection, dialect, [...readMigrations(kind), later])).toEqual([later.name])
  expect(await migrate(connection, dialect, [...readMigrations(kind), later])).toEqual([])
  await end()
})

test('what the first version kept is there after every later migration, and says nothing of what came since', async () => {
  const migrations = readMigrations(kind)
  const ledger = migrations.findIndex(({ name }) => name.endsWith('_ledger'))
  const { connection, dialect, end } = await connect()
  await migrate(connection, dialect, migrations.slice(0, ledger + 1))
  const bytes = (hex: string) => (kind === 'sqlite' ? `x'${hex}'` : `'\\x${hex}'`)
  const [at, no] = kind === 'sqlite' ? [1_795_000_000_000, 0] : [`'2026-11-18 11:06:40'`, 'FALSE']
  const [hash, id] = ['ab'.repeat(32), '01a1f000000070008000000000000001']
  await connection.script(
    `INSERT INTO "ApiKey" ("name", "secretHash", "secretStart", "createdAt", "updatedAt")
       VALUES ('old', ${bytes(hash)}, 'abcdefgh', ${at}, ${at});
     INSERT INTO "RequestLog" ("id", "startedAt", "apiKeyId", "method", "endpoint", "outcome", "streamed", "usageSource",
       "durationMs", "requestBytes", "responseBytes")
       VALUES (${bytes(id)}, ${at}, 1, 'POST', '/v1/embeddings', 'SUCCESS', ${no}, 'NONE', 5, 1, 2);
     INSERT INTO "UsageRollup" ("kind", "apiKeyId", "bucket", "value", "calls", "successes", "durationMs", "inputTokens",
       "outputTokens", "cachedInputTokens", "reasoningTokens", "requestBytes", "responseBytes", "durations", "firstTokens")
       VALUES ('TOTAL_HOUR', 0, 498611, '', 1, 1, 5, 0, 0, 0, 0, 1, 2, ${bytes('')}, ${bytes('')})`,
  )
  await end()
  const store = await openStore(database)
  expect(await applied(store)).toEqual(names)
  expect(await findKeyByHash(store, Uint8Array.from(Buffer.from(hash, 'hex')))).toMatchObject({
    id: 1,
    formerSecretHash: null,
    formerUntilMs: null,
    policy: null,
    version: 1,
  })
  expect(await findRequestLog(store, `req_${id}`)).toMatchObject({
    outcome: 'SUCCESS',
    costNanoUsd: null,
    receipt: null,
    attempts: null,
    calls: null,
    usedSecret: null,
    shadowDenials: null,
  })
  const [sum] = await store[SQL].all(
    'SELECT "calls", "costNanoUsd" AS cost, "unpricedCalls" AS unpriced FROM "UsageRollup"',
    [],
  )
  expect([sum?.calls, sum?.cost, sum?.unpriced].map(Number)).toEqual([1, 0, 0])
  await store.close()
})

// Only SQLite has a file of its own; on PostgreSQL there is nothing to test, so nothing to skip.
const onSqlite = kind === 'sqlite' ? test : () => undefined
onSqlite('a file that is no database is refused and left as it is', async () => {
  const { readFileSync, writeFileSync } = await import('node:fs')
  writeFileSync(database, 'not a database, but long enough to look like one'.repeat(100))
  const before = readFileSync(database, 'utf8')
  await expect(openStore(database)).rejects.toThrow('is damaged, or is no SQLite database')
  expect(readFileSync(database, 'utf8')).toBe(before)
})

async function applied(store: Awaited<ReturnType<typeof openStore>>): Promise<unknown[]> {
  const rows = await store[SQL].all(
    'SELECT "migration_name" AS name FROM "_prisma_migrations" WHERE "finished_at" IS NOT NULL ORDER BY "migration_name"',
    [],
  )
  return rows.map(({ name }) => name)
}

async function change(sql: string): Promise<void> {
  const store = await openStore(database)
  await store.prisma.$executeRawUnsafe(sql)
  await store.close()
}

async function connect(): Promise<{
  connection: MigrationConnection
  dialect: MigrationDialect
  end(): Promise<void>
}> {
  const { script, rows, end } = kind === 'sqlite' ? overSqlite() : await overPostgres()
  const rollback = () => script('ROLLBACK').catch(() => undefined)
  const begin = kind === 'sqlite' ? 'BEGIN IMMEDIATE' : 'BEGIN'
  return {
    connection: { script, rows },
    dialect: { locked: (work) => work(), begin, commit: 'COMMIT', rollback },
    end,
  }
}

function overSqlite() {
  const file = new DatabaseSync(database)
  return {
    script: async (text: string) => file.exec(text),
    rows: async (text: string) => file.prepare(text).all() as Record<string, unknown>[],
    end: async () => file.close(),
  }
}

async function overPostgres() {
  const client = new pg.Client({ connectionString: database })
  await client.connect()
  return {
    script: async (text: string) => {
      await client.query(text)
    },
    rows: async (text: string) => (await client.query<Record<string, unknown>>(text)).rows,
    end: () => client.end(),
  }
}
