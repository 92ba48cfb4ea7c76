// Totals agree with the rows that they are made of, on either database and in any time zone.
import type { CallRecord } from '@latchkey/server/domain/logs/call-record.ts'
import { findRequestLogs } from '@latchkey/server/ledger/logs/request-logs.ts'
import { reportUsage } from '@latchkey/server/ledger/usage/usage-report.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { callRecordAt, openTestStore, type TestStore } from '../support/databases/open-test-store.ts'

const HOUR = 3_600_000
const T = Date.UTC(2026, 10, 20)

let db: TestStore
let keyId = 0

beforeAll(async () => {
  db = await openTestStore()
  keyId = await db.makeKey()
  // Two and a half days, a call every half hour.
  await db.ingest(
    Array.from({ length: 120 }, (_, n) =>
      callRecordAt(T + (n * HOUR) / 2, n, {
        apiKeyId: n % 3 === 0 ? keyId : null,
        outcome: n % 5 === 0 ? 'ERROR' : n % 7 === 0 ? 'DENIED' : 'SUCCESS',
        requestedModel: [null, 'a', 'b 🔑'][n % 3] ?? null,
        inputTokens: n % 4 === 0 ? null : n,
        outputTokens: n % 4 === 0 ? 0 : 2 ** 31 - 1,
        durationMs: n,
        responseBytes: 2 ** 33 + n,
      }),
    ),
  )
})
afterAll(() => db.close())

test.for([
  ['everything', null, null],
  ['a day', T + 24 * HOUR, T + 48 * HOUR],
  ['some hours', T + 5 * HOUR, T + 9 * HOUR],
  ['nothing', T - 48 * HOUR, T - 24 * HOUR],
] as const)('of %s: totals, models and days each add up to the rows', async ([, fromMs, toMs]) => {
  for (const apiKeyId of [undefined, keyId]) {
    const rows = await findRequestLogs(
      db.store,
      {
        ...(fromMs === null ? {} : { fromMs, toMs }),
        ...(apiKeyId === undefined ? {} : { apiKeyIds: [apiKeyId] }),
      },
      { limit: 1_000 },
    )
    const report = await reportUsage(db.store, { fromMs, toMs, apiKeyId })
    expect(report.totals).toMatchObject(totalsOf(rows))
    for (const parts of [report.byModel, report.byDay])
      expect(addedUp(parts.map(({ totals }) => totals))).toEqual(addedUp([report.totals]))
    const models = new Set(rows.map(({ requestedModel }) => requestedModel))
    expect(new Set(report.byModel.map(({ model }) => model))).toEqual(models)
    for (const { model, totals } of report.byModel)
      expect(totals).toMatchObject(totalsOf(rows.filter(({ requestedModel }) => requestedModel === model)))
  }
})

test.for([0, 60, 330, -300, 840, -840])(
  'days begin where they do %d minutes east of UTC',
  async (utcOffsetMinutes) => {
    const rows = await findRequestLogs(db.store, {}, { limit: 1_000 })
    const expected = new Map<string, number>()
    for (const { id } of rows) {
      // Rollups are kept by the hour of UTC: a day that begins at half past has its first hour from the hour before.
      const hour = Math.floor(Number.parseInt(id.slice(4, 16), 16) / HOUR) * HOUR
      const date = new Date(hour + utcOffsetMinutes * 60_000).toISOString().slice(0, 10)
      expected.set(date, (expected.get(date) ?? 0) + 1)
    }
    const { byDay } = await reportUsage(db.store, { fromMs: null, toMs: null, utcOffsetMinutes })
    expect(byDay.map(({ date, totals }) => [date, totals.calls])).toEqual([...expected].sort())
  },
)

test('of nothing is nothing, and a rate of nothing is unknown', async () => {
  const { totals } = await reportUsage(db.store, { fromMs: T - 48 * HOUR, toMs: T - 24 * HOUR })
  expect(totals).toMatchObject({ calls: 0, successRate: null, meanDurationMs: null, inputTokens: 0 })
})

const SUMMED = ['calls', 'successes', 'inputTokens', 'outputTokens', 'requestBytes', 'responseBytes'] as const
type Totals = Record<(typeof SUMMED)[number], number>

function totalsOf(rows: CallRecord[]): Totals {
  const sum = (value: (row: CallRecord) => number | null) =>
    rows.reduce((total, row) => total + (value(row) ?? 0), 0)
  return {
    calls: rows.length,
    successes: sum(({ outcome }) => (outcome === 'SUCCESS' ? 1 : 0)),
    inputTokens: sum(({ inputTokens }) => inputTokens),
    outputTokens: sum(({ outputTokens }) => outputTokens),
    requestBytes: sum(({ requestBytes }) => requestBytes),
    responseBytes: sum(({ responseBytes }) => responseBytes),
  }
}

function addedUp(parts: Totals[]): Totals {
  const sum = (name: (typeof SUMMED)[number]) => parts.reduce((total, part) => total + part[name], 0)
  return Object.fromEntries(SUMMED.map((name) => [name, sum(name)])) as Totals
}
