// Money that a key may spend, at the wire: no call is admitted that could cost more than remains.

import { Latchkey } from '@latchkey/sdk'
import { BUDGET_WINDOWS } from '@latchkey/server/domain/policy/windows.ts'
import { verifyLedger } from '@latchkey/server/ledger/verify/verify.ts'
import { SQL } from '@latchkey/server/store/sql.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { chat, errorOf, post } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { makePricedModel } from '../../support/server/priced-models.ts'
import { logOf } from '../../support/server/request-logs.ts'
import { makeRuledKey, setPolicy } from '../../support/server/ruled-keys.ts'
import { COMPLETION, chatChunks, event, startEvents } from '../../support/upstreams/chat-responses.ts'
import { json, startUpstream, type TestUpstream } from '../../support/upstreams/upstream.ts'

// $1 and $10 for a million tokens.
const [IN, OUT] = [1_000, 10_000]
// Of COMPLETION, none of it at a price of its own: 9 in, 12 out.
const COMPLETION_NANO = 9 * IN + 12 * OUT

let upstream: TestUpstream
let latchkey: TestLatchkey

beforeAll(async () => {
  upstream = await startUpstream(() => undefined)
  latchkey = await startLatchkey({ env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl } })
  const { baseUrl } = upstream
  await makePricedModel(latchkey, { baseUrl, name: 'paid', price: { INPUT_TOKEN: '1', OUTPUT_TOKEN: '10' } })
  await makePricedModel(latchkey, {
    baseUrl,
    name: 'capped',
    price: { INPUT_TOKEN: '1', OUTPUT_TOKEN: '10' },
    maxOutputTokens: 100,
  })
  await makePricedModel(latchkey, { baseUrl, name: 'listener', price: { SECOND: '0.01' } })
})
beforeEach(() => {
  upstream.respondWith((_request, response) => json(response, 200, COMPLETION))
  upstream.received.length = 0
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

const budget = (limitUsd: string, more: object = {}) => ({ window: 'MONTH', limitUsd, ...more })
const keyWith = (...budgets: object[]) => makeRuledKey(latchkey, { budgets })
const usd = (nano: number) => String(nano / 1e9)

async function call(secret: string, fields: object = {}) {
  const reply = await chat(latchkey, secret, { model: 'paid', max_tokens: 12, ...fields })
  if (reply.status === 200) await reply.arrayBuffer()
  return reply
}

async function connection(secret: string) {
  const reply = await fetch(`${latchkey.url}/v1/key`, { headers: { authorization: `Bearer ${secret}` } })
  return (await reply.json()) as { budgets: Record<string, unknown>[] }
}

async function refused(reply: Response, status: number) {
  expect(reply.status).toBe(status)
  const error = await errorOf(reply)
  const log = await logOf(latchkey, reply)
  expect(log).toMatchObject({ outcome: 'DENIED', upstream: null, costNanoUsd: null, receipt: null })
  return { ...error, errorCode: log.errorCode }
}

test('of 200 concurrent calls no more are admitted than the budget allows, and later ones use up the remainder', async () => {
  // The longest response that was requested, and all of the input that could be in it.
  const spend = (body: { max_tokens: number }, bytes: number) => ({
    prompt_tokens: Math.ceil(bytes / 4),
    completion_tokens: body.max_tokens,
  })
  upstream.respondWith((request, response) =>
    json(response, 200, {
      ...COMPLETION,
      usage: spend(request.json as { max_tokens: number }, request.body.length),
    }),
  )
  const limitNano = 20_000_000
  const { secret, number } = await keyWith(budget(usd(limitNano), { window: 'TOTAL' }))
  const responses = await Promise.all(Array.from({ length: 200 }, () => call(secret, { max_tokens: 100 })))
  const admitted = responses.filter(({ status }) => status === 200).length
  expect(admitted).toBe(upstream.received.length)
  expect(admitted).toBeGreaterThanOrEqual(10)
  const early = await refused(responses.find(({ status }) => status !== 200) ?? Response.error(), 429)
  expect(early).toMatchObject({ type: 'insufficient_quota', errorCode: 'budget_exhausted' })
  // One after the other, since a reservation is more than what the call uses.
  for (;;) if ((await call(secret, { max_tokens: 100 })).status !== 200) break
  const spent = await spentBy(number)
  expect(spent).toBeLessThanOrEqual(limitNano)
  expect(spent).toBeGreaterThan(limitNano - 1_100_000)
  const [remaining] = (await connection(secret)).budgets
  expect(remaining).toMatchObject({
    spent_usd: usd(spent),
    reserved_usd: '0',
    remaining_usd: usd(limitNano - spent),
  })
  // A smaller call may still fit.
  expect((await call(secret, { max_tokens: 1 })).status).toBe(limitNano - spent > 100_000 ? 200 : 429)
  expect((await verifyLedger(latchkey.app.store)).disagreements).toEqual([])
})

async function spentBy(apiKeyId: number): Promise<number> {
  await latchkey.app.ledger.settled()
  const [row] = await latchkey.app.store[SQL].all(
    'SELECT sum(l."costNanoUsd") AS spent FROM "RequestLog" l WHERE l."apiKeyId" = $1',
    [apiKeyId],
  )
  return Number(row?.spent)
}

describe('a budget', () => {
  test('is charged what the call cost, streamed and interrupted too', async () => {
    const { secret } = await keyWith(budget('1'))
    await call(secret)
    const spent = async () => Number((await connection(secret)).budgets[0]?.spent_usd) * 1e9
    expect(await spent()).toBeCloseTo(COMPLETION_NANO)
    upstream.respondWith((_request, response) => {
      startEvents(response)
      for (const chunk of chatChunks(true)) response.write(event(chunk))
      response.end(event('[DONE]'))
    })
    await call(secret, { stream: true })
    expect(await spent()).toBeCloseTo(2 * COMPLETION_NANO)
    // Broken off before its usage: what has come is counted.
    upstream.respondWith((_request, response) => {
      startEvents(response)
      response.write(event({ choices: [{ index: 0, delta: { content: 'Hello there' } }] }), () =>
        response.destroy(),
      )
    })
    const broken = await chat(latchkey, secret, { model: 'paid', stream: true, max_tokens: 12 })
    await broken.text().catch(() => 'aborted')
    const log = await logOf(latchkey, broken)
    expect(log).toMatchObject({ outcome: 'ERROR', usageSource: 'ESTIMATED' })
    expect(log.costNanoUsd).toBeGreaterThan(0)
    expect(await spent()).toBeCloseTo(2 * COMPLETION_NANO + (log.costNanoUsd ?? 0))
    // What failed before a response costs nothing, and reserves nothing.
    upstream.respondWith((_request, response) => json(response, 500, { error: { message: 'no' } }))
    expect((await call(secret)).status).toBe(500)
    expect(await spent()).toBeCloseTo(2 * COMPLETION_NANO + (log.costNanoUsd ?? 0))
    expect((await connection(secret)).budgets[0]?.reserved_usd).toBe('0')
  })

  test('goes by the model’s own cap where the client sets none', async () => {
    const { secret } = await keyWith(budget(usd(200 * OUT)))
    // 4,096 tokens are assumed of a model that nobody has capped.
    const large = await refused(await call(secret, { max_tokens: undefined }), 429)
    expect(large).toMatchObject({
      errorCode: 'budget_exhausted',
      message: expect.stringContaining('max_tokens'),
    })
    expect((await call(secret, { model: 'capped', max_tokens: undefined })).status).toBe(200)
  })

  test('releases what a client that disconnects has not used', async () => {
    upstream.respondWith(() => undefined)
    const { secret } = await keyWith(budget(usd(150 * OUT)))
    const leaving = new AbortController()
    const remaining = chat(latchkey, secret, { model: 'paid', max_tokens: 100 }, { signal: leaving.signal })
    await expect.poll(() => upstream.received.length).toBe(1)
    expect((await connection(secret)).budgets[0]?.reserved_usd).not.toBe('0')
    expect((await call(secret, { max_tokens: 100 })).status).toBe(429)
    leaving.abort()
    await remaining.catch(() => undefined)
    upstream.respondWith((_request, response) => json(response, 200, COMPLETION))
    await expect.poll(async () => (await call(secret, { max_tokens: 100 })).status).toBe(200)
  })

  test('for some models is not touched by others', async () => {
    const { secret } = await keyWith(budget(usd(COMPLETION_NANO), { model: 'capp*' }))
    expect((await call(secret)).status).toBe(200)
    expect((await call(secret, { model: 'capped' })).status).toBe(429)
    expect((await call(secret, { model: 'unpriced' })).status).toBe(200)
  })

  test('only watches in shadow', async () => {
    const { secret } = await keyWith(budget('0.000001', { mode: 'SHADOW' }))
    const reply = await call(secret)
    expect(reply.status).toBe(200)
    expect((await logOf(latchkey, reply)).shadowDenials).toBe('budget_exhausted')
    expect((await connection(secret)).budgets).toEqual([])
  })

  test('survives a change of the policy, and is known again from the ledger', async () => {
    const key = await keyWith(budget('1', { window: 'TOTAL' }))
    await call(key.secret)
    await setPolicy(latchkey, key, null)
    await call(key.secret)
    const budgets = BUDGET_WINDOWS.map((window) => budget('1', { window, timeZone: 'Asia/Kathmandu' }))
    await setPolicy(latchkey, key, { budgets: [...budgets, budget('1', { window: 'TOTAL' })] })
    const spent = (await connection(key.secret)).budgets.map(({ window, spent_usd }) => [window, spent_usd])
    expect(spent).toContainEqual(['total', usd(2 * COMPLETION_NANO)])
    expect(spent).toContainEqual(['month', usd(2 * COMPLETION_NANO)])
    expect(spent).toHaveLength(BUDGET_WINDOWS.length + 1)
  })
})

describe('a call whose price is not known', () => {
  test('is denied, unless the budget says otherwise', async () => {
    const strict = await keyWith(budget('1'))
    expect(await refused(await call(strict.secret, { model: 'unpriced' }), 403)).toMatchObject({
      code: 'price_unknown',
      errorCode: 'price_unknown',
    })
    const lenient = await keyWith(budget('1', { unpriced: 'ALLOW' }))
    const reply = await call(lenient.secret, { model: 'unpriced' })
    expect(reply.status).toBe(200)
    expect(await logOf(latchkey, reply)).toMatchObject({ costNanoUsd: null, receipt: expect.any(String) })
    expect((await connection(lenient.secret)).budgets[0]?.spent_usd).toBe('0')
  })

  test.for([
    ['a batch', '/v1/batches', '{"input_file_id":"f"}', 403],
    ['a run', '/v1/threads/t/runs', '{}', 403],
    ['a response in the background', '/v1/responses', '{"model":"paid","background":true}', 403],
    ['a store of files', '/v1/vector_stores', '{}', 200],
    ['a count of tokens', '/v1/responses/input_tokens', '{"model":"unpriced"}', 200],
  ] as const)('%s', async ([, path, body, status]) => {
    const { secret } = await keyWith(budget('1'))
    expect((await post(latchkey, secret, path, body)).status).toBe(status)
  })

  test.for([
    ['listener', 200],
    ['unpriced', 403],
  ] as const)('a form is judged by the model in it: %s', async ([model, status]) => {
    upstream.respondWith((_request, response) =>
      json(response, 200, { text: 'Hi', usage: { type: 'duration', seconds: 3 } }),
    )
    const { secret } = await keyWith(budget('1'), budget('1', { window: 'DAY', model: 'listen*' }))
    const form = new FormData()
    form.set('model', model)
    form.set('file', new Blob(['x'.repeat(100_000)]), 'speech.mp3')
    const reply = await fetch(`${latchkey.url}/v1/audio/transcriptions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}` },
      body: form,
    })
    await reply.arrayBuffer()
    expect(reply.status).toBe(status)
    if (status === 403) expect((await logOf(latchkey, reply)).errorCode).toBe('price_unknown')
    else expect((await connection(secret)).budgets[0]?.spent_usd).toBe('0.03')
  })

  // Some parsers take a name without quotes, and some upstreams have a model of their own for a form that names none.
  test.for([
    ['an unpriced model where it is easily missed', 'name=model\r\n\r\nunpriced', 403],
    ['a priced one there', 'name=model\r\n\r\nlistener', 200],
    ['no model', 'name="prompt"\r\n\r\nx', 403],
  ] as const)('a form with %s', async ([, field, status]) => {
    upstream.respondWith((_request, response) =>
      json(response, 200, { text: 'Hi', usage: { type: 'duration', seconds: 3 } }),
    )
    const { secret } = await keyWith(budget('1'))
    const reply = await fetch(`${latchkey.url}/v1/audio/transcriptions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'multipart/form-data; boundary=x' },
      body: `--x\r\nContent-Disposition: form-data; ${field}\r\n--x--\r\n`,
    })
    await reply.arrayBuffer()
    expect(reply.status).toBe(status)
    if (status === 403) expect((await logOf(latchkey, reply)).errorCode).toBe('price_unknown')
    else expect((await connection(secret)).budgets[0]?.spent_usd).toBe('0.03')
  })
})

test('admins set budgets, get errors for invalid ones, and see what remains', async () => {
  const sdk = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
  const { apiKey, secret } = await sdk.keys.create({
    name: 'budgeted',
    policy: {
      budgets: [{ window: 'MONTH', limitUsd: '20.50', timeZone: 'europe/berlin', warnAtPercent: 80 }],
    },
  })
  expect(apiKey.policy?.budgets).toEqual([
    {
      window: 'MONTH',
      limitUsd: '20.5',
      timeZone: 'Europe/Berlin',
      warnAtPercent: 80,
      model: null,
      unpriced: 'DENY',
      mode: 'ENFORCE',
    },
  ])
  await call(secret)
  const { verdicts, admitted } = await sdk.keys.explain(apiKey.id, { model: 'paid', costUsd: '0.25' })
  expect(admitted).toBe(true)
  expect(verdicts).toMatchObject([
    {
      rule: 'BUDGET',
      refusal: null,
      window: 'MONTH',
      limit: null,
      limitUsd: '20.5',
      spentUsd: usd(COMPLETION_NANO),
      reservedUsd: '0',
      remainingUsd: '20.499871',
      requestedUsd: '0.25',
      resetsAt: expect.stringMatching(/T2[23]:00:00/),
    },
  ])
  const unpriced = await sdk.keys.explain(apiKey.id, { model: 'unpriced' })
  expect(unpriced.refusal?.code).toBe('price_unknown')
  expect((await sdk.keys.explain(apiKey.id, { model: 'paid', costUsd: '21' })).admitted).toBe(false)
  await expect(sdk.keys.explain(apiKey.id, { model: 'paid', costUsd: '-1' })).rejects.toThrow(/costUsd/)
  for (const [fields, field] of [
    [{ limitUsd: '0' }, 'limitUsd'],
    [{ limitUsd: '1000001' }, 'limitUsd'],
    [{ limitUsd: 'much' }, 'limitUsd'],
    [{ timeZone: 'Mars/Base' }, 'timeZone'],
    [{ warnAtPercent: 101 }, 'warnAtPercent'],
  ] as const) {
    const policy = { budgets: [{ window: 'DAY' as const, limitUsd: '1', ...fields }] }
    await expect(sdk.keys.update(apiKey.id, { policy })).rejects.toThrow(`policy.budgets[0].${field}`)
  }
})

test('a budget that is nearly spent is reported once in the audit log', async () => {
  const key = await keyWith(budget(usd(10 * COMPLETION_NANO), { warnAtPercent: 20 }))
  for (let n = 0; n < 4; n++) await call(key.secret)
  const events = () =>
    latchkey.app.store.prisma.auditEvent.findMany({
      where: { targetId: key.id, action: 'api_key.budget_warning' },
    })
  await vi.waitFor(async () => expect(await events()).toHaveLength(1), { timeout: 10_000 })
  const [warning] = await events()
  expect(warning).toMatchObject({ actorType: 'SYSTEM', targetType: 'ApiKey', targetLabel: 'ruled' })
  expect(JSON.parse(warning?.changes ?? '')).toEqual([
    { path: 'budget month spentUsd', before: null, after: usd(2 * COMPLETION_NANO) },
    { path: 'budget month limitUsd', before: null, after: usd(10 * COMPLETION_NANO) },
  ])
})
