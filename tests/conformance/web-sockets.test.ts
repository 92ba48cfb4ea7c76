// The WebSockets that the official SDK opens beside the realtime API's: responses, live sessions, translations.
import { connect } from 'node:net'
import OpenAI from 'openai'
import { OpenAIRealtimeTranslationWS } from 'openai/realtime/translations/ws'
import { ForksWS } from 'openai/resources/live/forks/ws'
import { SidebandWS } from 'openai/resources/live/sideband/ws'
import { LiveWS } from 'openai/resources/live/ws'
import { ResponsesWS } from 'openai/resources/responses/ws'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { WebSocket as Peer } from 'ws'
import { bindObjects } from '../support/server/bound-objects.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'
import { type RealtimeUpstream, startRealtimeUpstream } from '../support/upstreams/realtime-upstream.ts'

let upstream: RealtimeUpstream
let latchkey: TestLatchkey
let openai: OpenAI

beforeAll(async () => {
  upstream = await startRealtimeUpstream(respond)
  latchkey = await startLatchkey({ env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl } })
  const { id, secret } = await latchkey.createKey()
  await bindObjects(latchkey, id, ['live_1'])
  openai = new OpenAI({ baseURL: `${latchkey.url}/v1`, apiKey: secret })
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

function respond(peer: Peer): void {
  peer.on('message', (data) => {
    const message = JSON.parse(String(data)) as { type: string }
    const response = { id: 'resp_1', object: 'response', status: 'completed', output: [] }
    const usage = { input_tokens: 1, output_tokens: 2, total_tokens: 3 }
    if (message.type === 'response.create') {
      peer.send(JSON.stringify({ type: 'response.output_text.delta', delta: 'Hi' }))
      peer.send(JSON.stringify({ type: 'response.completed', response: { ...response, usage } }))
    } else peer.send(JSON.stringify({ type: 'session.closed', event_id: 'e', reason: 'close_requested' }))
  })
}

test('ResponsesWS: events of a response, and the error of one that is refused', async () => {
  const client = new ResponsesWS(openai)
  const heard: string[] = []
  await new Promise<void>((resolve, reject) => {
    client.on('event', (event) => {
      heard.push(event.type)
      if (event.type === 'response.completed') resolve()
    })
    client.on('error', reject)
    client.send({ type: 'response.create', model: 'm1', input: 'x' })
  })
  expect(heard).toEqual(['response.output_text.delta', 'response.completed'])
  const refused = await new Promise<unknown>((resolve) => {
    client.on('error', (error) => resolve(error.error))
    client.sendRaw('{"type":"response.create","model":7}')
  })
  expect(refused).toMatchObject({ type: 'error', code: null, param: 'model', message: expect.any(String) })
  client.close()
})

test.for([
  ['LiveWS', () => new LiveWS(openai), '/v1/live/sessions'],
  ['SidebandWS', () => new SidebandWS(openai, { session_id: 'live_1' }), '/v1/live/sessions/live_1/attach'],
  ['ForksWS', () => new ForksWS(openai, { session_id: 'live_1' }), '/v1/live/sessions/live_1/fork'],
] as const)('%s', async ([, open, path]) => {
  const client = open()
  await new Promise<void>((resolve, reject) => {
    client.on('event', (event) => {
      if (event.type === 'session.closed') resolve()
    })
    client.on('error', reject)
    client.send({ type: 'session.close' })
  })
  expect(upstream.handshakes.at(-1)?.path).toBe(path)
  client.close()
})

test('OpenAIRealtimeTranslationWS', async () => {
  const { hostname, port } = new URL(latchkey.url)
  // The SDK speaks wss alone; TLS is the business of what stands before a gateway.
  const secure = new OpenAI({ baseURL: `https://${hostname}:${port}/v1`, apiKey: openai.apiKey })
  const client = await OpenAIRealtimeTranslationWS.create(secure, {
    model: 'gpt-realtime-translate',
    options: { createConnection: () => connect(Number(port), hostname) },
  })
  await new Promise<void>((resolve, reject) => {
    client.on('session.closed', () => resolve())
    client.on('error', reject)
    client.socket.on('open', () => client.session.close())
  })
  expect(upstream.handshakes.at(-1)?.path).toBe('/v1/realtime/translations?model=gpt-realtime-translate')
})
