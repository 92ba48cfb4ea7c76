// What a key has spent, as its budgets read it from the ledger, on the database of the running project: also when retention removes logs and rollups.
import { Latchkey } from '@latchkey/sdk'
import { aCallRecord } from '@latchkey/server/domain/logs/a-call-record.ts'
import type { CallRecord } from '@latchkey/server/domain/logs/call-record.ts'
import { budgetWindowAt } from '@latchkey/server/domain/policy/windows.ts'
import type { Ingestion } from '@latchkey/server/ledger/ingest/ingestion.ts'
import { openIngestion } from '@latchkey/server/ledger/ingest/ingestion.ts'
import { retentionBoundsAt } from '@latchkey/server/ledger/retention/retention-bounds.ts'
import { usageOfKey } from '@latchkey/server/ledger/usage/key-usage.ts'
import { rebuildRollups } from '@latchkey/server/ledger/verify/rebuild.ts'
import { verifyLedger } from '@latchkey/server/ledger/verify/verify.ts'
import { readKeyBudgets } from '@latchkey/server/services/alerts/evaluate/read-key-budgets.ts'
import { readOwnerBudgets } from '@latchkey/server/services/alerts/evaluate/read-shared-budgets.ts'
import { readSpend } from '@latchkey/server/store/queries/findings/key-facts.ts'
import { SQL } from '@latchkey/server/store/sql.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { removeAllExpired } from '../support/databases/remove-expired.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
// Within an hour, as a day of India begins.
const NOW_MS = Date.parse('2026-11-22T12:20:00Z')

let latchkey: TestLatchkey
let ingestion: Ingestion
let ids = 0

beforeAll(async () => {
  latchkey = await startLatchkey()
  ingestion = await openIngestion(latchkey.database)
})
afterAll(async () => {
  await ingestion.close()
  await latchkey.close()
})

function spend(apiKeyId: number, atMs: number, costNanoUsd: number | null, more: Partial<CallRecord> = {}) {
  const time = atMs.toString(16).padStart(12, '0')
  const id = `req_${time}7000${(0x8000_0000_0000_0000n + BigInt(++ids)).toString(16)}`
  latchkey.app.ledger.record(aCallRecord({ id, apiKeyId, costNanoUsd, receipt: '{"lines":[]}', ...more }))
}

const spent = async (apiKeyId: number, sinceMs: number, model: string | null = null) => {
  const { store, ledger } = latchkey.app
  const [sum] = await usageOfKey(store, ledger, apiKeyId, [{ sinceMs, model, money: true }])
  return sum?.costNanoUsd
}

test('is counted since the instant that a window begins, by model, and what was reserved for a cost that is not known', async () => {
  const { id } = await latchkey.createKey()
  const { id: other } = await latchkey.createKey()
  // A day of India begins at 18:30 UTC.
  const start = Date.parse('2026-11-21T18:30:00Z')
  spend(id, start - 1, 1)
  spend(id, start, 20)
  spend(id, start + 40 * 60_000, 300, { requestedModel: 'big-1' })
  spend(id, NOW_MS, 4_000)
  spend(id, NOW_MS, null)
  // In the part of an hour that the window begins with, and in a whole one.
  spend(id, start + 1, null, { reservedNanoUsd: 600_000 })
  spend(id, NOW_MS, null, { reservedNanoUsd: 7_000_000, requestedModel: 'big-1' })
  spend(other, NOW_MS, 50_000)
  spend(id, NOW_MS, null, { outcome: 'DENIED', receipt: null, upstream: null })
  expect(await spent(id, start)).toBe(7_604_320)
  expect(await spent(id, start, 'BIG-*')).toBe(7_000_300)
  expect(await spent(id, 0)).toBe(7_604_321)
  expect(await spent(id, NOW_MS + DAY_MS)).toBe(0)
  expect((await verifyLedger(latchkey.app.store)).disagreements).toEqual([])
})

test('is not forgotten with the logs, nor with the rollups', async () => {
  const { store } = latchkey.app
  const { id } = await latchkey.createKey()
  for (let day = 1; day <= 4; day++)
    spend(id, NOW_MS - day * DAY_MS, 10 ** day, { requestedModel: `m${day % 2}` })
  spend(id, NOW_MS - 4 * DAY_MS, null)
  spend(id, NOW_MS - 4 * DAY_MS, null, { reservedNanoUsd: 200_000, requestedModel: 'reserved' })
  spend(id, NOW_MS, 5)
  const since = NOW_MS - 3 * DAY_MS - 20 * 60_000
  expect([await spent(id, 0), await spent(id, since)]).toEqual([211_115, 1_115])
  await removeAllExpired(ingestion, { logsBeforeMs: NOW_MS - DAY_MS + 1 })
  expect([await spent(id, 0), await spent(id, since), await spent(id, 0, 'm0')]).toEqual([
    211_115, 1_115, 10_100,
  ])
  // The part of an hour whose logs are removed counts whole.
  expect(await spent(id, since + 40 * 60_000)).toBe(1_115)
  await rebuildRollups(store, ingestion)
  expect([await spent(id, 0), await spent(id, since)]).toEqual([211_115, 1_115])
  await removeAllExpired(ingestion, { rollupsBeforeMs: NOW_MS - 2 * DAY_MS })
  expect([await spent(id, 0), await spent(id, 0, 'm1')]).toEqual([211_115, 1_015])
  await removeAllExpired(ingestion, { logsBeforeMs: NOW_MS - HOUR_MS, rollupsBeforeMs: NOW_MS - HOUR_MS })
  expect([await spent(id, 0), await spent(id, NOW_MS - HOUR_MS)]).toEqual([211_115, 5])
  expect((await verifyLedger(store, { sinceMs: NOW_MS - HOUR_MS })).disagreements).toEqual([])
})

test('is there for a month by the hour, and once, also where rollups are removed before the logs', async () => {
  const { store } = latchkey.app
  const { keys, owners } = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
  const budgets = (['MONTH', 'TOTAL'] as const).map((window) => ({ window, limitUsd: '1' }))
  const owner = await owners.create({ name: 'of a month', policy: { budgets } })
  const { apiKey } = await keys.create({ name: 'of a month', policy: { budgets } })
  const { number: id } = apiKey
  const ownerId = Number(owner.id.slice('own_'.length))
  for (const day of [5, 20, 40]) spend(id, NOW_MS - day * DAY_MS, 10 ** (day / 5), { ownerId })
  spend(id, NOW_MS, 5, { ownerId })
  const month = NOW_MS - 30 * DAY_MS
  expect([await spent(id, 0), await spent(id, month)]).toEqual([100_010_015, 10_015])
  const rollupsMs = 7 * DAY_MS
  const remaining = async () => {
    await removeAllExpired(
      ingestion,
      retentionBoundsAt({ logsMs: null, rollupsMs, contentsMs: DAY_MS }, NOW_MS),
    )
    return [await spent(id, 0), await spent(id, month)]
  }
  expect(await remaining()).toEqual([100_010_015, 10_015])
  // What is in the past comes back by no rebuilding.
  await rebuildRollups(store, ingestion, NOW_MS - rollupsMs)
  expect(await remaining()).toEqual([100_010_015, 10_015])
  // Alerts, lists and findings read the same from other rollups.
  const ofKey = await readKeyBudgets(store, { budgets: new Map() }, { apiKeys: [id] }, NOW_MS)
  const ofOwner = await readOwnerBudgets(store, [ownerId], NOW_MS)
  for (const states of [ofKey.states, ofOwner])
    expect(states.map(({ spentNanoUsd }) => spentNanoUsd)).toEqual([10_015, 100_010_015])
  const started = [budgetWindowAt('MONTH', 'UTC', NOW_MS).startMs, null]
  const found = await Promise.all(started.map((sinceMs) => readSpend(store, sinceMs)))
  expect(found.map((byKey) => byKey.get(id))).toEqual([10_015, 100_010_015])
  expect((await verifyLedger(store, { sinceMs: NOW_MS - HOUR_MS })).disagreements).toEqual([])
})

test('goes with its key', async () => {
  const { store, ledger } = latchkey.app
  const { id } = await latchkey.createKey()
  spend(id, NOW_MS - 5 * DAY_MS, 7)
  await ledger.settled()
  await removeAllExpired(ingestion, { rollupsBeforeMs: NOW_MS - DAY_MS })
  expect(await spent(id, 0)).toBe(7)
  await fetch(`${latchkey.url}/api/api-keys/${id}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${latchkey.adminToken}` },
  })
  await expect
    .poll(async () => {
      await ledger.settled()
      return (await store[SQL].all('SELECT 1 AS one FROM "UsageRollup" WHERE "apiKeyId" = $1', [id])).length
    })
    .toBe(0)
})
