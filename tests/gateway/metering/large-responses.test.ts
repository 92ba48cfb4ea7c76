// Responses and events over a mebibyte, such as images: their usage is charged, and one that breaks off is no success.
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { post } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { makePricedModel } from '../../support/server/priced-models.ts'
import { logOf } from '../../support/server/request-logs.ts'
import { makeRuledKey } from '../../support/server/ruled-keys.ts'
import { event } from '../../support/upstreams/chat-responses.ts'
import { startUpstream, type TestUpstream } from '../../support/upstreams/upstream.ts'

const IMAGE = 'x'.repeat(2 * 1024 * 1024)
// $5 for a million output tokens: $0.04.
const USAGE = { input_tokens: 0, output_tokens: 8_000, total_tokens: 8_000 }

let upstream: TestUpstream
let latchkey: TestLatchkey

beforeAll(async () => {
  upstream = await startUpstream(() => undefined)
  latchkey = await startLatchkey({ env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl } })
  const { baseUrl } = upstream
  await makePricedModel(latchkey, {
    baseUrl,
    name: 'painter',
    price: { INPUT_TOKEN: '1', OUTPUT_TOKEN: '5' },
  })
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

function respondWith(type: string, text: string): void {
  upstream.respondWith((_request, response) => {
    response.writeHead(200, { 'content-type': type })
    response.end(text)
  })
}

const paint = (secret: string, fields: object = {}) =>
  post(
    latchkey,
    secret,
    '/v1/images/generations',
    JSON.stringify({ model: 'painter', prompt: 'x', ...fields }),
  )

describe('a budget of $0.10 lets no more than two calls of $0.04 through, whose usage is in', () => {
  const completed = { type: 'image_generation.completed', b64_json: IMAGE }
  const json = 'application/json'
  test.for<[string, string, string, typeof gzipSync | null]>([
    ['the end of an event', 'text/event-stream', event({ ...completed, usage: USAGE }), null],
    ['the beginning of an event', 'text/event-stream', event({ usage: USAGE, ...completed }), null],
    ['the end of JSON', json, JSON.stringify({ data: [{ b64_json: IMAGE }], usage: USAGE }), null],
    ['the beginning of JSON', json, JSON.stringify({ usage: USAGE, data: [{ b64_json: IMAGE }] }), null],
    ['the middle of JSON', json, JSON.stringify({ a: IMAGE, usage: USAGE, data: [IMAGE] }), null],
    [
      'JSON that is compressed',
      json,
      JSON.stringify({ data: [{ b64_json: IMAGE.repeat(6) }], usage: USAGE }),
      gzipSync,
    ],
  ])('%s', async ([, type, text, encode]) => {
    if (encode === null) respondWith(type, text)
    else
      upstream.respondWith((_request, response) => {
        response.writeHead(200, { 'content-type': type, 'content-encoding': 'gzip' })
        response.end(encode(text))
      })
    const { secret } = await makeRuledKey(latchkey, { budgets: [{ window: 'TOTAL', limitUsd: '0.1' }] })
    const statuses: number[] = []
    for (let calls = 0; calls < 6; calls++) {
      const reply = await paint(secret, { stream: type !== json })
      statuses.push(reply.status)
      const received = await reply.text()
      if (reply.status !== 200) continue
      expect(received === text).toBe(true)
      expect(await logOf(latchkey, reply)).toMatchObject({ outcome: 'SUCCESS', outputTokens: 8_000 })
    }
    expect(statuses).toEqual([200, 200, 429, 429, 429, 429])
  })
})

describe('a stream that breaks off after an event over a mebibyte is never a success', () => {
  const partial = event({ type: 'image_generation.partial_image', b64_json: IMAGE })
  const delta = event({ choices: [{ index: 0, delta: { content: IMAGE }, finish_reason: null }] })
  const output = event({ type: 'response.image_generation_call.partial_image', partial_image_b64: IMAGE })
  test.for<[string, string, string]>([
    ['of an image', '/v1/images/generations', partial],
    [
      'of an image, within its last event',
      '/v1/images/generations',
      event({ type: 'x', IMAGE }).slice(0, -5),
    ],
    ['of a chat', '/v1/chat/completions', delta],
    ['of a chat, within the event', '/v1/chat/completions', delta.slice(0, -30)],
    ['of a response', '/v1/responses', output],
  ])('%s', async ([, path, text]) => {
    respondWith('text/event-stream', text)
    const { secret } = await latchkey.createKey()
    const body = { model: 'painter', prompt: 'x', input: 'x', messages: [], stream: true }
    const reply = await post(latchkey, secret, path, JSON.stringify(body))
    await expect(reply.text()).rejects.toThrow()
    expect(await logOf(latchkey, reply)).toMatchObject({
      outcome: 'ERROR',
      errorCode: 'upstream_interrupted',
    })
  })
})

test('JSON over a mebibyte that breaks off is never a success', async () => {
  respondWith('application/json', JSON.stringify({ data: [{ b64_json: IMAGE }] }).slice(0, -1))
  const reply = await paint((await latchkey.createKey()).secret)
  await expect(reply.text()).rejects.toThrow()
  expect(await logOf(latchkey, reply)).toMatchObject({
    outcome: 'ERROR',
    errorCode: 'upstream_invalid_answer',
  })
})
