// A realtime session is charged to its key while it goes on: what one key may spend does not depend on how long a session lasts.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { WebSocket } from 'ws'
import { openRealtime, type RealtimeClient } from '../support/clients/realtime-client.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'
import { makePricedModel } from '../support/server/priced-models.ts'
import { logInTime } from '../support/server/request-logs.ts'
import { makeRuledKey } from '../support/server/ruled-keys.ts'
import { type RealtimeUpstream, startRealtimeUpstream } from '../support/upstreams/realtime-upstream.ts'

let upstream: RealtimeUpstream
let latchkey: TestLatchkey
let served: number

beforeAll(async () => {
  upstream = await startRealtimeUpstream()
  latchkey = await startLatchkey()
  await makePricedModel(latchkey, {
    baseUrl: upstream.baseUrl,
    name: 'talker',
    price: { INPUT_TOKEN: '1000', OUTPUT_TOKEN: '1000' },
  })
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

const USAGE = { input_tokens: 4_000, output_tokens: 6_000, total_tokens: 10_000 }

type Report = (peer: WebSocket) => void
const reports: Record<string, Report> = {
  'response.done': (peer) =>
    peer.send(JSON.stringify({ type: 'response.done', response: { id: 'r', usage: USAGE } })),
  'response.done with spaces, and its usage after 5 MiB of text': (peer) =>
    peer.send(
      JSON.stringify(
        { response: { output: ['x'.repeat(5 * 1024 * 1024)], usage: USAGE }, type: 'response.done' },
        null,
        1,
      ),
    ),
  'conversation.item.input_audio_transcription.completed': (peer) =>
    peer.send(
      JSON.stringify({
        type: 'conversation.item.input_audio_transcription.completed',
        transcript: 'Hi',
        usage: { type: 'tokens', ...USAGE },
      }),
    ),
}

beforeEach(() => {
  served = 0
})

function serve(report: Report): void {
  upstream.serve((peer) =>
    peer.on('message', () => {
      served++
      report(peer)
    }),
  )
}

/** Asks for responses until the session is closed. */
async function talk(client: RealtimeClient): Promise<{ code: number; reason: string }> {
  client.socket.on('message', () => client.socket.send('{"type":"response.create"}'))
  client.socket.send('{"type":"response.create"}')
  return client.closed
}

const open = (secret: string) => openRealtime(latchkey, secret, { query: '?model=talker' })

test.for(
  Object.keys(reports).flatMap((event) =>
    [
      { budgets: [{ window: 'TOTAL', limitUsd: '0.01' }] },
      { budgets: [{ window: 'DAY', limitUsd: '25' }] },
      { budgets: [{ window: 'DAY', limitUsd: '25', model: 'talker' }] },
      { limits: [{ unit: 'TOKENS', window: 'DAY', max: 25_000 }] },
      { limits: [{ unit: 'TOKENS', window: 'HOUR', max: 25_000, model: 'talker' }] },
    ].map((policy) => [event, policy] as const),
  ),
)('a session ends with 1008 when %s has spent %j', async ([event, policy]) => {
  serve(reports[event] as Report)
  const { secret } = await makeRuledKey(latchkey, policy)
  const client = await open(secret)
  expect(await talk(client)).toMatchObject({ code: 1008 })
  // $10 or 10,000 tokens each: the one that spends what is left is the last.
  const allowed = JSON.stringify(policy).includes('0.01') ? 1 : 3
  expect(served).toBeGreaterThanOrEqual(allowed)
  expect(served).toBeLessThanOrEqual(allowed + 1)
  const log = await logInTime(latchkey, String(client.headers['x-request-id']))
  expect(log).toMatchObject({ outcome: 'ERROR', closeCode: 1008, inputTokens: 4_000 * allowed })
  expect(log.errorCode).toMatch(/^(budget_exhausted|token_limit_reached)$/)
  await expect(open(secret)).rejects.toThrow('429')
})

test('tools that a session uses, and text messages where they have a price, are charged', async () => {
  const price = { INPUT_TOKEN: '2', OUTPUT_TOKEN: '8', WEB_SEARCH: '0.01' }
  await makePricedModel(latchkey, { baseUrl: upstream.baseUrl, name: 'finder', price })
  await makePricedModel(latchkey, {
    baseUrl: upstream.baseUrl,
    name: 'reader',
    price: { ...price, TEXT_MESSAGE: '0.004' },
  })
  const search = { type: 'web_search_call', action: { type: 'search' } }
  serve((peer) => {
    const item = { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'x' }] }
    peer.send(JSON.stringify({ type: 'conversation.item.added', item }))
    peer.send(JSON.stringify({ type: 'response.done', response: { output: [search], usage: USAGE } }))
  })
  const { secret } = await makeRuledKey(latchkey, { budgets: [{ window: 'TOTAL', limitUsd: '9' }] })
  const logOf = async (model: string) => {
    const client = await openRealtime(latchkey, secret, { query: `?model=${model}` })
    client.socket.send('{"type":"conversation.item.create"}')
    await client.message()
    await client.message()
    client.socket.close(1000)
    await client.closed
    return logInTime(latchkey, String(client.headers['x-request-id']))
  }
  const tokens = 4_000 * 2_000 + 6_000 * 8_000
  expect(await logOf('finder')).toMatchObject({ costNanoUsd: tokens + 10_000_000 })
  const log = await logOf('reader')
  expect(log).toMatchObject({ costNanoUsd: tokens + 10_000_000 + 4_000_000 })
  expect(log.receipt).toContain('["textMessage",1,')
})

test('what a session has used is seen by calls while it goes on, and is counted once', async () => {
  serve(reports['response.done'] as Report)
  const { secret } = await makeRuledKey(latchkey, {
    limits: [{ unit: 'TOKENS', window: 'DAY', max: 50_000 }],
  })
  const remaining = async () => {
    const view = await fetch(`${latchkey.url}/v1/key`, { headers: { authorization: `Bearer ${secret}` } })
    const { limits } = (await view.json()) as { limits: { remaining: number }[] }
    return limits[0]?.remaining
  }
  const client = await open(secret)
  client.socket.send('{"type":"response.create"}')
  await client.message()
  // A place of one token is kept for the session while it is open.
  expect(await remaining()).toBe(39_999)
  client.socket.close(1000)
  await client.closed
  await expect.poll(remaining).toBe(40_000)
})

test.for([
  ['closes', (client: RealtimeClient) => client.socket.close(1000)],
  ['disconnects', (client: RealtimeClient) => client.socket.terminate()],
] as const)('a client that %s before a response has reported its usage pays for it', async ([, leave]) => {
  let finish = () => {}
  upstream.serve((peer) =>
    peer.on('message', () => {
      peer.send('{"type":"response.created","response":{"usage":null}}')
      finish = () => peer.send(JSON.stringify({ type: 'response.done', response: { usage: USAGE } }))
    }),
  )
  const { secret } = await makeRuledKey(latchkey, { budgets: [{ window: 'TOTAL', limitUsd: '0.01' }] })
  const client = await open(secret)
  client.socket.send('{"type":"response.create"}')
  await client.message()
  leave(client)
  await client.closed
  finish()
  expect(await logInTime(latchkey, String(client.headers['x-request-id']))).toMatchObject({
    inputTokens: 4_000,
    outputTokens: 6_000,
  })
  await expect(open(secret)).rejects.toThrow('429')
})

test('sessions at once spend one budget: each ends with its next response', async () => {
  serve(reports['response.done'] as Report)
  const { secret } = await makeRuledKey(latchkey, { budgets: [{ window: 'TOTAL', limitUsd: '0.01' }] })
  const clients = [await open(secret), await open(secret), await open(secret)]
  const closes = await Promise.all(clients.map(talk))
  expect(closes.map(({ code }) => code)).toEqual([1008, 1008, 1008])
  expect(served).toBeLessThanOrEqual(6)
})

test('a shadow rule ends no session', async () => {
  serve(reports['response.done'] as Report)
  const { secret } = await makeRuledKey(latchkey, {
    limits: [{ unit: 'TOKENS', window: 'DAY', max: 100, mode: 'SHADOW' }],
  })
  const client = await open(secret)
  for (let n = 0; n < 3; n++) {
    client.socket.send('{"type":"response.create"}')
    await client.message()
  }
  client.socket.close(1000)
  expect(await client.closed).toMatchObject({ code: 1000 })
})

test.for(['/v1/realtime', '/v1/responses'])(
  'a session at %s lasts as long as the setting allows',
  async (path) => {
    const brief = await startLatchkey({
      env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl, LATCHKEY_WEBSOCKET_MAX_SECONDS: '1' },
    })
    upstream.serve(() => undefined)
    const { secret } = await brief.createKey()
    const client = await openRealtime(brief, secret, {
      path,
      query: path === '/v1/responses' ? '' : '?model=m1',
    })
    expect(await client.closed).toEqual({ code: 1001, reason: expect.stringContaining('as long as') })
    expect(await logInTime(brief, String(client.headers['x-request-id']))).toMatchObject({
      outcome: 'ERROR',
      errorCode: 'session_expired',
      closeCode: 1001,
    })
    await brief.close()
  },
)
