// A policy tried on request logs, on the database of the running project: the same as on the calls themselves.
import type { CallRecord } from '@latchkey/server/domain/logs/call-record.ts'
import { BackTestRun, type PastCall } from '@latchkey/server/domain/policy/back-test/back-test.ts'
import { readKeyPolicy } from '@latchkey/server/domain/policy/input/read-key-policy.ts'
import { backTestCalls } from '@latchkey/server/ledger/usage/past-calls.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { callRecordAt, openTestStore, type TestStore } from '../support/databases/open-test-store.ts'
import { seededRandom } from '../support/run/seeded-random.ts'

const FROM = Date.parse('2026-11-15T12:30:30.500Z')
const DAY_MS = 86_400_000

let db: TestStore
beforeAll(async () => {
  db = await openTestStore()
})
afterAll(() => db.close())

function policyOf(input: unknown) {
  const read = readKeyPolicy(input)
  if (!read.ok || read.value === null) throw new Error('no policy')
  return read.value
}

const POLICY = policyOf({
  models: { deny: ['gpt-denied'] },
  addresses: { allow: ['192.0.2.0/24'] },
  limits: [
    { unit: 'REQUESTS', window: 'HOUR', max: 6 },
    { unit: 'REQUESTS', window: 'DAY', max: 20, model: 'gpt*' },
    { unit: 'TOKENS', window: 'DAY', max: 1_500 },
  ],
  concurrency: { maxCalls: 3 },
  budgets: [{ window: 'WEEK', limitUsd: '0.000001', timeZone: 'America/New_York', unpriced: 'ALLOW' }],
})

/** Some thousands of calls of several days, often several in a millisecond, in order; and what the log has of them. */
function manyCalls(apiKeyId: number, count: number): { records: CallRecord[]; calls: PastCall[] } {
  const random = seededRandom(7)
  const pick = <T>(...values: T[]): T => values[Math.floor(random() * values.length)] as T
  // Within the week before: the windows that the time begins in are filled by then.
  let atMs = FROM - 6 * DAY_MS
  const records: CallRecord[] = []
  const calls: PastCall[] = []
  for (let serial = 0; serial < count; serial++) {
    atMs += pick(0, 0, 1, 5_000, 600_000, 1_200_000)
    const isForm = random() < 0.1
    const facts = {
      endpoint: isForm ? '/v1/audio/transcriptions' : '/v1/chat/completions',
      requestedModel: pick('gpt-a', 'alias', 'o1'),
      resolvedModel: pick('real', 'gpt-denied', 'real', 'real'),
      inputTokens: pick(null, 0, 7, 30),
      outputTokens: pick(null, 20),
      costNanoUsd: pick(0, 2, 9, null),
      durationMs: pick(0, 100, 70_000),
      clientIp: pick('192.0.2.1', '192.0.2.9', '192.0.2.200', '198.51.100.1'),
    }
    const isSent = random() < 0.9
    records.push(
      callRecordAt(atMs, serial, {
        ...facts,
        apiKeyId,
        receipt: '{}',
        upstream: isSent ? 'default' : null,
        outcome: isSent ? pick('SUCCESS', 'ERROR', 'CANCELLED') : 'DENIED',
      }),
    )
    if (!isSent) continue
    calls.push({
      atMs,
      durationMs: facts.durationMs,
      address: facts.clientIp,
      endpoint: facts.endpoint,
      usesModel: true,
      model: facts.requestedModel,
      resolvedModel: facts.resolvedModel,
      tokens: (facts.inputTokens ?? 0) + (facts.outputTokens ?? 0),
      costNanoUsd: facts.costNanoUsd,
    })
  }
  return { records, calls }
}

test('says of request logs what it says of the calls, the windows that the time begins in included', async () => {
  const [apiKeyId, other] = [await db.makeKey(), await db.makeKey()]
  const { records, calls } = manyCalls(apiKeyId, 4_600)
  await db.ingest(records)
  await db.ingest([callRecordAt(FROM + 1, 9_999, { apiKeyId: other })])
  const last = calls.at(-1)?.atMs ?? 0
  expect(last).toBeGreaterThan(FROM + 7 * DAY_MS)
  const toMs = last - DAY_MS
  // Monday in New York, which FROM's week begins with.
  const weekStart = Date.parse('2026-11-09T05:00:00Z')
  const run = new BackTestRun({ policy: POLICY, fromMs: FROM })
  for (const call of calls) if (call.atMs >= weekStart && call.atMs < toMs) run.add(call)
  const asked = { apiKeyId, policy: POLICY, fromMs: FROM, toMs }
  const found = await backTestCalls(db.store, asked)
  expect(found).toEqual({ ...run.result(), fromMs: FROM, complete: true })
  for (const { rule, denials } of found.rules) expect([rule, denials > 0]).toEqual([rule, true])

  // Of too many, the newest are read: whole milliseconds of them.
  const newest = records.filter(({ id }) => Number.parseInt(id.slice(4, 16), 16) < toMs).slice(-1_001)
  const boundMs = Number.parseInt(newest[0]?.id.slice(4, 16) ?? '', 16) + 1
  const bounded = new BackTestRun({ policy: POLICY, fromMs: Math.max(FROM, boundMs) })
  for (const call of calls) if (call.atMs >= boundMs && call.atMs < toMs) bounded.add(call)
  expect(await backTestCalls(db.store, asked, 1_000)).toEqual({
    ...bounded.result(),
    fromMs: boundMs,
    complete: false,
  })
})

test('what its upstream refused or never responded to, or only counts, costs nothing', async () => {
  const apiKeyId = await db.makeKey()
  const facts = { apiKeyId, costNanoUsd: null, inputTokens: null, outputTokens: null }
  const failed = { ...facts, outcome: 'ERROR' as const, httpStatus: 502, usageSource: 'NONE' as const }
  const form = { method: 'POST', endpoint: '/v1/audio/transcriptions', requestedModel: null }
  await db.ingest([
    callRecordAt(FROM, 11, failed),
    callRecordAt(FROM, 12, { ...failed, ...form }),
    callRecordAt(FROM, 13, { ...failed, method: 'POST', endpoint: '/v1/batches', requestedModel: null }),
    callRecordAt(FROM, 14, { ...failed, receipt: '{"lines":[]}' }),
    callRecordAt(FROM, 16, { ...facts, method: 'POST', endpoint: '/v1/responses/input_tokens' }),
    callRecordAt(FROM, 15, { ...facts, outcome: 'INTERRUPTED' }),
  ])
  const policy = policyOf({ budgets: [{ window: 'DAY', limitUsd: '1' }] })
  expect(await backTestCalls(db.store, { apiKeyId, policy, fromMs: FROM, toMs: FROM + 1 })).toMatchObject({
    calls: 6,
    denied: 3,
    rules: [{ unpriced: 3 }],
  })
})

test('what reaches no model costs nothing, and is not a call of any', async () => {
  const apiKeyId = await db.makeKey()
  const facts = { apiKeyId, requestedModel: null, resolvedModel: null, costNanoUsd: null }
  await db.ingest([
    callRecordAt(FROM, 1, { ...facts, method: 'GET', endpoint: '/v1/files' }),
    callRecordAt(FROM, 2, { ...facts, method: 'POST', endpoint: '/v1/batches' }),
    callRecordAt(FROM, 3, { ...facts, method: 'GET', endpoint: '/v1/realtime', requestedModel: 'o1' }),
  ])
  const tried = (policy: object) =>
    backTestCalls(db.store, { apiKeyId, policy: policyOf(policy), fromMs: FROM, toMs: FROM + 1 })
  expect(await tried({ budgets: [{ window: 'DAY', limitUsd: '1' }] })).toMatchObject({
    calls: 3,
    denied: 2,
    rules: [{ unpriced: 2 }],
  })
  expect(await tried({ models: { allow: ['o1'] } })).toMatchObject({ calls: 3, denied: 1 })
})
