// Realtime sessions by the clients that people use: the official SDK's two, and the WebSocket of browsers and Node.
import { once } from 'node:events'
import { connect } from 'node:net'
import OpenAI from 'openai'
import type { OpenAIRealtimeEmitter } from 'openai/realtime/internal-base'
import { OpenAIRealtimeWebSocket } from 'openai/realtime/websocket'
import { OpenAIRealtimeWS } from 'openai/realtime/ws'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { WebSocket as Peer } from 'ws'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'
import { type RealtimeUpstream, startRealtimeUpstream } from '../support/upstreams/realtime-upstream.ts'

const CREDENTIAL = 'sk-realtime-upstream'

let upstream: RealtimeUpstream
let latchkey: TestLatchkey
let secret: string

beforeAll(async () => {
  upstream = await startRealtimeUpstream(converse)
  latchkey = await startLatchkey({
    env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl, LATCHKEY_UPSTREAM_KEY: CREDENTIAL },
  })
  secret = (await latchkey.createKey()).secret
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})
afterEach(() => vi.unstubAllGlobals())

/** A session in OpenAI's events: https://platform.openai.com/docs/api-reference/realtime-server-events. */
function converse(peer: Peer): void {
  const say = (event: object) => peer.send(JSON.stringify({ event_id: 'event_1', ...event }))
  say({ type: 'session.created', session: { type: 'realtime', model: 'gpt-realtime' } })
  peer.on('message', (data) => {
    const { type } = JSON.parse(String(data)) as { type: string }
    if (type !== 'response.create')
      return say({ type: 'error', error: { type: 'invalid_request_error', code: 'unknown', message: type } })
    say({
      type: 'response.output_text.delta',
      response_id: 'r',
      item_id: 'i',
      output_index: 0,
      content_index: 0,
      delta: 'Hi',
    })
    const usage = { total_tokens: 5, input_tokens: 3, output_tokens: 2 }
    say({
      type: 'response.done',
      response: { id: 'r', object: 'realtime.response', status: 'completed', output: [], usage },
    })
  })
}

/** The events that a client gets in a session in which it requests one response, and sends one invalid event. */
async function heard(client: OpenAIRealtimeEmitter): Promise<string[]> {
  const events: string[] = []
  await new Promise<void>((resolve, reject) => {
    client.on('session.created', () => client.send({ type: 'response.create' }))
    client.on('response.output_text.delta', ({ delta }) => events.push(`delta ${delta}`))
    client.on('response.done', ({ response }) => {
      events.push(`done ${response.usage?.total_tokens}`)
      client.send({ type: 'input_audio_buffer.commit' })
    })
    client.on('error', (error) => {
      if (error.error === undefined) return reject(error)
      events.push(`error ${error.error.message}`)
      resolve()
    })
  })
  client.close()
  return events
}

const HEARD = ['delta Hi', 'done 5', 'error input_audio_buffer.commit']

// The SDK speaks wss alone; TLS ends at the proxy in front of a gateway.
const plain = () => {
  const { hostname, port } = new URL(latchkey.url)
  return { createConnection: () => connect(Number(port), hostname) }
}

describe('the official SDK', () => {
  test('OpenAIRealtimeWS, with its key in a header', async () => {
    const openai = new OpenAI({ baseURL: `${latchkey.url}/v1`, apiKey: secret })
    const client = new OpenAIRealtimeWS({ model: 'gpt-realtime', options: plain() }, openai)
    expect(await heard(client)).toEqual(HEARD)
    const [code] = await once(client.socket, 'close')
    expect(code).toBe(1000)
    expect(upstream.handshakes.at(-1)?.path).toBe('/v1/realtime?model=gpt-realtime')
  })

  test('OpenAIRealtimeWS, with a wrong key', async () => {
    const openai = new OpenAI({ baseURL: `${latchkey.url}/v1`, apiKey: 'sk-wrong' })
    const client = new OpenAIRealtimeWS({ model: 'gpt-realtime', options: plain() }, openai)
    await expect(heard(client)).rejects.toThrow('401')
  })

  test('OpenAIRealtimeWebSocket, with its key in a subprotocol, as browsers must', async () => {
    const Native = globalThis.WebSocket
    vi.stubGlobal(
      'WebSocket',
      class extends Native {
        constructor(url: string, protocols: string[]) {
          super(url.replace(/^wss:/, 'ws:'), protocols)
        }
      },
    )
    const openai = new OpenAI({
      baseURL: `${latchkey.url}/v1`,
      apiKey: secret,
      organization: 'org-x',
      project: 'proj-x',
    })
    const client = new OpenAIRealtimeWebSocket(
      { model: 'gpt-realtime', dangerouslyAllowBrowser: true },
      openai,
    )
    expect(await heard(client)).toEqual(HEARD)
    expect(client.socket.protocol).toBe('realtime')
    const { headers } = upstream.handshakes.at(-1) ?? {}
    expect(headers?.authorization).toBe(`Bearer ${CREDENTIAL}`)
    expect(JSON.stringify(headers)).not.toMatch(new RegExp(`${secret}|org-x|proj-x|insecure`))
  })
})

test('the WebSocket of browsers and Node, with text and bytes', async () => {
  upstream.serve((peer) => peer.on('message', (data, isBinary) => peer.send(data, { binary: isBinary })))
  const socket = new WebSocket(`${latchkey.url.replace('http', 'ws')}/v1/realtime?model=m1`, [
    'realtime',
    `openai-insecure-api-key.sk-${secret}`,
    'openai-beta.realtime-v1',
  ])
  socket.binaryType = 'arraybuffer'
  await once(socket, 'open')
  expect(socket.protocol).toBe('realtime')
  for (const sent of ['{"type":"x"}', new Uint8Array([0, 255, 1]).buffer]) {
    socket.send(sent)
    const [{ data }] = await once(socket, 'message')
    expect(data).toEqual(sent)
  }
  socket.close(4000, 'enough')
  const [{ code, reason, wasClean }] = await once(socket, 'close')
  expect({ code, reason, wasClean }).toEqual({ code: 4000, reason: 'enough', wasClean: true })
})
