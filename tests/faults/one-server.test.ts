// One server for one database and one encryption key: what a second server, or one with another key, must not do.
import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterEach, describe, expect, test } from 'vitest'
import { openStation, type Station } from '../support/server/station.ts'

// The lock's number, as store/postgresql/database-lock.ts has it.
const OWNER_LOCK = 5_284_016

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

describe('two servers on one PostgreSQL', () => {
  test('a second one, with a data directory of its own, is refused with 78 and a sentence that names the first', async () => {
    const first = await station('postgresql')
    const server = await first.start()
    const second = await station('postgresql', first.database)
    await expect(second.start()).rejects.toThrow(
      new RegExp(
        `ended with 78:\\n[\\s\\S]*Latchkey cannot start\\.\\nDATABASE_URL: the database is in use by another Latchkey \\(on ${hostname().slice(0, 32)}, since 20\\S+Z, .*Stop that one`,
      ),
    )
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
    // A killed one leaves nothing behind.
    await server.kill()
    const next = await second.start()
    expect(await next.stop()).toBe(0)
  })

  test('a lost lock is logged and taken again', async () => {
    const place = await station('postgresql')
    const server = await place.start()
    const db = await connected(place.database)
    await terminateLockConnection(db)
    await expect.poll(() => server.output()).toContain('"msg":"the database is not held for this server"')
    await expect.poll(() => server.output()).toContain('"msg":"the database is held for this server again"')
    expect(await server.stop()).toBe(0)
  })

  test('a server whose database was taken by another meanwhile stops in order, with 75', async () => {
    const place = await station('postgresql')
    const server = await place.start()
    const db = await connected(place.database, 'latchkey elsewhere 0123456789ab')
    await terminateLockConnection(db)
    await expect
      .poll(async () => (await db.query('SELECT pg_try_advisory_lock($1) AS taken', [OWNER_LOCK])).rows[0], {
        interval: 10,
      })
      .toEqual({ taken: true })
    expect(await server.ended).toBe(75)
    expect(server.output()).toContain('taken by another Latchkey (on elsewhere, since ')
  })
})

test.for(['sqlite', 'postgresql'] as const)(
  'of two first starts at once on one empty %s, one serves, and the other is refused with a sentence',
  async (kind) => {
    const first = await station(kind)
    const second = kind === 'sqlite' ? first : await station(kind, first.database)
    const started = await Promise.allSettled([
      first.start(),
      second.start({ LATCHKEY_ADMIN_TOKEN: first.adminToken }),
    ])
    expect(started.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    const refused = started.find((outcome) => outcome.status === 'rejected')
    const message = String(refused?.reason)
    expect(message).toMatch(/ended with 78:\n[\s\S]*is in use by another Latchkey/)
    // Neither a stack nor the values of a row.
    expect(message.split('Latchkey cannot start.')[1]).not.toMatch(/\n\s+at |unique|\\x|hash/i)
  },
)

describe.each(['sqlite', 'postgresql'] as const)('another encryption key, on %s', (kind) => {
  test.for([
    ['a credential of an upstream', `credentials: [{ secret: "secret-of-the-upstream" }]`],
    ['a header of an upstream', `headers: [{ name: "x-team", value: "secret-of-the-team", secret: true }]`],
    ['an encrypted copy of a key', null],
  ] as const)(
    'is refused at start where %s does not open with it, and the setting is named',
    async ([, input]) => {
      const place = await station(kind)
      const server = await place.start()
      await (input === null
        ? graphql(place, server.url, `createApiKey(input: { name: "kept", keepEncryptedCopy: true })`)
        : graphql(
            place,
            server.url,
            `createUpstream(input: { name: "u", kind: GENERIC, baseUrl: "http://127.0.0.1:9/v1", ${input} })`,
          ))
      expect(await server.stop()).toBe(0)

      const other = { LATCHKEY_ENCRYPTION_KEY: randomBytes(32).toString('base64url') }
      await expect(place.start(other)).rejects.toThrow(
        /ended with 78:\n[\s\S]*LATCHKEY_ENCRYPTION_KEY: this encryption key opens none of the credentials/,
      )
      const same = await place.start()
      expect(await same.stop()).toBe(0)
      rmSync(join(place.dataDir, 'encryption.key'))
      await expect(place.start()).rejects.toThrow(
        /ended with 78:\n[\s\S]*encryption\.key: this encryption key opens none of/,
      )
      const lost = await place.start({ LATCHKEY_ENCRYPTION_KEY_LOST: 'on' })
      expect(await lost.stop()).toBe(0)
    },
  )
})

async function station(kind: 'sqlite' | 'postgresql', databaseUrl?: string): Promise<Station> {
  const opened = await openStation(kind, databaseUrl === undefined ? {} : { databaseUrl })
  cleanups.push(opened.remove)
  return opened
}

async function connected(url: string, name = 'test'): Promise<Client> {
  const client = new Client({ connectionString: url, application_name: name })
  await client.connect()
  cleanups.push(() => client.end())
  return client
}

async function terminateLockConnection(db: Client): Promise<void> {
  const { rowCount } = await db.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE application_name LIKE 'latchkey %' AND datname = current_database() AND pid <> pg_backend_pid()`,
  )
  expect(rowCount).toBe(1)
}

async function graphql({ adminToken }: Station, url: string, mutation: string): Promise<void> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query: `mutation { ${mutation} { userErrors { message } } }` }),
  })
  const body = (await response.json()) as {
    data?: Record<string, { userErrors: unknown[] }>
    errors?: unknown
  }
  expect(body.errors).toBeUndefined()
  expect(Object.values(body.data ?? {})).toEqual([{ userErrors: [] }])
}
