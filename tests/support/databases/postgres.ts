// Gives the tests a real PostgreSQL: the one that TEST_DATABASE_URL names, or a throw-away server of their own.
import { randomUUID } from 'node:crypto'
import { Client } from 'pg'
import { startOwnPostgres } from './own-postgres.ts'

/** A server to create databases on. `stop` ends a server that we started and leaves any other alone. */
export type Postgres = { url: string; stop(): Promise<void> }

/**
 * The server that TEST_DATABASE_URL names, whose role must be allowed to create databases, or else an own one.
 */
export async function startPostgres(): Promise<Postgres> {
  const given = process.env.TEST_DATABASE_URL
  if (given) return { url: given, stop: async () => {} }
  const own = await startOwnPostgres()
  return { url: own.url, stop: own.remove }
}

/**
 * Creates an empty database, so that each test file has one of its own.
 *
 * @param url a server as {@link startPostgres} gives it.
 * @returns the new database's url; `drop` disconnects whoever still uses it.
 */
export async function createDatabase(url: string): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `latchkey_test_${randomUUID().replaceAll('-', '')}`
  await execute(url, `CREATE DATABASE "${name}"`)
  const own = new URL(url)
  own.pathname = `/${name}`
  return { url: own.href, drop: () => execute(url, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`) }
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
