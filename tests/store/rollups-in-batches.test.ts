// Rollups that batch after batch adds to are those of all calls at once, histograms included, whoever deletes keys meanwhile.
import type { CallRecord } from '@latchkey/server/domain/logs/call-record.ts'
import { Rollups } from '@latchkey/server/domain/usage/rollups.ts'
import { reportUsage } from '@latchkey/server/ledger/usage/usage-report.ts'
import { verifyLedger } from '@latchkey/server/ledger/verify/verify.ts'
import { ROLLUP_COLUMNS, valuesOfRollup } from '@latchkey/server/store/queries/usage-rollups.ts'
import { SQL, type SqlRow } from '@latchkey/server/store/sql.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { callRecordAt, openTestStore, type TestStore } from '../support/databases/open-test-store.ts'
import { seededRandom } from '../support/run/seeded-random.ts'

const T = Date.UTC(2026, 10, 20, 22)

let db: TestStore

beforeEach(async () => {
  db = await openTestStore()
})
afterEach(() => db.close())

test('of calls over keys, models and hours, in batches of any size, some of them twice', async () => {
  const random = seededRandom(5)
  const keys = [await db.makeKey(), await db.makeKey(), await db.makeKey(), null]
  const records = Array.from({ length: 400 }, (_, n) => anyCall(n, keys, random))
  for (let at = 0; at < records.length; ) {
    const size = 1 + Math.floor(60 * random())
    // The first of a batch has been there before.
    await db.ingest(records.slice(Math.max(0, at - 1), at + size))
    at += size
  }
  expect(await storedRollups()).toEqual(totalsOf(records))
  expect((await verifyLedger(db.store)).disagreements).toEqual([])
})

test('of a key that is deleted between two batches: its calls count, late ones too, until its removal moves them to the line of deleted keys', async () => {
  const [kept, deleted] = [await db.makeKey(), await db.makeKey()]
  const call = (n: number, apiKeyId: number) => callRecordAt(T + n, n, { apiKeyId })
  await db.ingest([call(1, kept), call(2, deleted)])
  await db.store[SQL].batch([{ text: 'DELETE FROM "ApiKey" WHERE "id" = $1', values: [deleted] }])
  await db.ingest([call(3, kept), call(4, deleted)])
  const all = [call(1, kept), call(2, deleted), call(3, kept), call(4, deleted)]
  expect(await storedRollups()).toEqual(totalsOf(all))
  while (await db.ingestion.removeDeleted(1));
  const { totals } = await reportUsage(db.store, { fromMs: null, toMs: null })
  expect(totals.calls).toBe(4)
  expect((await verifyLedger(db.store)).disagreements).toEqual([])
})

test('of a batch that was undone: nothing of it counts, and the next one counts whole', async () => {
  const key = await db.makeKey()
  const call = (n: number) => callRecordAt(T + n, n, { apiKeyId: key })
  await db.ingest([call(1)])
  const failing = db.ingestion.apply({
    segment: 'failing',
    runId: 'test',
    from: 0,
    to: 1,
    contents: [],
    closed: [call(2)],
    rest: () => {
      throw new Error('the disk is full')
    },
  })
  await expect(failing).rejects.toThrow('the disk is full')
  expect(await storedRollups()).toEqual(totalsOf([call(1)]))
  await db.ingest([call(2), call(3)])
  expect(await storedRollups()).toEqual(totalsOf([call(1), call(2), call(3)]))
  expect((await verifyLedger(db.store)).disagreements).toEqual([])
})

function anyCall(n: number, keys: (number | null)[], random: () => number): CallRecord {
  const one = <T>(of: readonly T[]): T => of[Math.floor(of.length * random())] as T
  return callRecordAt(T + Math.floor((n * 4 * 3_600_000) / 400), n, {
    apiKeyId: one(keys),
    outcome: one(['SUCCESS', 'SUCCESS', 'ERROR', 'DENIED', 'CANCELLED']),
    requestedModel: one(['a', 'b', null]),
    upstream: one(['one', 'two', null]),
    inputTokens: one([null, 0, 7]),
    durationMs: Math.floor(10 ** (6 * random())),
    timeToFirstTokenMs: one([null, Math.floor(10 ** (4 * random()))]),
    costNanoUsd: one([null, 0, 1_234_567]),
    receipt: one([null, '{}']),
  })
}

function totalsOf(records: CallRecord[]): unknown[] {
  const rollups = new Rollups()
  for (const record of records) rollups.add(record)
  return inOrder([...rollups.entries()].map(({ key, rollup }) => valuesOfRollup(key, rollup)))
}

async function storedRollups(): Promise<unknown[]> {
  const names = ROLLUP_COLUMNS.map((name) => `"${name}"`).join(', ')
  const rows = await db.store[SQL].all(`SELECT ${names} FROM "UsageRollup"`, [])
  return inOrder(rows.map((row: SqlRow) => ROLLUP_COLUMNS.map((name) => row[name])))
}

function inOrder(totals: unknown[][]): unknown[] {
  return totals
    .map((sum) =>
      sum.map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value)),
    )
    .map((sum) => sum.map((value) => (typeof value === 'bigint' ? Number(value) : value)))
    .sort((a, b) => (String(a) < String(b) ? -1 : 1))
}
