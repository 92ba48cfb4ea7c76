// How calls ended, counted apart in every total: what the rules of a key denied says nothing of an upstream.
import { aCallRecord } from '@latchkey/server/domain/logs/a-call-record.ts'
import type { Outcome } from '@latchkey/server/domain/logs/call-record.ts'
import { verifyLedger } from '@latchkey/server/ledger/verify/verify.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { requestIdAt } from '../../support/server/request-ids.ts'

const OUTCOMES: Outcome[] = [
  ...Array.from({ length: 6 }, () => 'SUCCESS' as const),
  ...Array.from({ length: 4 }, () => 'DENIED' as const),
  ...Array.from({ length: 3 }, () => 'ERROR' as const),
  ...Array.from({ length: 2 }, () => 'CANCELLED' as const),
  'INTERRUPTED',
]
const COUNTED = {
  calls: 16,
  successes: 6,
  denied: 4,
  errors: 3,
  cancelled: 2,
  interrupted: 1,
  failures: 10,
  successRate: 6 / 16,
  admittedSuccessRate: 6 / 12,
}
const FIELDS = Object.keys(COUNTED).join(' ')
const DAY = { from: '2026-03-01T00:00:00Z', to: '2026-03-02T00:00:00Z' }

let latchkey: TestLatchkey
let apiKeyId = 0

beforeAll(async () => {
  latchkey = await startLatchkey()
  apiKeyId = (await latchkey.createKey()).id
  const hourAgo = Date.now() - 3_600_000
  for (const [at, outcome] of OUTCOMES.entries()) {
    latchkey.app.ledger.record(
      aCallRecord({ id: requestIdAt(`2026-03-01T10:${10 + at}:00Z`), apiKeyId, outcome }),
    )
    latchkey.app.ledger.record(aCallRecord({ id: requestIdAt(hourAgo + at), apiKeyId, outcome }))
  }
  await latchkey.app.ledger.settled()
})
afterAll(() => latchkey.close())

async function data(query: string) {
  const { data, errors } = await latchkey.graphql(query, { range: DAY })
  if (errors !== undefined) throw new Error(JSON.stringify(errors))
  return data
}

test('a report counts each outcome: in all, by model, by day, and of one key', async () => {
  const report = `usage(range: $range) { totals { ${FIELDS} } byModel { totals { ${FIELDS} } } byDay { totals { ${FIELDS} } } }`
  const { usage, apiKey } = await data(
    `query ($range: DateTimeRange!) { ${report} apiKey(id: "key_${apiKeyId}") { ${report} } }`,
  )
  for (const { totals, byModel, byDay } of [usage, apiKey.usage])
    for (const found of [totals, byModel[0].totals, byDay[0].totals]) expect(found).toEqual(COUNTED)
})

test.for(['MODEL', 'API_KEY', 'UPSTREAM', 'ENDPOINT'])(
  'a series by %s counts each outcome',
  async (groupBy) => {
    for (const bucket of ['HOUR', 'DAY']) {
      const { usageSeries } = await data(`query ($range: DateTimeRange!) {
      usageSeries(range: $range, bucket: ${bucket}, groupBy: ${groupBy}) { totals { ${FIELDS} } points { totals { ${FIELDS} } } } }`)
      expect(usageSeries[0].totals).toEqual(COUNTED)
      expect(usageSeries[0].points[0].totals).toEqual(COUNTED)
    }
  },
)

test('the group of an outcome counts it alone', async () => {
  const { usageSeries } = await data(`query ($range: DateTimeRange!) {
    usageSeries(range: $range, bucket: DAY, groupBy: OUTCOME) { key totals { ${FIELDS} } } }`)
  const denied = usageSeries.find(({ key }: { key: string }) => key === 'DENIED')
  const none = { successes: 0, errors: 0, cancelled: 0, interrupted: 0 }
  expect(denied.totals).toEqual({
    ...none,
    calls: 4,
    denied: 4,
    failures: 4,
    successRate: 0,
    admittedSuccessRate: null,
  })
})

test.for([200, 2])('a bin of the log histogram counts each outcome, in at most %i bins', async (buckets) => {
  const { requestLogHistogram } = await data(`{
    requestLogHistogram(filter: { at: { from: "${DAY.from}", to: "${DAY.to}" } }, buckets: ${buckets}) {
      bins { successes failures denied errors cancelled interrupted } } }`)
  const sum = (name: string) =>
    requestLogHistogram.bins.reduce((all: number, bin: Record<string, number>) => all + (bin[name] ?? 0), 0)
  for (const name of ['successes', 'failures', 'denied', 'errors', 'cancelled', 'interrupted'] as const)
    expect([name, sum(name)]).toEqual([name, COUNTED[name]])
})

test("REST counts them beside the original product's members, which stay as they are", async () => {
  const stats = await fetch(`${latchkey.url}/api/api-keys/${apiKeyId}/stats?days=1`, {
    headers: { authorization: `Bearer ${latchkey.adminToken}` },
  })
  expect(await stats.json()).toMatchObject({
    total_calls: 16,
    successful_calls: 6,
    failed_calls: 10,
    success_rate: 37.5,
    denied_calls: 4,
    error_calls: 3,
    cancelled_calls: 2,
    interrupted_calls: 1,
    admitted_success_rate: 50,
  })
})

test('the counts are those of the request logs', async () => {
  expect((await verifyLedger(latchkey.app.store)).disagreements).toEqual([])
})
