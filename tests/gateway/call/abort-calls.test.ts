// In-flight calls that are aborted because their key is stopped: at every stage, nothing more is sent.
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Latchkey } from '@latchkey/sdk'
import OpenAI, { APIError } from 'openai'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openSocket } from '../../support/clients/raw-http.ts'
import { openRealtime } from '../../support/clients/realtime-client.ts'
import { chat, chatBody, errorOf, post } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { logInTime, requestLogs } from '../../support/server/request-logs.ts'
import { makeModel, makeUpstream } from '../../support/server/routed-models.ts'
import { chatChunks, event, startEvents } from '../../support/upstreams/chat-responses.ts'
import { type HttpUpstream, startHttpUpstream } from '../../support/upstreams/http-upstream.ts'
import { startRealtimeUpstream } from '../../support/upstreams/realtime-upstream.ts'

const IN_TIME = { timeout: 20_000 }
const REVOKED = 'This API key has been revoked. Ask an admin of this gateway for a new one.'

let upstream: HttpUpstream
let latchkey: TestLatchkey
let keys: Latchkey['keys']
let reply: (request: IncomingMessage, response: ServerResponse) => void = () => undefined
// Of the upstream: the open requests.
const open = new Set<ServerResponse>()

beforeAll(async () => {
  upstream = await startHttpUpstream((request, response) => {
    request.resume()
    open.add(response)
    response.on('close', () => open.delete(response))
    response.on('error', () => undefined)
    reply(request, response)
  })
  latchkey = await startLatchkey({
    env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl, LATCHKEY_DRAIN_SECONDS: '600' },
  })
  keys = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken }).keys
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

/** Two chunks of a stream that then goes on for ever. */
function beginStream(_request: unknown, response: ServerResponse): void {
  startEvents(response)
  for (const chunk of chatChunks(false).slice(0, 2)) response.write(event(chunk))
}

/** What came of a stream until it broke off. */
async function readBroken(response: Response): Promise<string> {
  let text = ''
  const decoder = new TextDecoder()
  try {
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true })
  } catch {
    return text
  }
  throw new Error('the stream has come to a clean end')
}

const asked = (count: number) => vi.waitFor(() => expect(open.size).toBe(count), IN_TIME)

test('one revocation aborts 50 streams, with an error each, and no other', async () => {
  reply = beginStream
  const [key, other] = await Promise.all([latchkey.createKey(), latchkey.createKey()])
  const begun = await Promise.all(
    Array.from({ length: 50 }, () => chat(latchkey, key.secret, { stream: true })),
  )
  const untouched = await chat(latchkey, other.secret, { stream: true })
  const broken = begun.map(readBroken)
  const stopped = await keys.revoke(`key_${key.id}`, { abortInFlightCalls: true })
  expect(stopped).toMatchObject({ status: 'REVOKED', abortedCalls: 50 })
  for (const text of await Promise.all(broken)) {
    const events = text.split('\n\n').filter((piece) => piece.trim() !== '')
    expect(events).toHaveLength(3)
    expect(JSON.parse(events[2]?.trim().slice('data: '.length) ?? '')).toEqual({
      error: { message: REVOKED, type: 'invalid_request_error', param: null, code: 'invalid_api_key' },
    })
  }
  // The upstream requests are aborted, but for the other key's call.
  await asked(1)
  const logs = (await requestLogs(latchkey)).filter(({ apiKeyId }) => apiKeyId === key.id)
  expect(logs).toHaveLength(50)
  for (const log of logs) {
    expect(log).toMatchObject({
      outcome: 'ERROR',
      httpStatus: 200,
      errorCode: 'api_key_revoked',
      errorMessage: REVOKED,
      upstream: 'default',
      streamed: true,
      // What has been generated so far is charged.
      usageSource: 'ESTIMATED',
      inputTokens: expect.any(Number),
    })
  }
  expect((await chat(latchkey, key.secret)).status).toBe(401)
  // Nothing remains to be aborted.
  expect(await keys.revoke(`key_${key.id}`, { abortInFlightCalls: true })).toMatchObject({
    abortedCalls: 0,
  })
  for (const response of open) response.end(event('[DONE]'))
  expect(await untouched.text()).toContain('[DONE]')
})

describe('a call that is aborted', () => {
  test.for([
    ['while its upstream thinks', () => undefined],
    [
      'in the middle of a JSON response',
      (_request: unknown, response: ServerResponse) => {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.write('{"id":')
      },
    ],
  ] as const)('%s gets a 401', async ([, behaviour]) => {
    reply = behaviour
    const { id, secret } = await latchkey.createKey()
    const waiting = chat(latchkey, secret)
    await asked(1)
    expect(await keys.revoke(`key_${id}`, { abortInFlightCalls: true })).toMatchObject({ abortedCalls: 1 })
    const response = await waiting
    expect([response.status, response.headers.get('x-should-retry')]).toEqual([401, 'false'])
    expect(await errorOf(response)).toMatchObject({ message: REVOKED, code: 'invalid_api_key' })
    await asked(0)
    expect(await logInTime(latchkey, response.headers.get('x-request-id') ?? '')).toMatchObject({
      outcome: 'ERROR',
      httpStatus: 401,
      errorCode: 'api_key_revoked',
      apiKeyId: id,
    })
  })

  test.for([
    ['application/json', chatBody(), '/v1/chat/completions', 0],
    ['multipart/form-data; boundary=x', '--x\r\n', '/v1/files', 1],
  ] as const)('in the middle of its %s gets a response, too', async ([type, begun, path, forwarded]) => {
    reply = () => undefined
    const { id, secret } = await latchkey.createKey()
    const socket = await openSocket(latchkey.url)
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${secret}\r\nContent-Type: ${type}\r\nContent-Length: 100000\r\n\r\n${begun}`,
    )
    await asked(forwarded)
    // The call has begun when there is one to abort.
    await vi.waitFor(async () => {
      const { abortedCalls } = await keys.disable(`key_${id}`, { abortInFlightCalls: true })
      if (abortedCalls === 0) await keys.enable(`key_${id}`)
      expect(abortedCalls).toBe(1)
    }, IN_TIME)
    const [text] = await once(socket.setEncoding('utf8'), 'data')
    expect(text).toMatch(/^HTTP\/1.1 401 [\s\S]*This API key is disabled/)
    socket.destroy()
    await asked(0)
    const [log] = await requestLogs(latchkey)
    expect(log).toMatchObject({
      outcome: forwarded === 0 ? 'DENIED' : 'ERROR',
      errorCode: 'api_key_disabled',
      httpStatus: 401,
    })
  })

  test('after its client has disconnected is read no further', async () => {
    reply = beginStream
    const { id, secret } = await latchkey.createKey()
    const leaving = new AbortController()
    const response = await chat(latchkey, secret, { stream: true }, { signal: leaving.signal })
    await response.body?.getReader().read()
    leaving.abort()
    // It is one that runs, whether the gateway has noticed or not.
    expect((await keys.revoke(`key_${id}`, { abortInFlightCalls: true })).abortedCalls).toBe(1)
    await asked(0)
    const log = await logInTime(latchkey, response.headers.get('x-request-id') ?? '')
    expect(['CANCELLED', 'ERROR']).toContain(log.outcome)
  })

  test('during its second attempt records both, and makes no third', async () => {
    const asked: string[] = []
    reply = (request, response) => {
      asked.push(request.url ?? '')
      if (request.url?.startsWith('/first')) response.writeHead(500).end('{}')
      else beginStream(request, response)
    }
    const candidates = await Promise.all(
      ['first', 'second', 'third'].map(async (path) => {
        const { id } = await makeUpstream(latchkey, upstream.baseUrl.replace(/v1$/, path))
        return { upstream: id, upstreamModel: 'm' }
      }),
    )
    const model = await makeModel(latchkey, candidates)
    const { id, secret } = await latchkey.createKey()
    const response = await chat(latchkey, secret, { model, stream: true })
    // Read from now on: a body that breaks off loses what nobody has read of it.
    const broken = readBroken(response)
    expect((await keys.revoke(`key_${id}`, { abortInFlightCalls: true })).abortedCalls).toBe(1)
    expect(await broken).toContain(REVOKED)
    const log = await logInTime(latchkey, response.headers.get('x-request-id') ?? '')
    expect(log).toMatchObject({ outcome: 'ERROR', errorCode: 'api_key_revoked' })
    expect(JSON.parse(log.attempts ?? '')).toMatchObject([{ httpStatus: 500 }, { httpStatus: 200 }])
    expect(asked).toHaveLength(2)
  })

  test('while it waits to be tried again is tried no more', async () => {
    const server = await startLatchkey({ env: { LATCHKEY_ROUTING_BREAKER_FAILURES: '0' } })
    const { keys } = new Latchkey({ url: server.url, adminToken: server.adminToken })
    const { id: upstreamId } = await makeUpstream(server, 'http://127.0.0.1:9/v1')
    const model = await makeModel(server, [{ upstream: upstreamId, upstreamModel: 'm' }])
    const { id, secret } = await server.createKey()
    // Nothing responds there: nearly all of a call's time is the delays between its attempts.
    const abort = await vi.waitFor(async () => {
      const response = chat(server, secret, { model })
      const { abortedCalls } = await keys.disable(`key_${id}`, { abortInFlightCalls: true })
      await keys.enable(`key_${id}`)
      const succeeded = await response
      expect(abortedCalls).toBe(1)
      return succeeded
    }, IN_TIME)
    expect(abort.status).toBe(401)
    const log = await logInTime(server, abort.headers.get('x-request-id') ?? '')
    expect(log).toMatchObject({ errorCode: 'api_key_disabled', httpStatus: 401 })
    expect(JSON.parse(log.attempts ?? '[]').length).toBeLessThan(4)
    await server.close()
  })

  test.for([
    ['the fast lane', ''],
    ['node:http', 'TE: trailers\r\n'],
  ] as const)('whose client reads nothing of it ends soon, over %s', async ([, line]) => {
    const { accepted, secret, id, server } = await impatient()
    reply = (_request, response) => {
      startEvents(response)
      const piece = event({ choices: [{ delta: { content: 'x'.repeat(64 * 1024) } }] })
      const more = () => {
        while (!response.destroyed && response.write(piece)) {}
      }
      response.on('drain', more)
      more()
    }
    const sender = await openSocket(server.url)
    sender.on('error', () => undefined).pause()
    const [connection] = await accepted
    const body = chatBody({ stream: true })
    sender.write(
      `POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\n${line}Authorization: Bearer ${secret}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    await vi.waitFor(() => expect(connection.writableNeedDrain).toBe(true), IN_TIME)
    const disconnected = once(connection, 'close')
    const { keys } = new Latchkey({ url: server.url, adminToken: server.adminToken })
    await keys.revoke(`key_${id}`, { abortInFlightCalls: true })
    await Promise.all([disconnected, asked(0)])
    await vi.waitFor(async () => {
      const [log] = await requestLogs(server)
      // On a machine that is slow enough, it may have been disconnected before.
      expect(['api_key_revoked', 'caller_too_slow']).toContain(log?.errorCode)
    }, IN_TIME)
    sender.destroy()
    await server.close()
  })

  /** A server that disconnects a client that reads nothing for three seconds, and its next connection. */
  async function impatient() {
    const server = await startLatchkey({
      env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl, LATCHKEY_CLIENT_IDLE_TIMEOUT_SECONDS: '3' },
    })
    // What an admin's first request loads takes longer than that on a slow machine.
    await fetch(`${server.url}/graphql`)
    const key = await server.createKey()
    return { server, ...key, accepted: once(server.app.server, 'connection') as Promise<[Socket]> }
  }

  test('with a deleted key gets its error', async () => {
    reply = (request, response) => {
      startEvents(response)
      response.write(`event: response.created\ndata: {"type":"response.created","sequence_number":0}\n\n`)
      void request
    }
    const { id, secret } = await latchkey.createKey()
    const response = await post(latchkey, secret, '/v1/responses', '{"model":"m1","stream":true,"input":"x"}')
    const broken = readBroken(response)
    expect(await keys.delete(`key_${id}`, { abortInFlightCalls: true })).toEqual({
      abortedCalls: 1,
      cutCalls: 1,
    })
    // In the form of the Responses API.
    expect(await broken).toMatch(
      /event: error\ndata: \{"type":"error","code":"invalid_api_key","message":"This API key has been deleted/,
    )
    await asked(0)
  })
})

test('unless requested, a revocation aborts nothing', async () => {
  reply = beginStream
  const { id, secret } = await latchkey.createKey()
  const response = await chat(latchkey, secret, { stream: true })
  expect(await keys.revoke(`key_${id}`)).toMatchObject({ status: 'REVOKED', abortedCalls: 0 })
  await asked(1)
  for (const one of open) one.end(event('[DONE]'))
  expect(await response.text()).toContain('[DONE]')
})

test('to OpenAI’s SDK an abort is an error, never the end of a stream', async () => {
  reply = beginStream
  const { id, secret } = await latchkey.createKey()
  const client = new OpenAI({ baseURL: `${latchkey.url}/v1`, apiKey: secret })
  const stream = await client.chat.completions.create({
    model: 'm1',
    messages: [{ role: 'user', content: 'Hello' }],
    stream: true,
  })
  const pieces: string[] = []
  let revoked: Promise<unknown> = Promise.resolve()
  const read = (async () => {
    for await (const chunk of stream) {
      pieces.push(chunk.choices[0]?.delta.content ?? '')
      // The client reads on: a body that breaks off loses what nobody has read of it.
      if (pieces.length === 2) revoked = keys.revoke(`key_${id}`, { abortInFlightCalls: true })
    }
  })()
  const error = await read.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  await revoked
  expect(error).toBeInstanceOf(APIError)
  expect(error).toMatchObject({ code: 'invalid_api_key', message: expect.stringContaining(REVOKED) })
  expect(pieces).toEqual(['', 'Hi'])
  reply = () => undefined
  const { id: nextId, secret: next } = await latchkey.createKey()
  const unanswered = client
    .withOptions({ apiKey: next })
    .chat.completions.create({ model: 'm1', messages: [{ role: 'user', content: 'Hello' }] })
    .catch((thrown: unknown) => thrown)
  await asked(1)
  await keys.revoke(`key_${nextId}`, { abortInFlightCalls: true })
  // It is not sent again.
  expect(await unanswered).toMatchObject({ status: 401, code: 'invalid_api_key' })
  await asked(0)
})

test('realtime sessions are closed, with the code for it, also while they open', async () => {
  const peers = await startRealtimeUpstream()
  const server = await startLatchkey({ env: { LATCHKEY_UPSTREAM_URL: peers.baseUrl } })
  try {
    const { keys } = new Latchkey({ url: server.url, adminToken: server.adminToken })
    const { id, secret } = await server.createKey()
    const upstreamClosed: Promise<unknown[]>[] = []
    peers.serve((peer) => void upstreamClosed.push(once(peer, 'close')))
    const sessions = await Promise.all([1, 2, 3].map(() => openRealtime(server, secret)))
    const stalled = peers.stall()
    const opening = openRealtime(server, secret).catch((error: Error) => error.message)
    await stalled
    expect((await keys.revoke(`key_${id}`, { abortInFlightCalls: true })).abortedCalls).toBe(4)
    expect(await Promise.all(sessions.map(({ closed }) => closed))).toEqual(
      sessions.map(() => ({ code: 1008, reason: REVOKED })),
    )
    expect(await opening).toContain('401')
    for (const [code, reason] of await Promise.all(upstreamClosed)) {
      expect([code, String(reason)]).toEqual([1001, ''])
    }
    for (const { headers } of sessions) {
      expect(await logInTime(server, String(headers['x-request-id']))).toMatchObject({
        outcome: 'ERROR',
        errorCode: 'api_key_revoked',
        closeCode: 1008,
        httpStatus: 101,
      })
    }
  } finally {
    await server.close()
    await peers.close()
  }
})

test('no aborted call stays open in the ledger', async () => {
  const { data } = await latchkey.graphql('{ ledgerHealth { openCalls } }')
  expect(data.ledgerHealth).toEqual({ openCalls: 0 })
})

describe('the former names, for one version', () => {
  test('of the SDK abort and count in-flight calls', async () => {
    reply = () => undefined
    const { id, secret } = await latchkey.createKey()
    const waiting = chat(latchkey, secret)
    await asked(1)
    const stopped = await keys.disable(`key_${id}`, { abortInFlightCalls: false, cutRunningCalls: true })
    expect([stopped.cutCalls, stopped.abortedCalls]).toEqual([1, 1])
    expect((await waiting).status).toBe(401)
    await asked(0)
  })

  test.for([
    ['revokeApiKey', 'RevokeApiKeyInput'],
    ['disableApiKey', 'SwitchApiKeyInput'],
    ['deleteApiKey', 'DeleteApiKeyInput'],
  ])('of GraphQL abort and count in-flight calls: %s', async ([name, type]) => {
    reply = () => undefined
    const { id, secret } = await latchkey.createKey()
    const waiting = chat(latchkey, secret)
    await asked(1)
    const { data } = await latchkey.graphql(
      `mutation ($input: ${type}!) { stopped: ${name}(input: $input) { abortedCalls cutCalls userErrors { code } } }`,
      { input: { id: `key_${id}`, cutRunningCalls: true } },
    )
    expect(data.stopped).toEqual({ abortedCalls: 1, cutCalls: 1, userErrors: [] })
    expect((await waiting).status).toBe(401)
    await asked(0)
  })
})
