// A data directory and a database on which a test starts several servers, one after another.

import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { verifyLedger } from '@latchkey/server/ledger/verify/verify.ts'
import { openStore } from '@latchkey/server/store/open-store.ts'
import { SQL } from '@latchkey/server/store/sql.ts'
import type { DatabaseKind, Store } from '@latchkey/server/store/store.ts'
import { expect, inject } from 'vitest'
import { createDatabase } from '../databases/postgres.ts'
import { type ServerProcess, startServerProcess } from './server-process.ts'

export type Station = {
  kind: DatabaseKind
  dataDir: string
  journal: string
  database: string
  adminToken: string
  /** Starts a server; one that still runs at the end is killed by `remove`. */
  start(env?: Record<string, string>, command?: string[]): Promise<ServerProcess>
  /** Opens the database without a server; closed after `work`. */
  withStore<T>(work: (store: Store) => Promise<T>): Promise<T>
  remove(): Promise<void>
}

export type StationOptions = { env?: Record<string, string>; databaseUrl?: string }

/** Makes an empty station on a database of this kind; `databaseUrl` names a PostgreSQL of the test's own. */
export async function openStation(kind: DatabaseKind, options: StationOptions = {}): Promise<Station> {
  const dataDir = mkdtempSync(join(tmpdir(), 'latchkey-station-'))
  const adminToken = randomBytes(24).toString('base64url')
  const created =
    kind === 'sqlite'
      ? null
      : options.databaseUrl === undefined
        ? await createDatabase(inject('postgresUrl'))
        : { url: options.databaseUrl, drop: async () => undefined }
  const database = created?.url ?? join(dataDir, 'latchkey.db')
  const started: ServerProcess[] = []
  const settings = {
    LATCHKEY_DATA_DIR: dataDir,
    LATCHKEY_ADMIN_TOKEN: adminToken,
    ...(created === null ? {} : { DATABASE_URL: created.url }),
    ...options.env,
  }
  return {
    kind,
    dataDir,
    journal: join(dataDir, 'journal'),
    database,
    adminToken,
    async start(env = {}, command) {
      const server = await startServerProcess({ ...settings, ...env }, command)
      started.push(server)
      return server
    },
    async withStore(work) {
      const store = await openStore(database)
      try {
        return await work(store)
      } finally {
        await store.close()
      }
    },
    async remove() {
      for (const server of started) {
        await server.kill()
        await server.remove()
      }
      await created?.drop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

/** Makes an API key through the REST of the original product. */
export async function makeKey(
  { adminToken }: Pick<Station, 'adminToken'>,
  url: string,
): Promise<{ id: number; secret: string }> {
  const response = await fetch(`${url}/api/api-keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'load' }),
  })
  const key = (await response.json()) as { id: number; api_key: string }
  if (!response.ok) throw new Error(`no key: ${response.status} ${JSON.stringify(key)}`)
  return { id: key.id, secret: key.api_key }
}

/**
 * The promise of the ledger, on an idle database: every successful call is a row, no row is there twice, and the rollups agree
 * with the rows. Returns the outcomes of the successful calls.
 */
export async function expectAccount(
  station: Station,
  succeeded: Iterable<string>,
): Promise<{ rows: number; outcomes: Set<string> }> {
  return station.withStore(async (store) => {
    const found = await store[SQL].all('SELECT l."id", l."outcome" FROM "RequestLog" l', [])
    const outcomeOf = new Map(
      found.map((row) => [`req_${Buffer.from(row.id as Uint8Array).toString('hex')}`, String(row.outcome)]),
    )
    expect(outcomeOf.size, 'rows that are there twice').toBe(found.length)
    const ids = [...succeeded]
    const missing = ids.filter((id) => !outcomeOf.has(id))
    expect(missing, `complete calls without a row, of ${ids.length}`).toEqual([])
    expect((await verifyLedger(store)).disagreements).toEqual([])
    if (store.kind === 'sqlite') {
      expect(await store[SQL].all('PRAGMA integrity_check', [])).toEqual([{ integrity_check: 'ok' }])
    }
    return { rows: found.length, outcomes: new Set(ids.map((id) => outcomeOf.get(id) ?? '')) }
  })
}
