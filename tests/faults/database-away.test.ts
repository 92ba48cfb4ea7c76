// The database is unavailable or locked by another process: calls of known keys still succeed, and nothing is missing afterwards.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, expect, test } from 'vitest'
import { startLoad } from '../support/clients/load.ts'
import { startOwnPostgres } from '../support/databases/own-postgres.ts'
import { FULL_FAULTS } from '../support/run/full-faults.ts'
import { seededRandom, seedOfRun } from '../support/run/seeded-random.ts'
import { chat } from '../support/server/gateway-calls.ts'
import { expectAccount, makeKey, openStation, type Station } from '../support/server/station.ts'
import { startLoadUpstream } from '../support/upstreams/load-upstream.ts'
import { startSilentProxy } from '../support/upstreams/silent-proxy.ts'

// The short ones are as long as retries and backoffs still show in.
const POSTGRES_AWAY_MS = FULL_FAULTS ? 60_000 : 8_000
const SQLITE_LOCKED_MS = FULL_FAULTS ? 30_000 : 8_000
// Connecting may take 5 s to give up; and a busy machine, some more.
const CLEAN_ERROR_MAX_MS = 15_000
// A query is given 10 s, and so is the attempt at a new connection after it.
const SILENCE_MAX_MS = 35_000
const RECOVERY_MAX_MS = 30_000
// Whatever waits for the lock waits for all of it.
const STALL_MAX_MS = SQLITE_LOCKED_MS / 2

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

test(`PostgreSQL stopped for ${POSTGRES_AWAY_MS} ms: calls of known keys succeed, unknown ones get 503, and 0 calls are missing`, async () => {
  const postgres = await startOwnPostgres()
  cleanups.push(postgres.remove)
  const station = await place('postgresql', postgres.url)
  const server = await station.start()
  const known = await makeKey(station, server.url)
  const unseen = await makeKey(station, server.url)
  const random = seededRandom(seedOfRun())
  const load = startLoad({ url: async () => server.url, secret: known.secret, clients: 4, random })
  await expect.poll(() => load.succeeded.size).toBeGreaterThan(20)

  await postgres.stop()
  const before = load.succeeded.size
  const over = performance.now() + POSTGRES_AWAY_MS
  let rounds = 0
  while (performance.now() < over) {
    rounds++
    // A key that nobody has used yet is not known to be wrong.
    const refused = await chat(server, unseen.secret)
    expect(refused.status).toBe(503)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await refused.json()).toMatchObject({ error: { code: 'key_store_unavailable' } })
    await expectCleanAdminError(station, server.url)
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
    expect((await fetch(`${server.url}/readyz`)).status).toBe(503)
    expect((await fetch(`${server.url}/readyz?for=admin`)).status).toBe(503)
    // Known keys are served: a load balancer of the gateway must not take this server out.
    expect((await fetch(`${server.url}/readyz?for=gateway`)).status).toBe(200)
  }
  expect(load.succeeded.size, 'succeeded meanwhile').toBeGreaterThan(before + 100)
  expect([...load.refused]).toEqual([])

  await postgres.start()
  await expect
    .poll(async () => (await fetch(`${server.url}/readyz`)).status, { timeout: RECOVERY_MAX_MS })
    .toBe(200)
  expect((await chat(server, unseen.secret)).status).toBe(200)
  expect((await adminList(station, server.url)).status).toBe(200)
  await load.stop()
  expect(await server.stop()).toBe(0)
  const { rows } = await expectAccount(station, load.succeeded)
  console.log(
    `${rounds} rounds of queries while unavailable; ${load.succeeded.size} successful calls, ${rows} rows`,
  )
}, 240_000)

test('a network to PostgreSQL that falls silent: calls of known keys succeed, an unknown one gets 503, and 0 calls are missing', async () => {
  const postgres = await startOwnPostgres()
  cleanups.push(postgres.remove)
  const network = await startSilentProxy(postgres.url)
  cleanups.push(network.close)
  const station = await place('postgresql', network.url)
  const server = await station.start()
  const known = await makeKey(station, server.url)
  const unseen = await makeKey(station, server.url)
  const random = seededRandom(seedOfRun())
  const load = startLoad({ url: async () => server.url, secret: known.secret, clients: 4, random })
  await expect.poll(() => load.succeeded.size).toBeGreaterThan(20)

  network.fallSilent()
  const before = load.succeeded.size
  const from = performance.now()
  const refused = await chat(server, unseen.secret)
  const waitedMs = performance.now() - from
  expect(refused.status).toBe(503)
  expect(waitedMs).toBeLessThan(SILENCE_MAX_MS)
  expect(load.succeeded.size, 'succeeded meanwhile').toBeGreaterThan(before + 100)
  network.speak()
  await expect
    .poll(async () => (await chat(server, unseen.secret)).status, { timeout: RECOVERY_MAX_MS })
    .toBe(200)
  await load.stop()
  expect(await server.stop()).toBe(0)
  const { rows } = await expectAccount(station, load.succeeded)
  expect([...load.refused]).toEqual([])
  console.log(`503 after ${waitedMs.toFixed(0)} ms; ${load.succeeded.size} successful calls, ${rows} rows`)
})

test(`SQLite locked by another process for ${SQLITE_LOCKED_MS} ms: calls succeed without a stall, and 0 are missing`, async () => {
  const station = await place('sqlite')
  const server = await station.start()
  const { secret } = await makeKey(station, server.url)
  const random = seededRandom(seedOfRun())
  const load = startLoad({ url: async () => server.url, secret, clients: 4, random })
  await expect.poll(() => load.succeeded.size).toBeGreaterThan(20)

  const supersede = await lockFromOutside(station.database)
  const before = load.succeeded.size
  const over = performance.now() + SQLITE_LOCKED_MS
  let worstMs = 0
  while (performance.now() < over) {
    const from = performance.now()
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
    worstMs = Math.max(worstMs, performance.now() - from)
  }
  const meanwhile = load.succeeded.size - before
  await supersede()
  expect(meanwhile, 'succeeded meanwhile').toBeGreaterThan(100)
  expect(worstMs).toBeLessThan(STALL_MAX_MS)
  await load.stop()
  expect(await server.stop()).toBe(0)
  const { rows } = await expectAccount(station, load.succeeded)
  expect([...load.refused]).toEqual([])
  console.log(
    `${meanwhile} calls succeeded while locked, slowest /healthz ${worstMs.toFixed(0)} ms; ${load.succeeded.size} successful calls, ${rows} rows`,
  )
})

async function place(kind: 'sqlite' | 'postgresql', databaseUrl?: string): Promise<Station> {
  const upstream = await startLoadUpstream(() => 2)
  cleanups.push(upstream.close)
  const env = { LATCHKEY_UPSTREAM_URL: upstream.baseUrl }
  const station = await openStation(kind, databaseUrl === undefined ? { env } : { env, databaseUrl })
  cleanups.push(station.remove)
  return station
}

function adminList({ adminToken }: Station, url: string): Promise<Response> {
  return fetch(`${url}/api/api-keys`, { headers: { authorization: `Bearer ${adminToken}` } })
}

async function expectCleanAdminError(station: Station, url: string): Promise<void> {
  const from = performance.now()
  const response = await adminList(station, url)
  expect(performance.now() - from).toBeLessThan(CLEAN_ERROR_MAX_MS)
  expect(response.status).toBeGreaterThanOrEqual(500)
  // JSON, and nothing of the driver's words or of where the database is.
  expect(JSON.stringify(await response.json())).not.toMatch(/postgres|ECONN|prisma|127\.0\.0\.1/i)
}

/** Another process takes SQLite's write lock; returns what releases it again. */
async function lockFromOutside(database: string): Promise<() => Promise<void>> {
  const script = `
    const { DatabaseSync } = require('node:sqlite')
    const database = new DatabaseSync(process.argv[1], { timeout: 10_000 })
    database.exec('BEGIN IMMEDIATE')
    console.log('held')
    process.stdin.on('end', () => { database.exec('ROLLBACK'); process.exit(0) }).resume()`
  const connection = spawn(process.execPath, ['-e', script, database], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(connection, 'exit')
  await once(connection.stdout, 'data')
  return async () => {
    connection.stdin.end()
    expect(await ended).toEqual([0, null])
  }
}
