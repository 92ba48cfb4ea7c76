// The history that the console is looked at with: made through the product itself, so its account must hold.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DAY_MS } from '@latchkey/server/domain/time.ts'
import { requestIdTimeMs } from '@latchkey/server/domain/uuid.ts'
import { verifyLedger } from '@latchkey/server/ledger/verify/verify.ts'
import { openStore } from '@latchkey/server/store/open-store.ts'
import { SQL } from '@latchkey/server/store/sql.ts'
import type { Store } from '@latchkey/server/store/store.ts'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { type SeededHistory, seedHistory } from '../showroom/history/seed-history.ts'
import { createTestDatabase } from '../support/databases/test-database.ts'

const CALLS = 8_000
const endMs = Date.parse('2026-02-27T12:00:00Z')

let dataDir: string
let store: Store
let seeded: SeededHistory
let drop: () => Promise<void>

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'latchkey-history-'))
  const made = await createTestDatabase()
  drop = made.drop
  const database = inject('database') === 'sqlite' ? null : made.database
  seeded = await seedHistory({ dataDir, database, calls: CALLS, seed: 7, endMs, onProgress: () => undefined })
  store = await openStore(database ?? join(dataDir, 'latchkey.db'))
}, 300_000)
afterAll(async () => {
  await store?.close()
  await drop?.()
  rmSync(dataDir, { recursive: true, force: true })
})

const rows = (text: string) => store[SQL].all(text, [])

test('rows, rollups and counters of the seeded history agree', async () => {
  expect((await verifyLedger(store)).disagreements).toEqual([])
  const [row] = await rows('SELECT count(*) AS n FROM "RequestLog"')
  expect(Number(row?.n)).toBe(seeded.calls)
})

test('its calls are spread over ninety days, and none is later than its end', async () => {
  const found = await rows('SELECT "id" FROM "RequestLog"')
  const times = found.map(({ id }) => requestIdTimeMs(`req_${Buffer.from(id as Uint8Array).toString('hex')}`))
  expect(Math.max(...times)).toBeLessThan(endMs)
  expect(Math.min(...times)).toBeGreaterThan(endMs - 91 * DAY_MS)
  expect(new Set(times.map((timeMs) => Math.floor(timeMs / DAY_MS))).size).toBeGreaterThan(85)
})

test('it has calls of every outcome that a client sees, denials of each kind of rule, and former secrets', async () => {
  const outcomes = await rows('SELECT DISTINCT "outcome" AS o FROM "RequestLog"')
  expect(outcomes.map(({ o }) => o).sort()).toEqual(['CANCELLED', 'DENIED', 'ERROR', 'SUCCESS'])
  const codes = (await rows('SELECT DISTINCT "errorCode" AS c FROM "RequestLog"')).map(({ c }) => c)
  for (const code of ['budget_exhausted', 'model_not_allowed', 'address_not_allowed'])
    expect(codes).toContain(code)
  const former = await rows(`SELECT "id" FROM "RequestLog" WHERE "usedSecret" = 'FORMER'`)
  expect(former.length).toBeGreaterThan(0)
})

test('it has keys in every state, and audit events of several people at their own times', async () => {
  const [states] = await rows(
    `SELECT count(*) AS keys, count("disabledAt") AS disabled, count("revokedAt") AS revoked, count("formerSecretHash") AS rotated FROM "ApiKey"`,
  )
  expect(Number(states?.keys)).toBe(200)
  for (const state of [states?.disabled, states?.revoked, states?.rotated])
    expect(Number(state)).toBeGreaterThan(3)
  const actors = await rows('SELECT DISTINCT "actorName" AS a FROM "AuditEvent"')
  expect(actors.map(({ a }) => a)).toEqual(expect.arrayContaining(['admin', 'mira', 'tomas', 'jun']))
  const managed = await rows(
    `SELECT a."username" AS u, count(*) AS n FROM "AdminOwner" o JOIN "Admin" a ON a."id" = o."adminId" GROUP BY a."username"`,
  )
  expect(managed.map(({ u, n }) => [u, Number(n)])).toEqual([['tomas', 3]])
})
