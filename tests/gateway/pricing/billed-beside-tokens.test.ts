// What is billed beside tokens: service tiers, built-in tools, and what an upstream says itself that a call cost.
import { Latchkey } from '@latchkey/sdk'
import { storedReceipt } from '@latchkey/server/domain/pricing/stored-receipt.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chat, post } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { makePricedModel, type PricedModel } from '../../support/server/priced-models.ts'
import { logOf } from '../../support/server/request-logs.ts'
import { makeRuledKey } from '../../support/server/ruled-keys.ts'
import { COMPLETION, event, startEvents } from '../../support/upstreams/chat-responses.ts'
import { json, startUpstream, type TestUpstream } from '../../support/upstreams/upstream.ts'

let upstream: TestUpstream
let latchkey: TestLatchkey
let sdk: Latchkey
let secret = ''
let sharing = ''

const model = (fields: Omit<PricedModel, 'baseUrl'>) =>
  makePricedModel(latchkey, { baseUrl: upstream.baseUrl, ...fields })

const client = () => new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })

async function restart(): Promise<void> {
  await latchkey.restart()
  sdk = client()
}

beforeAll(async () => {
  upstream = await startUpstream(() => undefined)
  latchkey = await startLatchkey({ env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl } })
  sdk = client()
  secret = (await latchkey.createKey()).secret
  sharing = (await sdk.keys.create({ name: 'sharing', policy: { sharedObjects: true } })).secret
  await model({ name: 'listed', kind: 'OPENAI', upstreamModel: 'gpt-4.1' })
  await model({ name: 'searcher', kind: 'OPENAI', upstreamModel: 'gpt-4o-search-preview' })
  await model({
    name: 'sonar',
    kind: 'GENERIC',
    upstreamModel: 'sonar-pro',
    price: { REQUEST: '0.014', INPUT_TOKEN: '3', OUTPUT_TOKEN: '15' },
  })
  await model({ name: 'own', price: { INPUT_TOKEN: '2', OUTPUT_TOKEN: '8' } })
  await model({
    name: 'own-tools',
    price: {
      INPUT_TOKEN: '2',
      OUTPUT_TOKEN: '8',
      CODE_SESSION: '0.03',
      TOOL_IMAGE: '0.04',
      WEB_SEARCH: '0.01',
    },
  })
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

const CHAT_USAGE = { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 }
const RESPONSE_USAGE = { input_tokens: 100, output_tokens: 10, total_tokens: 110 }
// gpt-4.1: 2000 nano-dollars a token in, 8000 out.
const TOKENS = 100 * 2_000 + 10 * 8_000

async function costOf(reply: Response) {
  expect(reply.status).toBe(200)
  await reply.arrayBuffer()
  const log = await logOf(latchkey, reply)
  const shown = await sdk.logs.get(log.id)
  const receipt = storedReceipt(log.receipt)
  return {
    cost: log.costNanoUsd,
    tier: log.serviceTier,
    why: shown.receipt?.unknownCostReason ?? null,
    source: shown.receipt?.priceSource,
    lines: receipt?.lines.map(({ unit, quantity }) => [unit, quantity]),
    fees: receipt?.lines
      .filter(({ unit }) => !unit.endsWith('Token'))
      .map(({ unit, quantity }) => [unit, quantity]),
  }
}

async function chatCost(name: string, more: object, usage: object = CHAT_USAGE) {
  upstream.respondWith((_request, response) => json(response, 200, { ...COMPLETION, usage, ...more }))
  return costOf(await chat(latchkey, secret, { model: name }))
}

async function responseCost(name: string, more: object) {
  const body = {
    id: 'resp_1',
    object: 'response',
    status: 'completed',
    model: 'm',
    output: [],
    usage: RESPONSE_USAGE,
    ...more,
  }
  upstream.respondWith((request, response) => {
    if (!request.body.toString().includes('"stream":true')) return json(response, 200, body)
    startEvents(response)
    response.end(event({ type: 'response.completed', sequence_number: 1, response: body }))
  })
  const send = (stream: boolean) =>
    post(latchkey, secret, '/v1/responses', JSON.stringify({ model: name, input: 'x', stream }))
  const whole = await costOf(await send(false))
  expect(await costOf(await send(true))).toEqual(whole)
  return whole
}

describe('the service tier of a response', () => {
  test.for(['default', 'standard', 'auto', 'on_demand'])('%s costs the list price', async (tier) => {
    expect(await chatCost('listed', { service_tier: tier })).toMatchObject({ cost: TOKENS, tier, why: null })
  })

  test.for(['flex', 'priority', 'batch', 'scale', 'performance', 'Priority', 'of-tomorrow'])(
    '%s is logged, and what it costs is unknown, with the reason',
    async (tier) => {
      const unknown = { cost: null, tier, why: 'SERVICE_TIER' }
      expect(await chatCost('listed', { service_tier: tier })).toMatchObject(unknown)
      expect(await chatCost('own', { service_tier: tier })).toMatchObject(unknown)
      expect(await responseCost('listed', { service_tier: tier })).toMatchObject(unknown)
    },
  )

  test('counts where Anthropic has it, and in a stream; what was requested does not', async () => {
    expect(await chatCost('listed', {}, { ...CHAT_USAGE, service_tier: 'priority' })).toMatchObject({
      tier: 'priority',
      why: 'SERVICE_TIER',
    })
    upstream.respondWith((_request, response) => {
      startEvents(response)
      const chunk = { id: 'c', object: 'chat.completion.chunk', service_tier: 'flex', choices: [] }
      response.write(event({ ...chunk, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }))
      response.write(event({ ...chunk, usage: CHAT_USAGE }))
      response.end(event('[DONE]'))
    })
    const streamed = await chat(latchkey, secret, { model: 'listed', stream: true, service_tier: 'default' })
    expect(await costOf(streamed)).toMatchObject({ cost: null, tier: 'flex', why: 'SERVICE_TIER' })
    upstream.respondWith((_request, response) =>
      json(response, 200, { ...COMPLETION, usage: CHAT_USAGE, service_tier: 'default' }),
    )
    const asked = await chat(latchkey, secret, { model: 'listed', service_tier: 'flex' })
    expect(await costOf(asked)).toMatchObject({ cost: TOKENS, tier: 'default' })
  })

  test.for(['flex', 'priority', 'of-tomorrow'])(
    '%s, chosen by the upstream, takes of a budget what the call reserved',
    async (tier) => {
      const budgets = [{ window: 'TOTAL', limitUsd: '0.01' }]
      const key = await makeRuledKey(latchkey, { budgets })
      upstream.respondWith((_request, response) =>
        json(response, 200, { ...COMPLETION, usage: CHAT_USAGE, service_tier: tier }),
      )
      // Each reserves 0.004 dollars for its output, and less than a thousandth for its input.
      const statuses: number[] = []
      for (let n = 0; n < 4; n++) {
        const reply = await chat(latchkey, key.secret, { model: 'listed', max_tokens: 500 })
        await reply.arrayBuffer()
        statuses.push(reply.status)
      }
      expect(statuses).toEqual([200, 200, 429, 429])
    },
  )

  test('such a call still takes as much of the budgets of its key, owner and label after a restart, until its cost is known', async () => {
    upstream.respondWith((_request, response) =>
      json(response, 200, { ...COMPLETION, usage: CHAT_USAGE, service_tier: 'flex' }),
    )
    const budgets = [{ window: 'TOTAL' as const, limitUsd: '0.01' }]
    const label = { name: 'tier', value: 'flex' }
    const owner = await sdk.owners.create({ name: 'of flex', policy: { budgets } })
    await sdk.labelLimits.create({ name: 'flex', label, policy: { budgets } })
    const keys = [
      await sdk.keys.create({ name: 'itself', policy: { budgets } }),
      await sdk.keys.create({ name: 'owned', ownerId: owner.id }),
      await sdk.keys.create({ name: 'labelled', labels: [label] }),
    ]
    const statuses = (calls: number) =>
      Promise.all(
        keys.map(async (key) => {
          const all: number[] = []
          for (let n = 0; n < calls; n++) {
            const reply = await chat(latchkey, key.secret, { model: 'listed', max_tokens: 500 })
            await reply.arrayBuffer()
            all.push(reply.status)
          }
          return all
        }),
      )
    expect(await statuses(2)).toEqual([200, 200, 200].map((status) => [status, status]))
    await restart()
    expect(await statuses(1)).toEqual([[429], [429], [429]])
    const { items } = await sdk.logs.list({
      filter: { apiKeyId: [keys[0]?.apiKey.id ?? ''], outcome: ['SUCCESS'] },
    })
    expect(items).toMatchObject(
      [1, 2].map(() => ({ costUsd: null, reservedUsd: expect.stringMatching(/^0\.004/) })),
    )
  })

  test.for([1, null, {}, 'x'.repeat(1_000), '\u0000'])('that is no name (%j) harms nothing', async (tier) => {
    const { tier: logged } = await chatCost('listed', { service_tier: tier })
    expect(logged?.length ?? 0).toBeLessThanOrEqual(64)
  })
})

describe('built-in tools', () => {
  const search = (action?: string) => ({
    type: 'web_search_call',
    status: 'completed',
    ...(action && { action: { type: action, query: 'x' } }),
  })
  const code = (container?: string) => ({ type: 'code_interpreter_call', container_id: container, code: 'x' })

  test('the searches of a response are charged by the list price', async () => {
    const output = [
      search(),
      search('search'),
      search('open_page'),
      { type: 'file_search_call' },
      { type: 'message' },
    ]
    expect(await responseCost('listed', { output })).toMatchObject({
      cost: TOKENS + 2 * 10_000_000 + 2_500_000,
      tier: null,
      why: null,
      source: 'CATALOG',
      fees: [
        ['webSearch', 2],
        ['fileSearch', 1],
      ],
    })
  })

  test('also where a response only counts them', async () => {
    const tool_usage = { web_search: { num_requests: 3 }, image_gen: { total_tokens: 0 } }
    const { cost, fees } = await responseCost('listed', { tool_usage })
    expect([cost, fees]).toEqual([TOKENS + 3 * 10_000_000, [['webSearch', 3]]])
  })

  test.for<[string, unknown]>([
    ['Anthropic', { server_tool_use: { web_search_requests: 2 } }],
    ['xAI', { server_side_tool_usage_details: { web_search_calls: 1, x_search_calls: 1 } }],
    ['xAI, live search', { num_sources_used: 2 }],
  ])('and in the usage of %s', async ([, usage]) => {
    const { cost, fees } = await chatCost('listed', {}, { ...CHAT_USAGE, ...(usage as object) })
    expect([cost, fees]).toEqual([TOKENS + 2 * 10_000_000, [['webSearch', 2]]])
  })

  test.for<[string, object[], [string, number][]]>([
    ['code interpreter, by its container', [code('a'), code('a'), code('b')], [['codeSession', 2]]],
    ['code interpreter without a container', [code(), code()], [['codeSession', 2]]],
    ['an image that is made', [{ type: 'image_generation_call', result: 'aaaa' }], [['toolImage', 1]]],
  ])('%s: unknown without a price, charged with one', async ([, output, fees]) => {
    const unknown = { cost: null, why: 'UNIT_WITHOUT_PRICE', fees }
    expect(await responseCost('listed', { output })).toMatchObject(unknown)
    expect(await responseCost('own', { output })).toMatchObject(unknown)
    const { cost } = await responseCost('own-tools', { output })
    expect(cost).toBe(TOKENS + (fees[0]?.[1] ?? 0) * (fees[0]?.[0] === 'toolImage' ? 40_000_000 : 30_000_000))
  })

  test('in a response too large to be held whole', async () => {
    const output = [
      search(),
      { type: 'image_generation_call', result: 'a'.repeat(1_500_000) },
      search(),
      code('a'),
    ]
    const { cost } = await responseCost('own-tools', { output, service_tier: 'default' })
    expect(cost).toBe(TOKENS + 2 * 10_000_000 + 40_000_000 + 30_000_000)
  })

  test('a thousand items do not hide the usage behind them', async () => {
    const output = Array.from({ length: 20_000 }, () => ({ type: 'message', content: 'a'.repeat(60) }))
    expect(await responseCost('listed', { output })).toMatchObject({ cost: TOKENS })
  })

  test('a model that searches in each call is charged for it', async () => {
    expect(await chatCost('searcher', {})).toMatchObject({
      cost: null,
      why: 'UNIT_WITHOUT_PRICE',
      fees: [['webSearch', 1]],
    })
  })

  test('a fee for each request', async () => {
    expect(await chatCost('sonar', {})).toMatchObject({
      cost: 100 * 3_000 + 10 * 15_000 + 14_000_000,
      fees: [['request', 1]],
    })
  })
})

describe('what an upstream says that a call cost', () => {
  test.for<[unknown, number]>([
    [{ cost: 0.00014 }, 140_000],
    [{ cost: 1.4e-7 }, 140],
    [{ cost: 0.1234567891 }, 123_456_789],
    [{ cost: 0.0000000005 }, 1],
    [{ cost: 0 }, 0],
    [{ cost: '0.25' }, 250_000_000],
    [{ cost: 0.05, is_byok: true, cost_details: { upstream_inference_cost: 1 } }, 1_050_000_000],
    [{ cost: 0.05, is_byok: false, cost_details: { upstream_inference_cost: 0.04 } }, 50_000_000],
    [{ cost: { total_cost: 0.006, request_cost: 0.005 } }, 6_000_000],
    [{ cost_in_usd_ticks: 37_756_000 }, 3_775_600],
    [{ estimated_cost: 0.00002 }, 20_000],
  ])('is used where there is no list price: %j', async ([said, cost]) => {
    const usage = { ...CHAT_USAGE, ...(said as object) }
    expect(await chatCost('unlisted', {}, usage)).toMatchObject({ cost, source: 'UPSTREAM', why: null })
  })

  test.for([-1, 'free', '1e400', null, [], true, 1e300, '9'.repeat(400), { total_cost: {} }])(
    'is not used where it is no amount: %j',
    async (cost) => {
      expect(await chatCost('unlisted', {}, { ...CHAT_USAGE, cost })).toMatchObject({
        cost: null,
        source: 'NONE',
        why: 'NO_PRICE',
      })
    },
  )

  test('does not replace a price, and stands in where a tier or a tool has none', async () => {
    expect(await chatCost('listed', {}, { ...CHAT_USAGE, cost: 7 })).toMatchObject({
      cost: TOKENS,
      source: 'CATALOG',
    })
    expect(await chatCost('own', {}, { ...CHAT_USAGE, cost: 7 })).toMatchObject({
      cost: TOKENS,
      source: 'OVERRIDE',
    })
    expect(await chatCost('listed', { service_tier: 'flex' }, { ...CHAT_USAGE, cost: 0.5 })).toMatchObject({
      cost: 500_000_000,
      source: 'UPSTREAM',
      why: null,
      tier: 'flex',
    })
  })

  test('counts in totals', async () => {
    const { totals } = await sdk.usage({ range: {} })
    expect(Number(totals.costUsd)).toBeGreaterThan(1)
  })
})

test.for([
  ['/v1/videos/v1/remix', 'NOT_COUNTED'],
  ['/v1/videos/edits', 'NOT_COUNTED'],
  ['/v1/videos/extensions', 'NOT_COUNTED'],
  ['/v1/batches', 'NOT_COUNTED'],
  ['/v1/threads/runs', 'NOT_COUNTED'],
  ['/v1/threads/t1/runs', 'NOT_COUNTED'],
  ['/v1/evals/e1/runs', 'NOT_COUNTED'],
  ['/v1/fine_tuning/jobs', 'NOT_COUNTED'],
  ['/v1/realtime/calls', 'NOT_COUNTED'],
  ['/v1/batches/b1/cancel', null],
  ['/v1/threads', null],
  ['/v1/realtime/client_secrets', null],
] as const)('a POST to %s sets a model to work whose use no response reports: %s', async ([path, why]) => {
  upstream.respondWith((_request, response) => json(response, 200, { id: 'x1' }))
  const { cost, why: said } = await costOf(await post(latchkey, sharing, path, '{"session":{"model":"m1"}}'))
  expect([cost, said]).toEqual([null, why])
})

describe('what an upstream counts apart has a line of its own', () => {
  const price = { INPUT_TOKEN: '2', OUTPUT_TOKEN: '8' }
  const apart = {
    CACHE_WRITE_1H_TOKEN: '6',
    REASONING_TOKEN: '3',
    CITATION_TOKEN: '2',
    WEB_SEARCH: '0.005',
    INPUT_VIDEO_TOKEN: '12',
    OUTPUT_VIDEO_TOKEN: '17.5',
  }
  beforeAll(() => model({ name: 'apart', price: { ...price, ...apart } }))

  test.for<[string, object, { cost: number; without: number | null; lines: [string, number][] }]>([
    [
      'cache writes for an hour',
      {
        cache_creation_input_tokens: 30,
        cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 20 },
      },
      {
        cost: 70 * 2_000 + 10 * 2_000 + 20 * 6_000 + 10 * 8_000,
        without: null,
        lines: [
          ['inputToken', 70],
          ['cacheWriteToken', 10],
          ['cacheWrite1hToken', 20],
          ['outputToken', 10],
        ],
      },
    ],
    [
      'reasoning, citations and searches of Perplexity',
      { reasoning_tokens: 9, citation_tokens: 200_000, num_search_queries: 18 },
      {
        cost: 100 * 2_000 + 10 * 8_000 + 9 * 3_000 + 18 * 5_000_000 + 200_000 * 2_000,
        without: null,
        lines: [
          ['inputToken', 100],
          ['outputToken', 10],
          ['reasoningToken', 9],
          ['webSearch', 18],
          ['citationToken', 200_000],
        ],
      },
    ],
    [
      'videos',
      {
        prompt_tokens_details: {
          video_tokens: 60,
          cached_tokens: 20,
          cached_tokens_details: { video_tokens: 20 },
        },
        completion_tokens_details: { video_tokens: 4 },
      },
      {
        cost: 40 * 2_000 + 20 * 2_000 + 40 * 12_000 + 6 * 8_000 + 4 * 17_500,
        without: TOKENS,
        lines: [
          ['inputToken', 40],
          ['cachedInputToken', 20],
          ['inputVideoToken', 40],
          ['outputToken', 6],
          ['outputVideoToken', 4],
        ],
      },
    ],
  ])('%s', async ([, more, { cost, without, lines }]) => {
    const usage = { ...CHAT_USAGE, ...more }
    expect(await chatCost('apart', {}, usage)).toMatchObject({ cost, lines })
    const why = without === null ? 'UNIT_WITHOUT_PRICE' : null
    expect(await chatCost('own', {}, usage)).toMatchObject({ cost: without, why, lines })
    expect(await chatCost('own', {}, { ...usage, cost: 0.5 })).toMatchObject({ cost: without ?? 500_000_000 })
  })
})

test('request logs are found by their tier', async () => {
  const { items } = await sdk.logs.list({ first: 100, filter: { serviceTier: ['flex'] } })
  expect(items.length).toBeGreaterThan(0)
  expect(new Set(items.map(({ serviceTier }) => serviceTier))).toEqual(new Set(['flex']))
})
