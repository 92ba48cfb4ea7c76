// What deleted keys have used stays in every total, in one line; their request logs go. On the database of the running project.
import type { CallRecord } from '@latchkey/server/domain/logs/call-record.ts'
import { requestIdTimeMs } from '@latchkey/server/domain/uuid.ts'
import { reportUsage } from '@latchkey/server/ledger/usage/usage-report.ts'
import { readUsageSeries } from '@latchkey/server/ledger/usage/usage-series.ts'
import { rebuildRollups } from '@latchkey/server/ledger/verify/rebuild.ts'
import { verifyLedger } from '@latchkey/server/ledger/verify/verify.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { callRecordAt, openTestStore, type TestStore } from '../support/databases/open-test-store.ts'
import { removeAllExpired } from '../support/databases/remove-expired.ts'
import { seededRandom } from '../support/run/seeded-random.ts'

const HOUR_MS = 3_600_000
const T = Date.UTC(2026, 10, 20, 5)
const HOURS = 60
const NOW_MS = T + HOURS * HOUR_MS

let db: TestStore
let kept: number
let others: [number, number]

beforeEach(async () => {
  db = await openTestStore()
  kept = await db.makeKey()
  others = [await db.makeKey(), await db.makeKey()]
})
afterEach(() => db.close())

test('deleting keys changes no total but those by key, which have one line for all of them', async () => {
  const records = someCalls(240, [kept, ...others, null])
  await db.ingest(records)
  const before = await everyTotal()
  for (const key of others) await deleteKey(key)
  expect(await lines()).toEqual(byLine(records))
  while (await db.ingestion.removeDeleted(7)) expect(await lines()).toEqual(byLine(records))
  expect(await everyTotal()).toEqual(before)
  expect(await lines()).toEqual(byLine(records))
  for (const key of others) {
    expect(await db.store.prisma.requestLog.count({ where: { apiKeyId: key } })).toBe(0)
    expect((await reportUsage(db.store, { fromMs: null, toMs: null, apiKeyId: key })).totals.calls).toBe(0)
  }
  expect(await found()).toEqual([])
  expect(await rebuildRollups(db.store, db.ingestion)).toBe(await db.store.prisma.requestLog.count())
  expect(await everyTotal()).toEqual(before)
  expect(await lines()).toEqual(byLine(records))
  expect(await found()).toEqual([])
})

test('exact while calls are ingested between the slices of a removal, late ones of the deleted key included', async () => {
  const records = someCalls(200, [kept, ...others])
  await db.ingest(records.slice(0, 100))
  await deleteKey(others[0])
  for (let at = 100; at < records.length; at += 5) {
    await db.ingest(records.slice(at - 2, at + 5))
    await db.ingestion.removeDeleted(3)
    expect(await lines()).toEqual(byLine(records.slice(0, at + 5), [others[0]]))
    expect(await found()).toEqual([])
  }
  while (await db.ingestion.removeDeleted(3));
  // Once more, when all that was to be removed has been.
  const late = callRecordAt(NOW_MS, 1_000, { apiKeyId: others[0] })
  await db.ingest([late])
  while (await db.ingestion.removeDeleted(3));
  const all = [...records, late]
  expect(await lines()).toEqual(byLine(all, [others[0]]))
  expect((await reportUsage(db.store, { fromMs: null, toMs: null })).totals.calls).toBe(all.length)
  expect(await db.store.prisma.requestLog.count({ where: { apiKeyId: others[0] } })).toBe(0)
  expect(await found()).toEqual([])
})

test('also where request logs had expired before, or expire later', async () => {
  const records = someCalls(240, [kept, ...others])
  await db.ingest(records)
  const before = await everyTotal()
  for (const [at, key] of others.entries()) {
    const logsBeforeMs = T + (20 + 20 * at) * HOUR_MS + 1_000
    await removeAllExpired(db.ingestion, { logsBeforeMs }, 5)
    expect(await found()).toEqual([])
    await deleteKey(key)
    while (await db.ingestion.removeDeleted(7));
    expect(await found()).toEqual([])
    expect(await everyTotal()).toEqual(before)
  }
  expect(await lines()).toEqual(byLine(records))
  await removeAllExpired(db.ingestion, { logsBeforeMs: NOW_MS + 48 * HOUR_MS }, 50)
  expect(await everyTotal()).toEqual(before)
  expect(await db.store.prisma.usageRollup.count({ where: { kind: { startsWith: 'DELETED' } } })).toBe(0)
  await removeAllExpired(db.ingestion, { rollupsBeforeMs: NOW_MS + 48 * HOUR_MS }, 50)
  expect(await db.store.prisma.usageRollup.count({ where: { kind: { not: 'KEY_MODEL_PAST' } } })).toBe(0)
})

async function found(): Promise<unknown[]> {
  return (await verifyLedger(db.store)).disagreements
}

/** Every report that is not by key. */
async function everyTotal(): Promise<unknown> {
  const range = { fromMs: T, toMs: NOW_MS + HOUR_MS, nowMs: NOW_MS, first: 50 }
  const series = []
  for (const groupBy of ['MODEL', 'UPSTREAM', 'ENDPOINT', 'OUTCOME'] as const)
    for (const bucket of ['HOUR', 'DAY'] as const)
      series.push(await readUsageSeries(db.store, { ...range, bucket, groupBy }))
  return [await reportUsage(db.store, { fromMs: null, toMs: null }), series]
}

/** The calls of each group by key. */
async function lines(): Promise<Record<string, number>> {
  const all: Record<string, number>[] = []
  for (const bucket of ['HOUR', 'DAY'] as const) {
    const range = { fromMs: T, toMs: NOW_MS + HOUR_MS, nowMs: NOW_MS, first: 10, bucket }
    const groups = await readUsageSeries(db.store, { ...range, groupBy: 'KEY' })
    all.push(Object.fromEntries(groups.map(({ value, totals }) => [value, totals.calls])))
    for (const { totals, points } of groups)
      expect(points.reduce((sum, point) => sum + point.totals.calls, 0)).toBe(totals.calls)
  }
  expect(all[0]).toEqual(all[1])
  return all[0] ?? {}
}

function byLine(records: CallRecord[], deleted: number[] = others): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { apiKeyId } of records) {
    if (apiKeyId === null) continue
    const line = deleted.includes(apiKeyId) ? 'deleted' : String(apiKeyId)
    counts[line] = (counts[line] ?? 0) + 1
  }
  return counts
}

async function deleteKey(id: number): Promise<void> {
  const { prisma } = db.store
  await prisma.$transaction(async (tx) => {
    await tx.apiKey.delete({ where: { id } })
    await tx.keyRemoval.create({ data: { apiKeyId: id, createdAt: new Date() } })
  })
}

function someCalls(count: number, keys: (number | null)[]): CallRecord[] {
  const random = seededRandom(count)
  const one = <T>(of: readonly T[]): T => of[Math.floor(of.length * random())] as T
  const calls = Array.from({ length: count }, (_, n) =>
    callRecordAt(T + Math.floor((n * HOURS * HOUR_MS) / count), n, {
      apiKeyId: one(keys),
      outcome: one(['SUCCESS', 'SUCCESS', 'ERROR', 'DENIED', 'CANCELLED', 'INTERRUPTED']),
      requestedModel: one(['a', 'b', null]),
      upstream: one(['one', null]),
      endpoint: one(['/v1/chat/completions', '/v1/files/x']),
      durationMs: Math.floor(10 ** (5 * random())),
      timeToFirstTokenMs: one([null, 40]),
      costNanoUsd: one([null, 1_234_567]),
      receipt: one([null, '{}']),
    }),
  )
  return calls.sort((a, b) => requestIdTimeMs(a.id) - requestIdTimeMs(b.id))
}
