// A response on the WebSocket of the Responses API that ends without its usage: it is estimated from what passed of it, so that
// no client is served for nothing.
import { Latchkey } from '@latchkey/sdk'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { WebSocket } from 'ws'
import { openRealtime, type RealtimeClient } from '../../support/clients/realtime-client.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { makePricedModel } from '../../support/server/priced-models.ts'
import { requestLogs } from '../../support/server/request-logs.ts'
import { makeRuledKey } from '../../support/server/ruled-keys.ts'
import { type RealtimeUpstream, startRealtimeUpstream } from '../../support/upstreams/realtime-upstream.ts'

const PATH = '/v1/responses'
/** Each is about one token. */
const DELTAS = 50

let upstream: RealtimeUpstream
let latchkey: TestLatchkey
let sdk: Latchkey

beforeAll(async () => {
  upstream = await startRealtimeUpstream(write)
  latchkey = await startLatchkey({ env: { LATCHKEY_DRAIN_SECONDS: '1' } })
  sdk = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
  await makePricedModel(latchkey, {
    baseUrl: upstream.baseUrl,
    kind: 'OPENAI',
    name: '*',
    price: { INPUT_TOKEN: '1000', OUTPUT_TOKEN: '1000' },
  })
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})
beforeEach(() => upstream.serve(write))

/** Writes a response that has no last event, or one without usage. */
function write(peer: WebSocket): void {
  peer.on('message', (data) => {
    const { input } = JSON.parse(String(data))
    const say = (event: object) => peer.send(JSON.stringify(event))
    say({ type: 'response.created', response: { id: 'resp_1', object: 'response', status: 'in_progress' } })
    for (let n = 0; n < DELTAS; n++) say({ type: 'response.output_text.delta', delta: ' word' })
    if (input === 'write and die') peer.terminate()
    if (input === 'write and fail')
      say({ type: 'response.failed', response: { id: 'resp_1', status: 'failed', error: null } })
  })
}

/** The model calls of a key, newest first. */
async function logs(number: number) {
  return (await requestLogs(latchkey)).filter((log) => log.apiKeyId === number && log.method === 'POST')
}

/** Reads all that comes of a response that writes. */
async function written(client: RealtimeClient, input: string) {
  const create = { type: 'response.create', model: 'm1', input, max_output_tokens: 1 }
  client.socket.send(JSON.stringify(create))
  for (let n = 0; n <= DELTAS; n++) await client.message()
}

test.for<[string, string, (client: RealtimeClient, key: { id: string }) => unknown]>([
  ['the client disconnects', 'CANCELLED', ({ socket }) => socket.terminate()],
  ['the client closes', 'CANCELLED', ({ socket }) => socket.close(1000)],
  ['the upstream disconnects', 'ERROR', () => undefined],
  ['the upstream fails', 'ERROR', () => undefined],
  ['the key is revoked', 'ERROR', (_, { id }) => sdk.keys.revoke(id, { abortInFlightCalls: true })],
])('%s', async ([how, outcome, end]) => {
  const key = await makeRuledKey(latchkey, { limits: [{ unit: 'TOKENS', window: 'DAY', max: 1_000 }] })
  const client = await openRealtime(latchkey, key.secret, { path: PATH, query: '' })
  const input = { 'the upstream disconnects': 'write and die', 'the upstream fails': 'write and fail' }[how]
  await written(client, input ?? 'write')
  await end(client, key)
  await expect.poll(() => logs(key.number)).toMatchObject([{ outcome, usageSource: 'ESTIMATED' }])
  const [log] = await logs(key.number)
  // The message is 90 bytes.
  expect(log?.inputTokens).toBeGreaterThan(15)
  expect(log?.inputTokens).toBeLessThan(40)
  expect(log?.outputTokens).toBeGreaterThan(DELTAS * 0.8)
  expect(log?.outputTokens).toBeLessThan(DELTAS * 1.2)
  expect(log?.costNanoUsd).toBe(((log?.inputTokens ?? 0) + (log?.outputTokens ?? 0)) * 1_000_000)
  client.socket.terminate()
})

test('so a limit of tokens ends what disconnects again and again', async () => {
  const key = await makeRuledKey(latchkey, { limits: [{ unit: 'TOKENS', window: 'DAY', max: 150 }] })
  for (let n = 1; n <= 2; n++) {
    const client = await openRealtime(latchkey, key.secret, { path: PATH, query: '' })
    await written(client, 'write')
    client.socket.terminate()
    await expect.poll(async () => (await logs(key.number)).length).toBe(n)
  }
  const client = await openRealtime(latchkey, key.secret, { path: PATH, query: '' })
  client.socket.send(JSON.stringify({ type: 'response.create', model: 'm1', max_output_tokens: 1 }))
  expect(JSON.parse(String((await client.message()).data))).toMatchObject({ type: 'error', status: 429 })
  client.socket.close()
})

test('nothing is counted where the upstream has not begun it', async () => {
  let received = 0
  upstream.serve((peer) => peer.on('message', () => received++))
  const key = await makeRuledKey(latchkey, null)
  const client = await openRealtime(latchkey, key.secret, { path: PATH, query: '' })
  client.socket.send(JSON.stringify({ type: 'response.create', model: 'm1', input: 'x' }))
  await expect.poll(() => received).toBe(1)
  client.socket.terminate()
  await expect
    .poll(() => logs(key.number))
    .toMatchObject([{ outcome: 'CANCELLED', usageSource: 'NONE', inputTokens: null, outputTokens: null }])
})
