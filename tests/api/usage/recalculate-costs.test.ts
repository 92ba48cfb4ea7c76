// Recalculating what calls cost: the second receipt, rollups, budgets, progress and who may; through the SDK.
import { Latchkey, UserInputError } from '@latchkey/sdk'
import { aCallRecord } from '@latchkey/server/domain/logs/a-call-record.ts'
import type { CallRecord } from '@latchkey/server/domain/logs/call-record.ts'
import { rollupKeysOf } from '@latchkey/server/domain/usage/rollups.ts'
import { verifyLedger } from '@latchkey/server/ledger/verify/verify.ts'
import { SQL } from '@latchkey/server/store/sql.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chat } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { makePricedModel } from '../../support/server/priced-models.ts'
import { requestIdAt } from '../../support/server/request-ids.ts'
import { requestLogs } from '../../support/server/request-logs.ts'
import { makeRuledKey } from '../../support/server/ruled-keys.ts'
import { COMPLETION } from '../../support/upstreams/chat-responses.ts'
import { json, startUpstream, type TestUpstream } from '../../support/upstreams/upstream.ts'

let upstream: TestUpstream
let server: TestLatchkey
let latchkey: Latchkey
let models: Record<string, string>
let key: { id: number }
let deleted: { id: number }

// 10 tokens in, of them 4 cached, and 20 out, of them 5 reasoning.
const RECEIPT =
  '{"lines":[["inputToken",6,null],["cachedInputToken",4,null],["outputToken",15,null],["reasoningToken",5,null]]}'
const USD = 1e9

beforeAll(async () => {
  upstream = await startUpstream((_request, response) => json(response, 200, COMPLETION))
  server = await startLatchkey({ env: { LATCHKEY_LOG_RETENTION_DAYS: '0' } })
  latchkey = new Latchkey({ url: server.url, adminToken: server.adminToken })
  models = {}
  for (const name of ['late', 'other', 'none', 'budgeted'])
    models[name] = await makePricedModel(server, { baseUrl: upstream.baseUrl, name })
  key = await server.createKey({ name: 'one' })
  deleted = await server.createKey({ name: 'deleted' })
})
afterAll(async () => {
  await server.close()
  await upstream.close()
})

function setPrice(name: string, usd: Record<string, string>) {
  const base = Object.entries(usd).map(([unit, price]) => ({ unit: unit as 'INPUT_TOKEN', usd: price }))
  return latchkey.models.update(models[name] ?? '', { price: { base } })
}

let minute = 0
/** A metered call of the past without a known cost. */
function record(facts: Partial<CallRecord>): CallRecord {
  const made = aCallRecord({
    id: requestIdAt(Date.parse('2026-03-02T10:00:00Z') + 60_000 * minute++),
    apiKeyId: key.id,
    upstream: 'priced-1',
    requestedModel: 'late',
    cachedInputTokens: 4,
    reasoningTokens: 5,
    receipt: RECEIPT,
    ...facts,
  })
  server.app.ledger.record(made)
  return made
}

const recalculate = async (input: Parameters<Latchkey['costs']['recalculate']>[0]) =>
  latchkey.costs.ended((await latchkey.costs.recalculate(input)).id)

/** Sums of request logs by rollup, beside the rollups that are stored. */
async function expectRollupsOfLogs(): Promise<void> {
  const logs = await requestLogs(server)
  const sums = new Map<string, number[]>()
  for (const log of logs) {
    for (const { kind, apiKeyId, bucket, value } of rollupKeysOf(log)) {
      const place = `${kind} ${apiKeyId} ${bucket} ${value}`
      const [cost = 0, unpriced = 0, saved = 0, reserved = 0] = sums.get(place) ?? []
      const isUnpriced = Number(log.receipt !== null && log.costNanoUsd === null)
      sums.set(place, [
        cost + (log.costNanoUsd ?? 0),
        unpriced + isUnpriced,
        saved + (log.cacheSavedNanoUsd ?? 0),
        reserved + (log.reservedNanoUsd ?? 0),
      ])
    }
  }
  const rows = await server.app.store[SQL].all('SELECT * FROM "UsageRollup"', [])
  const stored = rows.map(
    ({ kind, apiKeyId, bucket, value, costNanoUsd, unpricedCalls, cacheSavedNanoUsd, reservedNanoUsd }) => [
      `${kind} ${apiKeyId} ${bucket} ${value}`,
      [costNanoUsd, unpricedCalls, cacheSavedNanoUsd, reservedNanoUsd],
    ],
  )
  expect(new Map(stored as [string, number[]][])).toEqual(sums)
  expect((await verifyLedger(server.app.store)).disagreements).toEqual([])
}

test('a call whose model had no price gets its cost and a second receipt beside the first, in every rollup', async () => {
  const owner = await latchkey.owners.create({ name: 'team' })
  const tags = 'feature=search,team=blue'
  const late = record({
    ownerId: Number(owner.id.slice(4)),
    labels: 'env=prod',
    tags,
    reservedNanoUsd: 300_000,
  })
  const other = record({ requestedModel: 'other', costNanoUsd: 7, receipt: RECEIPT.replaceAll('null', '1') })
  const unpriced = record({ requestedModel: 'none', reservedNanoUsd: 5_000 })
  record({ receipt: null, outcome: 'DENIED', upstream: null, usageSource: 'NONE' })
  await server.app.ledger.settled()
  await setPrice('late', { INPUT_TOKEN: '1', CACHED_INPUT_TOKEN: '0.5', OUTPUT_TOKEN: '10' })
  const before = await requestLogs(server)

  const dry = await recalculate({ dryRun: true })
  // 6 × 1,000 + 4 × 500 + 20 × 10,000 nano-dollars.
  expect(dry).toMatchObject({
    status: 'DONE',
    dryRun: true,
    progress: 1,
    examinedCalls: 2,
    changedCalls: 1,
    unpricedCalls: 1,
    oldCostUsd: '0',
    newCostUsd: '0.000208',
    differenceUsd: '0.000208',
    byModel: [{ model: 'late', others: false, calls: 1, oldCostUsd: '0', newCostUsd: '0.000208' }],
    failure: null,
  })
  expect(await requestLogs(server)).toEqual(before)
  await expectRollupsOfLogs()

  const { byModel, ...done } = await recalculate({})
  expect({ ...dry, ...done, byModel }).toMatchObject({ dryRun: false, changedCalls: 1, unpricedCalls: 1 })
  const logs = new Map((await requestLogs(server)).map((log) => [log.id, log]))
  expect(logs.get(late.id)).toEqual({
    ...late,
    costNanoUsd: 208_000,
    // Budgets count what it has cost from now on.
    reservedNanoUsd: null,
    cacheSavedNanoUsd: 2_000,
    originalCostNanoUsd: null,
    recalculatedReceipt:
      '{"by":"OVERRIDE","lines":[["inputToken",6,1000000000],["cachedInputToken",4,500000000],["outputToken",15,10000000000],["reasoningToken",5,10000000000]]}',
  })
  expect(logs.get(other.id)).toEqual(other)
  expect(logs.get(unpriced.id)).toEqual(unpriced)
  await expectRollupsOfLogs()
  const { receipt, originalCost, costUsd } = await latchkey.logs.get(late.id)
  expect([costUsd, receipt?.priceSource, originalCost?.costUsd, originalCost?.receipt?.priceSource]).toEqual([
    '0.000208',
    'OVERRIDE',
    null,
    'NONE',
  ])
  expect((await recalculate({})).changedCalls).toBe(0)
})

test('a range after a price was wrong: costs may fall, the first cost stays beside the last, and filters hold', async () => {
  const first = record({ requestedModel: 'other', costNanoUsd: 9 * USD })
  const second = record({ requestedModel: 'late', costNanoUsd: 1 * USD, upstream: 'elsewhere' })
  await server.app.ledger.settled()
  await setPrice('other', { INPUT_TOKEN: '2', OUTPUT_TOKEN: '2' })
  const range = { from: new Date(Date.parse('2026-03-02T10:00:00Z') + 60_000 * (minute - 2)).toISOString() }
  expect((await recalculate({ range, missingOnly: false, upstreams: ['none'] })).examinedCalls).toBe(0)
  const apiKeyIds = [`key_${deleted.id}`]
  expect((await recalculate({ range, missingOnly: false, apiKeyIds })).examinedCalls).toBe(0)
  const done = await recalculate({ range, missingOnly: false, models: ['other'] })
  expect(done).toMatchObject({
    changedCalls: 1,
    oldCostUsd: '9',
    newCostUsd: '0.00006',
    differenceUsd: '-8.99994',
  })
  await setPrice('other', { INPUT_TOKEN: '4', OUTPUT_TOKEN: '4' })
  await recalculate({ range, missingOnly: false, models: ['other'] })
  const logs = new Map((await requestLogs(server)).map((log) => [log.id, log]))
  expect(logs.get(first.id)).toMatchObject({
    costNanoUsd: 120_000,
    originalCostNanoUsd: 9 * USD,
    receipt: RECEIPT,
  })
  expect(logs.get(second.id)).toEqual(second)
  await expectRollupsOfLogs()
})

test('hours that have expired: what they cost is in the sums of all past ones; tags beyond the bound are among the others', async () => {
  const { [SQL]: sql } = server.app.store
  const old = record({ id: requestIdAt('2025-01-02T10:00:00Z'), labels: 'env=old', tags: 'a=b' })
  await server.app.ledger.settled()
  const hour = Math.floor(Date.parse('2025-01-02T10:00:00Z') / 3_600_000)
  await sql.batch([
    {
      text: `DELETE FROM "UsageRollup" WHERE "kind" IN ('KEY_MODEL_HOUR', 'SHARED_MODEL_HOUR') AND "bucket" = $1`,
      values: [hour],
    },
    {
      text: `UPDATE "UsageRollup" SET "value" = 'other' WHERE "kind" IN ('TAG_HOUR', 'TAG_DAY') AND "value" = 'a=b'`,
      values: [],
    },
  ])
  await recalculate({ range: { to: '2025-02-01T00:00:00Z' } })
  const rows = await sql.all(
    `SELECT "kind", "value", "calls", "costNanoUsd" FROM "UsageRollup"
     WHERE "kind" LIKE '%_PAST' OR ("kind" LIKE 'TAG_%' AND "value" = 'other') ORDER BY 1`,
    [],
  )
  expect(rows).toEqual([
    { kind: 'KEY_MODEL_PAST', value: 'late', calls: 0, costNanoUsd: 208_000 },
    { kind: 'SHARED_MODEL_PAST', value: 'env=old late', calls: 0, costNanoUsd: 208_000 },
    { kind: 'TAG_DAY', value: 'other', calls: 1, costNanoUsd: 208_000 },
    { kind: 'TAG_HOUR', value: 'other', calls: 1, costNanoUsd: 208_000 },
  ])
  expect((await latchkey.logs.get(old.id)).costUsd).toBe('0.000208')
})

test('budgets of the window of now count what calls cost after it, at once', async () => {
  const ruled = await makeRuledKey(server, {
    budgets: [{ window: 'TOTAL', limitUsd: '0.001', unpriced: 'ALLOW' }],
  })
  const call = async () => {
    const response = await chat(server, ruled.secret, {
      model: 'budgeted',
      prompt_cache_key: String(Math.random()),
    })
    await response.arrayBuffer()
    return response.status
  }
  expect([await call(), await call()]).toEqual([200, 200])
  await server.app.ledger.settled()
  await setPrice('budgeted', { INPUT_TOKEN: '0', OUTPUT_TOKEN: '100' })
  const spent = async () => {
    const response = await fetch(`${server.url}/v1/key`, {
      headers: { authorization: `Bearer ${ruled.secret}` },
    })
    return ((await response.json()) as { budgets: { spent_usd: string }[] }).budgets
  }
  const before = JSON.stringify(await spent())
  const done = await recalculate({ models: ['budgeted'] })
  expect(done).toMatchObject({ changedCalls: 2, newCostUsd: '0.0024' })
  expect(JSON.stringify(await spent())).not.toBe(before)
  expect(await call()).toBe(429)
})

test('one at a time, and refusals name what is wrong', async () => {
  const now = new Date()
  const { prisma } = server.app.store
  // One that nobody has begun with.
  const { id } = await prisma.costRecalculation.create({
    data: {
      status: 'RUNNING',
      createdAt: now,
      updatedAt: now,
      fromAt: now,
      toAt: now,
      missingOnly: true,
      examinedCalls: 0n,
      changedCalls: 0n,
      differenceNanoUsd: 0n,
      unpricedCalls: 0n,
    },
  })
  await expect(latchkey.costs.recalculate({})).rejects.toThrow(`rec_${id} is running`)
  expect(await latchkey.costs.cancel(`rec_${id}`)).toMatchObject({ status: 'CANCELLED' })
  expect((await latchkey.costs.recalculations(1)).map((each) => each.id)).toEqual([`rec_${id}`])
  for (const [input, message] of [
    [{ models: [] }, 'models must have 1 to 100 members'],
    [{ models: Array.from({ length: 101 }, () => 'm') }, 'models must have 1 to 100 members'],
    [{ upstreams: ['a\nb'] }, 'upstreams: a member is plain text'],
    [{ apiKeyIds: ['x'] }, 'not the id of an API key'],
  ] as const)
    await expect(latchkey.costs.recalculate(structuredClone(input) as object)).rejects.toThrow(message)
  await expect(latchkey.costs.recalculate({ models: [] })).rejects.toThrow(UserInputError)
  const range = { from: '2026-02-02T00:00:00Z', to: '2026-02-01T00:00:00Z' }
  await expect(latchkey.costs.recalculate({ range })).rejects.toThrow('range.from is after range.to')
  await expect(latchkey.costs.cancel('rec_999')).rejects.toThrow('no recalculation')
  await expect(latchkey.costs.recalculation('rec_999')).rejects.toThrow('no such recalculation')
})

test('an actor that is restricted to owners neither starts nor sees any', async () => {
  const owner = await latchkey.owners.create({ name: 'theirs' })
  const { token } = await latchkey.adminTokens.create({
    name: 'restricted',
    scopes: ['usage:write'],
    ownerIds: [owner.id],
  })
  const restricted = new Latchkey({ url: server.url, adminToken: token })
  const refusals = [
    () => restricted.costs.recalculate({}),
    () => restricted.costs.recalculations(),
    () => restricted.costs.recalculation('rec_1'),
    () => restricted.costs.cancel('rec_1'),
  ]
  for (const refused of refusals) await expect(refused()).rejects.toThrow('restricted to owners')
})
