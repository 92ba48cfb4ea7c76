// A budget holds for what a request only names: images, files, recordings and films by their address, and tools of the provider.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { post } from '../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'
import { makePricedModel } from '../support/server/priced-models.ts'
import { makeRuledKey } from '../support/server/ruled-keys.ts'
import { json, startUpstream, type TestUpstream } from '../support/upstreams/upstream.ts'

const CALLS = 60
const BUDGET_USD = 0.01
// What one call costs in the worst case: two fit in the budget.
const CALL_USD = 0.004

let upstream: TestUpstream
let latchkey: TestLatchkey
let number = 0

beforeAll(async () => {
  upstream = await startUpstream(() => undefined)
  latchkey = await startLatchkey({ env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl } })
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

const url = 'https://example.com/a'
const CHAT = '/v1/chat/completions'
const RESPONSES = '/v1/responses'
const chat = (...content: unknown[]) => ({ messages: [{ role: 'user', content }], max_tokens: 1 })
const response = (...content: unknown[]) => ({ input: [{ role: 'user', content }], max_output_tokens: 1 })

type Case = { path: string; body: object | string; upstreamModel?: string; inputTokens: number }

const CASES: Record<string, Case> = {
  'an image by its address': {
    path: CHAT,
    body: chat({ type: 'image_url', image_url: { url } }),
    upstreamModel: 'gpt-4o',
    inputTokens: 1_445,
  },
  'an image whose detail is high': {
    path: CHAT,
    body: chat({ type: 'image_url', image_url: { url, detail: 'high' } }),
    upstreamModel: 'openai/gpt-4.1',
    inputTokens: 1_445,
  },
  'an image of a model that counts many tokens for it': {
    path: CHAT,
    body: chat({ type: 'image_url', image_url: { url } }),
    upstreamModel: 'gpt-4o-mini',
    inputTokens: 48_169,
  },
  'an image of a model that is not known': {
    path: CHAT,
    body: chat({ type: 'image_url', image_url: url }),
    inputTokens: 10_000,
  },
  'an image within the body': {
    path: CHAT,
    body: chat({ type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(400)}` } }),
    inputTokens: 10_000,
  },
  'many images, of which some have a low detail': {
    path: CHAT,
    body: chat(
      ...Array.from({ length: 40 }, (_, at) => ({
        type: 'image_url',
        image_url: at % 2 === 0 ? { url, detail: 'low' } : { detail: 'low', url },
      })),
    ),
    upstreamModel: 'gpt-4o',
    inputTokens: 20 * 85 + 20 * 1_445,
  },
  'an image whose detail is said to be low elsewhere': {
    path: CHAT,
    body: chat({ type: 'image_url', image_url: { url, x: { a: 1, detail: 'low' }, detail: 'high' } }),
    upstreamModel: 'gpt-4o',
    inputTokens: 1_445,
  },
  'an image whose member is spelled with escapes': {
    path: CHAT,
    body: JSON.stringify(chat({ type: 'image_url', image_url: { url } })).replaceAll(
      '"image_url":',
      '"im\\u0061ge_url" :',
    ),
    inputTokens: 10_000,
  },
  'an image behind a megabyte of text': {
    path: CHAT,
    body: chat(
      { type: 'text', text: ' '.repeat(1024 * 1024 - 150) },
      { type: 'image_url', image_url: { url } },
    ),
    inputTokens: 524_288 + 10_000,
  },
  'an image of the Responses API': {
    path: RESPONSES,
    body: response({ type: 'input_image', image_url: url, detail: 'high' }),
    upstreamModel: 'gpt-4o',
    inputTokens: 1_445,
  },
  'a stored image of the Responses API': {
    path: RESPONSES,
    body: response({ type: 'input_image', file_id: 'file-1' }),
    inputTokens: 10_000,
  },
  'a picture of a screen': {
    path: RESPONSES,
    body: {
      input: [{ type: 'computer_call_output', output: { type: 'computer_screenshot', image_url: url } }],
      max_output_tokens: 1,
    },
    inputTokens: 10_000,
  },
  'a file of the Responses API by its address': {
    path: RESPONSES,
    body: response({ type: 'input_file', file_url: url }),
    inputTokens: 250_000,
  },
  'a stored file of the Responses API': {
    path: RESPONSES,
    body: response({ type: 'input_file', file_id: 'file-1' }),
    inputTokens: 250_000,
  },
  'a file of chat completions': {
    path: CHAT,
    body: chat({ type: 'file', file: { file_id: 'file-1' } }),
    inputTokens: 250_000,
  },
  'a recording by its address': {
    path: CHAT,
    body: chat({ type: 'audio_url', audio_url: { url } }),
    inputTokens: 115_200,
  },
  'a recording within the body': {
    path: CHAT,
    body: chat({ type: 'input_audio', input_audio: { format: 'mp3', data: 'A'.repeat(40_000) } }),
    // Its text is counted as two bytes a token, which is more than any recording has.
    inputTokens: 10_000,
  },
  'a film by its address': {
    path: CHAT,
    body: chat({ type: 'video_url', video_url: { url } }),
    inputTokens: 1_044_000,
  },
  'an image that is moderated': {
    path: '/v1/moderations',
    body: { input: [{ type: 'image_url', image_url: { url } }] },
    inputTokens: 10_000,
  },
}

/** Sends the calls at once; returns how many were admitted, and what they cost. */
async function spend(
  path: string,
  body: object | string,
  price: Record<string, string>,
  usage: object,
  upstreamModel?: string,
  form?: [string, string][],
) {
  const model = `m${++number}`
  await makePricedModel(latchkey, {
    baseUrl: upstream.baseUrl,
    name: model,
    price,
    ...(upstreamModel && { upstreamModel }),
  })
  const budgets = [{ window: 'TOTAL', limitUsd: String(BUDGET_USD) }]
  // Some of the bodies name a file that no key has made.
  const { number: apiKeyId, secret } = await makeRuledKey(latchkey, { budgets, sharedObjects: true })
  const gate = Promise.withResolvers<void>()
  upstream.respondWith(async (_request, response) => {
    await gate.promise
    json(response, 200, usage)
  })
  const text =
    typeof body === 'string' ? body.replace('{', `{"model":"${model}",`) : JSON.stringify({ model, ...body })
  const before = upstream.received.length
  const init = form === undefined ? {} : { headers: { 'content-type': FORM } }
  const sent = form === undefined ? text : formOf([['name="model"', model], ...form])
  const replies = Array.from({ length: CALLS }, () => post(latchkey, secret, path, sent, init))
  // Every call that is denied is, while the admitted ones are still open.
  const denied = replies.map(async (reply) => (await reply).status === 429)
  let ended = 0
  for (const one of denied) one.then(() => ended++)
  await expect.poll(() => upstream.received.length - before + ended, { timeout: 20_000 }).toBe(CALLS)
  gate.resolve()
  const statuses = await Promise.all(replies.map(async (reply) => (await reply).status))
  await latchkey.app.ledger.settled()
  const logs = await latchkey.app.store.prisma.requestLog.findMany({ where: { apiKeyId } })
  return {
    admitted: statuses.filter((status) => status === 200).length,
    usd: logs.reduce((sum, { costNanoUsd }) => sum + Number(costNanoUsd ?? 0) / 1e9, 0),
  }
}

test.for(Object.entries(CASES))(
  'no number of calls at once spends more than a budget with %s',
  async ([, { path, body, upstreamModel, inputTokens }]) => {
    const perMillion = ((CALL_USD / inputTokens) * 1e6 * 0.9).toFixed(9)
    const price = { INPUT_TOKEN: perMillion, OUTPUT_TOKEN: '0' }
    const usage = { prompt_tokens: inputTokens, completion_tokens: 0, total_tokens: inputTokens }
    const { admitted, usd } = await spend(path, body, price, { usage, choices: [] }, upstreamModel)
    expect(usd).toBeLessThanOrEqual(BUDGET_USD)
    // The bound is one of what may happen: a budget for two such calls admits one at least.
    expect(admitted).toBeGreaterThanOrEqual(1)
    expect(usd).toBeGreaterThan(0)
  },
)

const FORM = 'multipart/form-data; boundary=b'
const formOf = (parts: [string, string][]) =>
  `${parts.map(([head, value]) => `--b\r\nContent-Disposition: form-data; ${head}\r\n\r\n${value}\r\n`).join('')}--b--\r\n`
const file = (name: string): [string, string] => [`name="${name}"; filename="a.png"`, 'x']
const EDITS = '/v1/images/edits'

describe('images that are sent to make others', () => {
  const IMAGE_TOKENS = 10_000
  const price = (images: number) => ({
    INPUT_TOKEN: '0',
    INPUT_IMAGE_TOKEN: ((CALL_USD / (images * IMAGE_TOKENS)) * 1e6).toFixed(9),
    OUTPUT_TOKEN: '0',
  })
  const made = (images: number) => ({
    data: [{}],
    usage: {
      input_tokens: images * IMAGE_TOKENS,
      output_tokens: 0,
      input_tokens_details: { text_tokens: 0, image_tokens: images * IMAGE_TOKENS },
    },
  })

  test.for<[string, object | [string, string][], number]>([
    [EDITS, { images: [{ image_url: url }] }, 1],
    [EDITS, { images: [{ file_id: 'file-1' }, { file_id: 'file-2' }], mask: { file_id: 'file-3' } }, 3],
    [EDITS, { images: [{ image_url: url }, { file_id: 'file-2' }] }, 2],
    [EDITS, { image: { url, type: 'image_url' } }, 1],
    [EDITS, { image: url }, 1],
    [EDITS, { image: [url, `${url},[{`] }, 2],
    ['/v1/images/generations', { prompt: 'x', image_url: url }, 1],
    ['/v1/images/generations', { prompt: 'x', reference_images: [url, url] }, 2],
    [EDITS, [file('image')], 1],
    [EDITS, [file('image[]'), file('image[]'), file('mask')], 3],
    [EDITS, [['name="image"', url]], 1],
    [
      EDITS,
      [
        ['name="image[]"', url],
        ['name="image[]"', url],
      ],
      2,
    ],
    ['/v1/images/variations', [file('image')], 1],
  ])('are reserved at the price of an image: %s with %j', async ([path, body, images]) => {
    const form = Array.isArray(body) ? (body as [string, string][]) : undefined
    const { admitted, usd } = await spend(path, body, price(images), made(images), 'gpt-image-1', form)
    expect(usd).toBeLessThanOrEqual(BUDGET_USD)
    expect(admitted).toBe(2)
    expect(usd).toBeCloseTo(2 * CALL_USD, 9)
  })

  test('one within a body that is too large to be parsed is reserved, and so is what is made of it', async () => {
    const body = { image: `data:image/png;base64,${'A'.repeat(200_000)}`, n: 1 }
    const { admitted, usd } = await spend(EDITS, body, price(1), made(1), 'gpt-image-1')
    expect({ admitted, usd }).toEqual({ admitted: 2, usd: expect.closeTo(2 * CALL_USD, 9) })
  })

  test.for([{ prompt: 'x' }, { images: [] }, { image: null, mask: null }])(
    'a request with none reserves none: %j',
    async (body) => {
      expect((await spend(EDITS, body, price(1), made(0), 'gpt-image-1')).admitted).toBe(CALLS)
    },
  )
})

describe('with tools of the provider', () => {
  const tool = { tools: [{ type: 'web_search' }], max_tool_calls: 4 }
  const output = Array.from({ length: 4 }, () => ({ type: 'web_search_call' }))
  const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 }
  const tokens = { INPUT_TOKEN: '0', OUTPUT_TOKEN: '0' }

  test.for([
    { ...response(), ...tool },
    // An upstream other than OpenAI may not know the bound.
    { ...response(), ...tool, max_tool_calls: 0 },
    { ...response(), ...tool, max_tool_calls: 1 },
    { ...response(), tools: [{ type: 'web_search_preview' }] },
    { ...response(), tools: [{ type: 'openrouter:web_search' }] },
    { ...response(), web_search_options: {}, max_tool_calls: 4 },
    {
      ...response(),
      tools: [
        ...Array.from({ length: 2_000 }, (_, at) => ({
          type: 'function',
          name: `f${at}`,
          description: 'x'.repeat(60),
        })),
        { type: 'web_search' },
      ],
    },
  ])('searches are reserved: %#', async (body) => {
    const { admitted, usd } = await spend(
      RESPONSES,
      body,
      { ...tokens, WEB_SEARCH: '0.0005' },
      { object: 'response', status: 'completed', output, usage },
    )
    expect(usd).toBeLessThanOrEqual(BUDGET_USD)
    expect(admitted).toBeGreaterThanOrEqual(1)
  })

  test.for([
    [tool, tokens],
    [{ tools: [{ type: 'code_interpreter', container: { type: 'auto' } }] }, tokens],
    [{ tools: [{ type: 'image_generation' }] }, tokens],
    [{ tools: [{ type: 'file_search' }] }, { ...tokens, WEB_SEARCH: '1' }],
    [{ service_tier: 'priority' }, tokens],
    [{ service_tier: 'flex' }, tokens],
    [{ service_tier: 'x'.repeat(100) }, tokens],
    [{ service_tier: 7 }, tokens],
  ])('a tool or a tier without a price is denied: %j', async ([asked, price]) => {
    const { admitted } = await spend(
      RESPONSES,
      { ...response(), ...(asked as object) },
      price as Record<string, string>,
      { usage },
    )
    expect(admitted).toBe(0)
  })

  test.for([
    { tools: [{ type: 'function', name: 'web_search' }] },
    { service_tier: 'auto' },
    { service_tier: null, web_search_options: null },
    { tools: null },
  ])('what has no fee is not: %j', async (asked) => {
    const { admitted } = await spend(RESPONSES, { ...response(), ...asked }, tokens, { usage })
    expect(admitted).toBe(CALLS)
  })
})
