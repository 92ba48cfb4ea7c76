// A PostgreSQL store: one pool, shared by Prisma and by raw SQL.
import { setImmediate as turn } from 'node:timers/promises'
import { readMigrations } from '@latchkey/prisma/migrations'
import { PrismaClient as PostgresClient } from '@latchkey/prisma/postgresql'
import type { PrismaClient } from '@latchkey/prisma/sqlite'
import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { type BackTest, type BackTestQuery, BackTestRun } from '../../domain/policy/back-test/back-test.ts'
import { UsageFold, type UsageGroup, type UsageQuery } from '../../domain/usage/rollup-changes.ts'
import { type MigrationDialect, migrate } from '../migrate.ts'
import { addPastCall, pastCallsStatement } from '../queries/past-calls.ts'
import { foldRow, foldStatement } from '../queries/usage-rollups.ts'
import { SQL, type Sql, type SqlRow, type SqlStatement } from '../sql.ts'
import type { Store } from '../store.ts'
import { TRANSACTION_LIMITS } from '../transaction-limits.ts'
import { connectAtStart, databaseFaultAtStart } from './connect.ts'
import { plainNumbers } from './plain-numbers.ts'

// Enough for the console and the ledger side by side; a call never waits for one.
const POOL_MAX = 10
const CONNECT_TIMEOUT_MS = 5_000
// For queries that are small: a network that does not respond must not block a request for ever.
const QUERY_TIMEOUT_MS = 10_000
// A query's own timeout, which the types do not know: https://node-postgres.com/apis/client
const SHORT: object = { query_timeout: QUERY_TIMEOUT_MS }
// Rollups that are read and folded in one turn of the event loop: a few milliseconds.
const FOLD_PAGE = 500
// Past calls that are read and tried in one turn: as long.
const PAST_CALLS_PAGE = 250
// Any number that no other program on the same database uses for an advisory lock.
const MIGRATION_LOCK = 5_284_017

/** Connects, migrates and returns a store. Rejects with StartError where the server cannot be reached. */
export async function openPostgres(url: string): Promise<Store> {
  await migrateAt(url)
  const pool = new pg.Pool({
    connectionString: url,
    max: POOL_MAX,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    types: plainNumbers,
  })
  // A connection that breaks while idle is replaced by the pool; without a listener, the event would end the process.
  pool.on('error', () => undefined)
  // Prisma has a pool of its own, since it reads values in other forms.
  const adapter = new PrismaPg({
    connectionString: url,
    max: POOL_MAX,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
  })
  const prisma = new PostgresClient({
    adapter,
    transactionOptions: TRANSACTION_LIMITS,
  }) as unknown as PrismaClient
  return {
    kind: 'postgresql',
    prisma,
    [SQL]: rawSql(pool),
    groupUsage: (query) => groupUsage(pool, query),
    backTest: (query) => backTest(pool, query),
    file: null,
    // Prisma's own pool sends them.
    writes: () => null,
    close: async () => {
      await prisma.$disconnect()
      await pool.end()
    },
  }
}

function rawSql(pool: pg.Pool): Sql {
  return {
    // The pool closes a connection on which a query has timed out.
    all: async (text, values) => (await pool.query<SqlRow>({ ...SHORT, text, values })).rows,
    scan: async (text, values) => (await pool.query<SqlRow>(text, values)).rows,
    batch: async (statements) => {
      const client = await pool.connect()
      let broken: Error | undefined
      try {
        await client.query('BEGIN')
        const changes = await inOrder(client, statements)
        await client.query('COMMIT')
        return changes
      } catch (error) {
        await client.query('ROLLBACK').catch((failure: Error) => {
          broken = failure
        })
        throw error
      } finally {
        client.release(broken)
      }
    },
  }
}

async function inOrder(client: pg.PoolClient, statements: SqlStatement[]): Promise<number[]> {
  const changes: number[] = []
  for (const { text, values } of statements) changes.push((await client.query(text, values)).rowCount ?? 0)
  return changes
}

/** Page by page: what the driver reads, it reads on this thread, so calls must get their turn in between. */
async function groupUsage(pool: pg.Pool, query: UsageQuery): Promise<UsageGroup[]> {
  const fold = new UsageFold(query)
  for (const part of query.parts) {
    let place = { afterBucket: part.from - 1, afterValue: '' }
    for (;;) {
      const statement = foldStatement(query, part, { ...place, limit: FOLD_PAGE })
      const { rows } = await pool.query<unknown[]>({ ...statement, rowMode: 'array' })
      for (const row of rows) foldRow(fold, part.kind, row)
      const last = rows.at(-1)
      if (last === undefined || rows.length < FOLD_PAGE) break
      place = { afterBucket: Number(last[0]), afterValue: String(last[1]) }
    }
  }
  const steps = fold.totalsInSteps()
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
    await turn()
  }
}

async function backTest(pool: pg.Pool, query: BackTestQuery): Promise<BackTest> {
  const run = new BackTestRun(query)
  let after: Uint8Array | null = null
  for (;;) {
    const statement = pastCallsStatement('postgresql', query, after, PAST_CALLS_PAGE)
    const { rows } = await pool.query<unknown[]>({ ...SHORT, ...statement, rowMode: 'array' })
    for (const row of rows) after = addPastCall(run, row)
    if (rows.length < PAST_CALLS_PAGE) return run.result()
    await turn()
  }
}

async function migrateAt(url: string): Promise<void> {
  const client = await connectAtStart(url, { waitMs: 0 })
  const dialect: MigrationDialect = {
    locked: async (work) => {
      await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK])
      return work()
    },
    begin: 'BEGIN',
    commit: 'COMMIT',
    rollback: async () => {
      await client.query('ROLLBACK')
    },
  }
  const connection = {
    script: async (text: string) => {
      await client.query(text)
    },
    rows: async (text: string) => (await client.query<SqlRow>(text)).rows,
  }
  try {
    await migrate(connection, dialect, readMigrations('postgresql'))
  } catch (error) {
    // A migration that failed by itself is no fault of DATABASE_URL.
    if (error instanceof pg.DatabaseError) throw databaseFaultAtStart(url, error)
    throw error
  } finally {
    // Ending the connection gives the lock back.
    await client.end()
  }
}
