// Every call is recorded completely: successful, denied and failed ones.
import { NO_USAGE, newRecord } from '@latchkey/server/domain/logs/generated/new-record.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chat, chatBody, post } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { logOf } from '../../support/server/request-logs.ts'
import { COMPLETION, chatStream, startEvents } from '../../support/upstreams/chat-responses.ts'
import { json, startUpstream, type TestUpstream } from '../../support/upstreams/upstream.ts'

let upstream: TestUpstream
let latchkey: TestLatchkey
let key: { id: number; secret: string }

beforeAll(async () => {
  upstream = await startUpstream((_request, response) => json(response, 200, COMPLETION))
  latchkey = await startLatchkey({
    env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl, LATCHKEY_DEFAULT_MODEL: 'm1' },
  })
  key = await latchkey.createKey()
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

const WHOLE = {
  ...newRecord('', '', ''),
  id: expect.stringMatching(/^req_[0-9a-f]{32}$/),
  apiKeyId: expect.any(Number),
  method: 'POST',
  endpoint: '/v1/chat/completions',
  outcome: 'SUCCESS',
  httpStatus: 200,
  errorCode: null,
  errorMessage: null,
  upstream: 'default',
  upstreamRequestId: 'req_upstream',
  requestedModel: 'auto',
  resolvedModel: 'm1',
  streamed: false,
  finishReason: 'stop',
  closeCode: null,
  shadowDenials: null,
  costNanoUsd: null,
  // What it cost is not known: the upstream is no provider with a list price.
  receipt:
    '{"lines":[["inputToken",5,null],["cachedInputToken",4,null],["outputToken",7,null],["reasoningToken",5,null]]}',
  attempts: null,
  calls: null,
  usedSecret: null,
  usageSource: 'PROVIDER',
  inputTokens: 9,
  outputTokens: 12,
  cachedInputTokens: 4,
  reasoningTokens: 5,
  durationMs: expect.any(Number),
  timeToFirstTokenMs: null,
  requestBytes: Buffer.byteLength(chatBody({ model: 'auto' })),
  responseBytes: Buffer.byteLength(JSON.stringify(COMPLETION)),
  clientIp: '127.0.0.1',
  userAgent: 'Test/1.0',
}

describe('the whole record of', () => {
  test('a successful call', async () => {
    upstream.respondWith((_request, response) =>
      json(response, 200, COMPLETION, { 'x-request-id': 'req_upstream' }),
    )
    const reply = await chat(
      latchkey,
      key.secret,
      { model: 'auto' },
      { headers: { 'user-agent': 'Test/1.0' } },
    )
    expect(await reply.json()).toEqual(COMPLETION)
    expect(await logOf(latchkey, reply)).toEqual({ ...WHOLE, apiKeyId: key.id })
  })

  test('a streamed call, whose usage the client never sees', async () => {
    upstream.respondWith((_request, response) => {
      startEvents(response, { 'x-request-id': 'req_upstream' })
      response.end(chatStream(true))
    })
    const fields = { model: 'auto', stream: true }
    const reply = await chat(latchkey, key.secret, fields, { headers: { 'user-agent': 'Test/1.0' } })
    await reply.text()
    const log = await logOf(latchkey, reply)
    expect(log).toEqual({
      ...WHOLE,
      apiKeyId: key.id,
      streamed: true,
      timeToFirstTokenMs: expect.any(Number),
      requestBytes: Buffer.byteLength(chatBody(fields)),
      responseBytes: Buffer.byteLength(chatStream(false)),
    })
    expect(log.timeToFirstTokenMs).toBeLessThanOrEqual(log.durationMs)
  })

  test('a denied call', async () => {
    const reply = await fetch(`${latchkey.url}/v1/chat/completions?x=1`, {
      method: 'POST',
      body: '{}',
      headers: { 'user-agent': 'Test/1.0' },
    })
    const body = await reply.text()
    expect(await logOf(latchkey, reply)).toEqual({
      ...WHOLE,
      apiKeyId: null,
      outcome: 'DENIED',
      httpStatus: 401,
      errorCode: 'api_key_missing',
      errorMessage: expect.stringContaining("didn't provide"),
      receipt: null,
      upstream: null,
      upstreamRequestId: null,
      requestedModel: null,
      resolvedModel: null,
      finishReason: null,
      usageSource: 'NONE',
      ...NO_USAGE,
      requestBytes: 0,
      responseBytes: Buffer.byteLength(body),
    })
  })

  test('a call that the upstream failed', async () => {
    const error = {
      message: 'Context too long',
      type: 'invalid_request_error',
      param: 'messages',
      code: 'context_length_exceeded',
    }
    upstream.respondWith((_request, response) =>
      json(response, 400, { error }, { 'x-request-id': 'req_upstream' }),
    )
    const reply = await chat(
      latchkey,
      key.secret,
      { model: 'auto' },
      { headers: { 'user-agent': 'Test/1.0' } },
    )
    expect(await reply.json()).toEqual({ error })
    expect(await logOf(latchkey, reply)).toEqual({
      ...WHOLE,
      receipt: null,
      apiKeyId: key.id,
      outcome: 'ERROR',
      httpStatus: 400,
      errorCode: 'context_length_exceeded',
      clientErrorCode: 'context_length_exceeded',
      errorMessage: 'Context too long',
      finishReason: null,
      usageSource: 'NONE',
      ...NO_USAGE,
      responseBytes: Buffer.byteLength(JSON.stringify({ error })),
    })
  })
})

describe('usage', () => {
  test('of zero is zero, and none is none', async () => {
    upstream.respondWith((_request, response) =>
      json(response, 200, { ...COMPLETION, usage: { prompt_tokens: 0, completion_tokens: 0 } }),
    )
    expect(await logOf(latchkey, await chat(latchkey, key.secret))).toMatchObject({
      usageSource: 'PROVIDER',
      inputTokens: 0,
      outputTokens: 0,
      cachedInputTokens: null,
    })
    upstream.respondWith((_request, response) =>
      json(response, 200, { object: 'chat.completion', choices: [] }),
    )
    expect(await logOf(latchkey, await chat(latchkey, key.secret))).toMatchObject({
      usageSource: 'NONE',
      inputTokens: null,
    })
  })

  test.for([
    ['{"prompt_tokens":-5,"completion_tokens":-1}'],
    ['{"prompt_tokens":1e999,"completion_tokens":1.5}'],
    ['{"prompt_tokens":99999999999,"completion_tokens":"7"}'],
    ['"lots"'],
  ])('of %s is unknown, and the response passes unchanged', async ([usage]) => {
    const body = `{"choices":[{"finish_reason":"stop"}],"usage":${usage}}`
    upstream.respondWith((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(body)
    })
    const reply = await chat(latchkey, key.secret)
    expect(await reply.text()).toBe(body)
    expect(await logOf(latchkey, reply)).toMatchObject({
      outcome: 'SUCCESS',
      usageSource: 'NONE',
      inputTokens: null,
      outputTokens: null,
    })
  })
})

describe('text from outside is stored as it may be', () => {
  test('a model, a path, an upstream’s id and message with signs that a database minds', async () => {
    const nasty = `'; DROP TABLE "RequestLog"; -- \\ 🔑 日本`
    upstream.respondWith((_request, response) =>
      json(response, 422, { error: { message: `${nasty}\u0000\ud83d`, type: nasty, code: null } }),
    )
    const reply = await chat(latchkey, key.secret, { model: nasty })
    expect(await logOf(latchkey, reply)).toMatchObject({
      requestedModel: nasty,
      resolvedModel: nasty,
      errorCode: nasty,
      errorMessage: `${nasty} \ufffd`,
    })
  })

  test('a model with NUL and half a character in it', async () => {
    upstream.respondWith((_request, response) => json(response, 200, COMPLETION))
    const reply = await post(latchkey, key.secret, '/v1/chat/completions', '{"model":"a\\u0000b\\ud83d"}')
    expect(reply.status).toBe(200)
    expect(await logOf(latchkey, reply)).toMatchObject({ requestedModel: 'a b\ufffd' })
  })

  // Nothing else of a response reaches a row unshortened: this one held up the ledger on PostgreSQL.
  test('a finish reason with NUL in it', async () => {
    upstream.respondWith((_request, response) =>
      json(response, 200, { choices: [{ finish_reason: `${'x'.repeat(60)}\u0000\ud83d🔑🔑` }] }),
    )
    const reply = await chat(latchkey, key.secret)
    expect((await logOf(latchkey, reply)).finishReason).toMatch(/^x{60} \ufffd/)
  })

  test('a user agent and a path of kilobytes, truncated', async () => {
    const reply = await fetch(`${latchkey.url}/v1/${'p'.repeat(5_000)}`, {
      headers: { authorization: `Bearer ${key.secret}`, 'user-agent': `\u00e9${'u'.repeat(9_000)}` },
    })
    const log = await logOf(latchkey, reply)
    expect(log.endpoint).toHaveLength(512)
    expect(log.userAgent).toHaveLength(512)
  })
})
