// Realtime sessions: what crosses them, in which form, and what the log keeps.
import { once } from 'node:events'
import type { CallRecord } from '@latchkey/server/domain/logs/call-record.ts'
import { newRecord } from '@latchkey/server/domain/logs/generated/new-record.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { WebSocket } from 'ws'
import { openRealtime, type RealtimeClient } from '../../support/clients/realtime-client.ts'
import { bindObjects } from '../../support/server/bound-objects.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { logInTime } from '../../support/server/request-logs.ts'
import { type RealtimeUpstream, startRealtimeUpstream } from '../../support/upstreams/realtime-upstream.ts'

const CREDENTIAL = 'sk-realtime-canary'

let upstream: RealtimeUpstream
let latchkey: TestLatchkey
let key: { id: number; secret: string }

beforeAll(async () => {
  upstream = await startRealtimeUpstream()
  latchkey = await startLatchkey({
    env: {
      LATCHKEY_UPSTREAM_URL: upstream.baseUrl,
      LATCHKEY_UPSTREAM_KEY: CREDENTIAL,
      LATCHKEY_DEFAULT_MODEL: 'm7',
    },
  })
  key = await latchkey.createKey()
  await bindObjects(latchkey, key.id, ['rtc_1'])
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

function echo(peer: WebSocket): void {
  peer.on('message', (data, isBinary) => peer.send(data, { binary: isBinary }))
}

/** The log of a session that is ending. */
function ended({ headers }: RealtimeClient): Promise<CallRecord> {
  return logInTime(latchkey, String(headers['x-request-id']))
}

describe('the upstream gets the handshake', () => {
  test('by its own URL and credential, with what the client may send and nothing of its key', async () => {
    upstream.serve(echo)
    const client = await openRealtime(latchkey, key.secret, {
      query: `?model=gpt%2Drealtime&intent=x&model=other&api-key=${key.secret}`,
      headers: { 'OpenAI-Safety-Identifier': 'user-1', Cookie: 'a=b', Origin: 'https://page.example' },
    })
    client.socket.close(1000)
    await client.closed
    const { path, headers } = upstream.handshakes.at(-1) ?? { path: '', headers: {} }
    expect(path).toBe('/v1/realtime?model=gpt-realtime&intent=x')
    expect(headers).toMatchObject({
      authorization: `Bearer ${CREDENTIAL}`,
      'openai-safety-identifier': 'user-1',
    })
    for (const name of ['cookie', 'origin', 'sec-websocket-protocol', 'sec-websocket-extensions'])
      expect(headers).not.toHaveProperty(name)
    expect(JSON.stringify([path, headers])).not.toContain(key.secret)
    expect(client.headers).not.toHaveProperty('server')
    expect(client.headers).not.toHaveProperty('sec-websocket-extensions')
  })

  test.for([
    ['the default model by the name it has there', '?model=auto', '/v1/realtime?model=m7'],
    ['for a transcription, without a model', '?intent=transcription', '/v1/realtime?intent=transcription'],
    ['for a call that has begun', '?call_id=rtc_1', '/v1/realtime?call_id=rtc_1'],
  ] as const)('%s', async ([, query, path]) => {
    upstream.serve(echo)
    const client = await openRealtime(latchkey, key.secret, { query })
    client.socket.close(1000)
    await client.closed
    expect(upstream.handshakes.at(-1)?.path).toBe(path)
  })
})

describe('a key in the subprotocol of a browser', () => {
  test('opens a session, is echoed to nobody, and its beta becomes a header', async () => {
    upstream.serve(echo)
    const client = await openRealtime(latchkey, null, {
      protocols: [
        'openai-beta.realtime-v1',
        `openai-insecure-api-key.${key.secret}`,
        'openai-organization.o',
        'realtime',
      ],
    })
    expect(client.socket.protocol).toBe('realtime')
    expect(JSON.stringify(client.headers)).not.toContain(key.secret)
    client.socket.close(1000)
    await client.closed
    const headers = upstream.handshakes.at(-1)?.headers ?? {}
    expect(headers['openai-beta']).toBe('realtime=v1')
    expect(JSON.stringify(headers)).not.toMatch(new RegExp(`${key.secret}|insecure|openai-organization`))
    const log = await ended(client)
    expect(log).toMatchObject({ apiKeyId: key.id, outcome: 'SUCCESS' })
    expect(JSON.stringify(log)).not.toContain(key.secret)
  })
})

describe('messages pass', () => {
  test('as they are: text as text, bytes as bytes, the empty ones too, in their order', async () => {
    upstream.serve(echo)
    const { socket, message, closed } = await openRealtime(latchkey, key.secret)
    const bytes = Buffer.from([0, 255, 128, 10])
    const sent: [string | Buffer, boolean][] = [
      ['{"type": "a" }', false],
      [bytes, true],
      ['', false],
      [Buffer.alloc(0), true],
      ['日本 🔑', false],
    ]
    for (const [data] of sent) socket.send(data)
    for (const [data, isBinary] of sent)
      expect(await message()).toEqual({ data: Buffer.from(data), isBinary })
    socket.close(1000)
    await closed
  })

  test('that the upstream sent together with its response to the handshake', async () => {
    upstream.serve((peer) => peer.send('{"type":"session.created"}'))
    for (let round = 0; round < 20; round++) {
      const { socket, message, closed } = await openRealtime(latchkey, key.secret)
      expect(String((await message()).data)).toBe('{"type":"session.created"}')
      socket.close(1000)
      await closed
    }
  })

  test('whole, when they come in fragments', async () => {
    upstream.serve(echo)
    const { socket, message, closed } = await openRealtime(latchkey, key.secret)
    socket.send('one, ', { fin: false })
    socket.ping()
    socket.send('two, ', { fin: false })
    socket.send('three', { fin: true })
    expect(await message()).toEqual({ data: Buffer.from('one, two, three'), isBinary: false })
    socket.close(1000)
    await closed
  })

  test('of 20 MiB, as 15 MiB of audio in base64 are', async () => {
    upstream.serve(echo)
    const { socket, message, closed } = await openRealtime(latchkey, key.secret)
    const large = 'x'.repeat(20 * 1024 * 1024)
    socket.send(large)
    expect((await message()).data.length).toBe(large.length)
    socket.close(1000)
    await closed
  })

  test('the gateway itself responds to pings', async () => {
    upstream.serve((peer) => peer.pause())
    const { socket, closed } = await openRealtime(latchkey, key.secret)
    const pong = once(socket, 'pong')
    socket.ping('abc')
    expect(String((await pong)[0])).toBe('abc')
    socket.terminate()
    await closed
  })
})

test('one call in the log: how long, how many bytes, how it was closed, what was used', async () => {
  const details = { cached_tokens: 64, text_tokens: 20, audio_tokens: 80 }
  const responses = [
    { type: 'session.created', note: 'about "response.done"', usage: { input_tokens: 9_999 } },
    {
      type: 'response.done',
      response: { usage: { input_tokens: 100, output_tokens: 30, input_token_details: details } },
    },
    { type: 'response.done', response: { usage: null } },
    { type: 'response.done', response: { usage: { input_tokens: 50, output_tokens: 5 } } },
    {
      type: 'conversation.item.input_audio_transcription.completed',
      usage: { type: 'tokens', input_tokens: 7, output_tokens: 2 },
    },
    {
      type: 'conversation.item.input_audio_transcription.completed',
      usage: { type: 'duration', seconds: 3 },
    },
  ].map((event) => JSON.stringify(event))
  upstream.serve((peer) =>
    peer.on('message', () => {
      for (const text of responses) peer.send(text)
    }),
  )
  const client = await openRealtime(latchkey, key.secret, { headers: { 'user-agent': 'Test/1.0' } })
  client.socket.send('{"type":"response.create"}')
  for (const _ of responses) await client.message()
  client.socket.close(1000, 'done')
  await client.closed
  expect(await ended(client)).toEqual({
    ...newRecord('', '', ''),
    id: client.headers['x-request-id'],
    apiKeyId: key.id,
    method: 'GET',
    endpoint: '/v1/realtime',
    outcome: 'SUCCESS',
    httpStatus: 101,
    errorCode: null,
    errorMessage: null,
    upstream: 'default',
    upstreamRequestId: 'req_realtime',
    requestedModel: 'm1',
    resolvedModel: 'm1',
    streamed: true,
    finishReason: null,
    closeCode: 1000,
    shadowDenials: null,
    costNanoUsd: null,
    receipt:
      '{"lines":[["inputToken",13,null],["cachedInputToken",64,null],["inputAudioToken",80,null],["outputToken",37,null]]}',
    attempts: null,
    calls: null,
    usedSecret: null,
    usageSource: 'PROVIDER',
    inputTokens: 157,
    outputTokens: 37,
    cachedInputTokens: 64,
    reasoningTokens: null,
    durationMs: expect.any(Number),
    timeToFirstTokenMs: null,
    requestBytes: '{"type":"response.create"}'.length,
    responseBytes: responses.join('').length,
    clientIp: '127.0.0.1',
    userAgent: 'Test/1.0',
  })
  const { data } = await latchkey.graphql(
    '{ requestLogs(first: 1) { nodes { endpoint outcome closeCode requestBytes responseBytes } } }',
  )
  expect(data.requestLogs.nodes).toEqual([
    {
      endpoint: '/v1/realtime',
      outcome: 'SUCCESS',
      closeCode: 1000,
      requestBytes: 26,
      responseBytes: responses.join('').length,
    },
  ])
})
