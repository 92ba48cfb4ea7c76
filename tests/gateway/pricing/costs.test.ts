// What calls cost, against receipts worked out by hand.
import { Latchkey } from '@latchkey/sdk'
import { storedReceipt } from '@latchkey/server/domain/pricing/stored-receipt.ts'
import { verifyLedger } from '@latchkey/server/ledger/verify/verify.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { chat, post } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { makePricedModel, type PricedModel } from '../../support/server/priced-models.ts'
import { logInTime, logOf } from '../../support/server/request-logs.ts'
import {
  COMPLETION,
  chatChunks,
  chatStream,
  event,
  startEvents,
  USAGE,
} from '../../support/upstreams/chat-responses.ts'
import { json, startUpstream, type TestUpstream } from '../../support/upstreams/upstream.ts'

let upstream: TestUpstream
let latchkey: TestLatchkey
let secret = ''

const model = (fields: Omit<PricedModel, 'baseUrl'>) =>
  makePricedModel(latchkey, { baseUrl: upstream.baseUrl, ...fields })
const responseUsage = (usage: object, more: object = {}) =>
  upstream.respondWith((_request, response) => json(response, 200, { ...COMPLETION, usage, ...more }))

async function costOf(reply: Response) {
  expect(reply.status).toBe(200)
  await reply.arrayBuffer()
  const log = await logOf(latchkey, reply)
  const receipt = storedReceipt(log.receipt)
  return {
    ...log,
    lines: receipt?.lines.map(({ unit, quantity }) => [unit, quantity]) ?? null,
    by: receipt?.source,
  }
}

beforeAll(async () => {
  upstream = await startUpstream(() => undefined)
  latchkey = await startLatchkey({
    env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl, LATCHKEY_DRAIN_SECONDS: '20' },
  })
  secret = (await latchkey.createKey()).secret
  // $2.50, cached $1.25, out $10: 2500, 1250 and 10000 nano-dollars a token.
  await model({
    name: 'inclusive',
    price: { INPUT_TOKEN: '2.5', CACHED_INPUT_TOKEN: '1.25', OUTPUT_TOKEN: '10' },
  })
  await model({
    name: 'exclusive',
    price: { INPUT_TOKEN: '3', CACHED_INPUT_TOKEN: '0.3', CACHE_WRITE_TOKEN: '3.75', OUTPUT_TOKEN: '15' },
  })
  await model({ name: 'listed', kind: 'OPENAI', upstreamModel: 'gpt-4o' })
  await model({ name: 'listed-painter', kind: 'OPENAI', upstreamModel: 'gpt-image-1.5' })
  await model({ name: 'listed-embedding', kind: 'OPENAI', upstreamModel: 'text-embedding-3-small' })
  await model({ name: 'thinker', kind: 'GEMINI', upstreamModel: 'gemini-2.5-flash' })
  await model({ name: 'painter', price: { IMAGE: '0.04' } })
  await model({ name: 'speaker', price: { CHARACTER: '15' } })
  await model({ name: 'listener', price: { SECOND: '0.0001' } })
})
beforeEach(() => responseUsage(USAGE))
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

describe('by an admin’s price', () => {
  test('OpenAI: cached tokens are part of the input, reasoning of the output', async () => {
    responseUsage({
      prompt_tokens: 2_006,
      completion_tokens: 300,
      total_tokens: 2_306,
      prompt_tokens_details: { cached_tokens: 1_920 },
      completion_tokens_details: { reasoning_tokens: 128 },
    })
    const log = await costOf(await chat(latchkey, secret, { model: 'inclusive' }))
    expect(log.costNanoUsd).toBe(86 * 2_500 + 1_920 * 1_250 + 300 * 10_000)
    expect(log.by).toEqual({ kind: 'OVERRIDE' })
    expect(log.lines).toEqual([
      ['inputToken', 86],
      ['cachedInputToken', 1_920],
      ['outputToken', 172],
      ['reasoningToken', 128],
    ])
  })

  test('xAI: reasoning is counted on top of the output, as the total says, and is charged', async () => {
    responseUsage({
      prompt_tokens: 10,
      completion_tokens: 13,
      total_tokens: 323,
      completion_tokens_details: { reasoning_tokens: 300 },
    })
    const log = await costOf(await chat(latchkey, secret, { model: 'inclusive' }))
    expect(log).toMatchObject({ inputTokens: 10, outputTokens: 313, reasoningTokens: 300 })
    expect(log.costNanoUsd).toBe(10 * 2_500 + 313 * 10_000)
  })

  test.for([
    { choices: [{ ...COMPLETION.choices[0], usage: USAGE }] },
    { x_groq: { id: 'req_1', usage: USAGE } },
  ])('usage in another place is charged alike: %j', async (elsewhere) => {
    const { usage: _, ...others } = COMPLETION
    upstream.respondWith((_request, response) => json(response, 200, { ...others, ...elsewhere }))
    const log = await costOf(await chat(latchkey, secret, { model: 'inclusive' }))
    expect(log).toMatchObject({ inputTokens: 9, outputTokens: 12, usageSource: 'PROVIDER' })
    expect(log.costNanoUsd).toBe(5 * 2_500 + 4 * 1_250 + 12 * 10_000)
  })

  test('Anthropic: the cache is counted beside the input, and the log has them together', async () => {
    responseUsage({
      input_tokens: 10,
      cache_read_input_tokens: 70,
      cache_creation_input_tokens: 20,
      output_tokens: 5,
    })
    const log = await costOf(await chat(latchkey, secret, { model: 'exclusive' }))
    expect(log.costNanoUsd).toBe(10 * 3_000 + 70 * 300 + 20 * 3_750 + 5 * 15_000)
    expect(log).toMatchObject({
      inputTokens: 100,
      cachedInputTokens: 70,
      cacheWriteInputTokens: 20,
      outputTokens: 5,
    })
    expect(storedReceipt(log.receipt)?.convention).toBe('EXCLUSIVE')
  })

  test('a stream costs what the same response does in one piece', async () => {
    const cost = 5 * 2_500 + 4 * 1_250 + 12 * 10_000
    expect((await costOf(await chat(latchkey, secret, { model: 'inclusive' }))).costNanoUsd).toBe(cost)
    upstream.respondWith((_request, response) => {
      startEvents(response)
      response.end(chatStream(true))
    })
    const log = await costOf(await chat(latchkey, secret, { model: 'inclusive', stream: true }))
    expect(log.costNanoUsd).toBe(cost)
  })

  test('an estimate of usage is one of the cost', async () => {
    upstream.respondWith((_request, response) =>
      json(response, 200, { choices: [{ message: { role: 'assistant', content: 'Hello there' } }] }),
    )
    const messages = [{ role: 'user', content: 'Say hello' }]
    const log = await costOf(await chat(latchkey, secret, { model: 'inclusive', messages }))
    expect(log).toMatchObject({ usageSource: 'ESTIMATED', costNanoUsd: 2 * 2_500 + 2 * 10_000 })
  })

  test('a stream whose client has disconnected is charged for all that was written', async () => {
    const remaining = Promise.withResolvers<void>()
    upstream.respondWith(async (_request, response) => {
      startEvents(response)
      const [first, ...rest] = chatChunks(true)
      response.write(event(first))
      await remaining.promise
      for (const chunk of rest) response.write(event(chunk))
      response.end(event('[DONE]'))
    })
    const leaving = new AbortController()
    const reply = await chat(
      latchkey,
      secret,
      { model: 'inclusive', stream: true },
      { signal: leaving.signal },
    )
    leaving.abort()
    remaining.resolve()
    const log = await logInTime(latchkey, reply.headers.get('x-request-id') ?? '')
    expect(log).toMatchObject({
      outcome: expect.stringMatching(/^(CANCELLED|SUCCESS)$/),
      usageSource: 'PROVIDER',
      costNanoUsd: 5 * 2_500 + 4 * 1_250 + 12 * 10_000,
    })
  })

  test('images from a cache at their own list price', async () => {
    const input_tokens_details = {
      ...{ text_tokens: 10, image_tokens: 90, cached_tokens: 70 },
      cached_tokens_details: { text_tokens: 5, image_tokens: 65 },
    }
    const usage = { input_tokens: 100, output_tokens: 10, total_tokens: 110, input_tokens_details }
    upstream.respondWith((_request, response) => json(response, 200, { data: [{ b64_json: 'a' }], usage }))
    const body = JSON.stringify({ model: 'listed-painter', prompt: 'x' })
    const { lines, costNanoUsd } = await costOf(await post(latchkey, secret, '/v1/images/generations', body))
    expect(lines).toEqual([
      ['inputToken', 5],
      ['cachedInputToken', 5],
      ['cachedInputImageToken', 65],
      ['inputImageToken', 25],
      ['outputImageToken', 10],
    ])
    expect(costNanoUsd).toBe(5 * 5_000 + 5 * 1_250 + 65 * 2_000 + 25 * 8_000 + 10 * 32_000)
  })

  test('images, speech and recordings are paid by the piece', async () => {
    upstream.respondWith((_request, response) => json(response, 200, { data: [{ url: 'a' }, { url: 'b' }] }))
    const body = JSON.stringify({ model: 'painter', prompt: 'x', n: 2 })
    const painted = await costOf(await post(latchkey, secret, '/v1/images/generations', body))
    expect([painted.costNanoUsd, painted.lines]).toEqual([80_000_000, [['image', 2]]])

    upstream.respondWith((_request, response) => {
      response.writeHead(200, { 'content-type': 'audio/mpeg' })
      response.end('sound')
    })
    const said = JSON.stringify({ model: 'speaker', input: 'Grüße 👋', voice: 'alloy' })
    const spoken = await costOf(await post(latchkey, secret, '/v1/audio/speech', said))
    expect([spoken.costNanoUsd, spoken.lines]).toEqual([7 * 15_000, [['character', 7]]])

    upstream.respondWith((_request, response) =>
      json(response, 200, { text: 'Hi', usage: { type: 'duration', seconds: 9.5 } }),
    )
    const form = new FormData()
    form.set('file', new Blob(['sound']), 'speech.mp3')
    form.set('model', 'listener')
    const heard = await fetch(`${latchkey.url}/v1/audio/transcriptions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}` },
      body: form,
    })
    const listened = await costOf(heard)
    expect([listened.costNanoUsd, listened.lines]).toEqual([950_000, [['second', 9.5]]])
    // No tokens were reported.
    expect(listened.usageSource).toBe('NONE')
  })
})

describe('by the list price', () => {
  test('of the upstream’s provider and the model’s name there', async () => {
    const log = await costOf(await chat(latchkey, secret, { model: 'listed' }))
    expect(log.costNanoUsd).toBe(5 * 2_500 + 4 * 1_250 + 12 * 10_000)
    expect(log.by).toMatchObject({ kind: 'CATALOG', provider: 'openai', model: 'gpt-4o' })
  })

  test('an embedding costs its input alone', async () => {
    responseUsage({ prompt_tokens: 8, total_tokens: 8 })
    const body = JSON.stringify({ model: 'listed-embedding', input: 'x' })
    const log = await costOf(await post(latchkey, secret, '/v1/embeddings', body))
    expect([log.costNanoUsd, log.outputTokens]).toEqual([160, null])
  })

  test('what Gemini thinks is in its total alone, and is paid as output', async () => {
    responseUsage({ prompt_tokens: 100, completion_tokens: 10, total_tokens: 310 })
    const log = await costOf(await chat(latchkey, secret, { model: 'thinker' }))
    // $0.30 in, $2.50 out.
    expect(log.costNanoUsd).toBe(100 * 300 + 210 * 2_500)
  })

  test('a model without one has a receipt without prices, and counts as unpriced', async () => {
    const log = await costOf(await chat(latchkey, secret, { model: 'unheard-of' }))
    expect([log.costNanoUsd, log.by]).toEqual([null, null])
    expect(log.lines).toHaveLength(4)
  })
})

test('a call that the upstream refused costs nothing, and is not unpriced', async () => {
  upstream.respondWith((_request, response) => json(response, 400, { error: { message: 'no' } }))
  const reply = await chat(latchkey, secret, { model: 'inclusive' })
  await reply.arrayBuffer()
  expect(await logOf(latchkey, reply)).toMatchObject({ outcome: 'ERROR', costNanoUsd: null, receipt: null })
})

test('rollups are exact, agree with the rows, and the SDK returns them', async () => {
  const sdk = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
  const reply = await chat(latchkey, secret, { model: 'listed' })
  const { lines } = await costOf(reply)
  const log = await sdk.logs.get(reply.headers.get('x-request-id') ?? '')
  expect(log.costUsd).toBe('0.0001375')
  expect(log.receipt).toMatchObject({
    priceSource: 'CATALOG',
    catalog: expect.stringContaining('genai-prices'),
    provider: 'openai',
    model: 'gpt-4o',
    asOf: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
    convention: 'INCLUSIVE',
  })
  expect(log.receipt?.lines).toHaveLength(lines?.length ?? 0)
  expect(log.receipt?.lines[0]).toEqual({
    unit: 'INPUT_TOKEN',
    quantity: 5,
    unitUsd: '2.5',
    usd: '0.0000125',
  })
  const page = await sdk.logs.list({ first: 100 })
  const nano = page.items.reduce((sum, { costUsd }) => sum + Math.round(Number(costUsd ?? 0) * 1e9), 0)
  const { totals, byModel } = await sdk.usage({ range: {} })
  expect(Math.round(Number(totals.costUsd) * 1e9)).toBe(nano)
  expect(totals.unpricedCalls).toBe(1)
  expect(byModel.find((one) => one.model === 'unheard-of')?.totals).toMatchObject({
    costUsd: '0',
    unpricedCalls: 1,
  })
  expect((await verifyLedger(latchkey.app.store)).disagreements).toEqual([])
})

test('admins see where a model’s price comes from', async () => {
  const sdk = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
  await model({ name: 'nobody-knows' })
  await model({ name: 'gpt-*', kind: 'OPENAI' })
  const models = await sdk.models.list({ first: 100 })
  const sources = Object.fromEntries(models.items.map(({ name, priceSource }) => [name, priceSource]))
  expect(sources).toMatchObject({
    inclusive: 'OVERRIDE',
    listed: 'CATALOG',
    'gpt-*': 'CATALOG',
    'nobody-knows': 'NONE',
  })
  expect(models.items.find(({ name }) => name === 'listed')?.listPrice?.base).toContainEqual({
    unit: 'OUTPUT_TOKEN',
    usd: '10',
  })
  expect(models.items.find(({ name }) => name === 'inclusive')).toMatchObject({
    listPrice: null,
    price: { base: expect.arrayContaining([{ unit: 'INPUT_TOKEN', usd: '2.5' }]) },
  })
})
