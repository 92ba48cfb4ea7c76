// Realtime sessions that do not come about: each gets a response in plain HTTP, in OpenAI's shape, and recorded.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseRaw, sendRaw } from '../../support/clients/raw-http.ts'
import { handshake, openRealtime } from '../../support/clients/realtime-client.ts'
import { errorOf } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { logInTime, requestLogs } from '../../support/server/request-logs.ts'
import {
  type RealtimeUpstream,
  rawJson,
  startRealtimeUpstream,
} from '../../support/upstreams/realtime-upstream.ts'

const CREDENTIAL = 'sk-realtime-canary'
const PATH = '/v1/realtime?model=m1'

let upstream: RealtimeUpstream
let latchkey: TestLatchkey
let key: { id: number; secret: string }
let nowMs = Date.now()

beforeAll(async () => {
  upstream = await startRealtimeUpstream()
  latchkey = await startLatchkey({
    clock: () => nowMs,
    env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl, LATCHKEY_UPSTREAM_KEY: CREDENTIAL },
    realtime: {
      messageBytes: 1_000_000,
      bufferedBytes: 100_000,
      handshakeMs: 300,
      pingMs: 30_000,
      sessionMs: 3_600_000,
    },
  })
  key = await latchkey.createKey()
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

/** The status, error, head and request log of a handshake; it resolves when the connection has been closed. */
async function refused(path: string, headers: string[], server = latchkey) {
  const { status, head, body } = parseRaw(await sendRaw(server.url, handshake(path, headers)))
  const id = /x-request-id: (\S+)/.exec(head)?.[1] ?? ''
  expect(head).toContain('connection: close')
  expect(head).toContain(`content-length: ${Buffer.byteLength(body)}`)
  return { status, head, body, error: JSON.parse(body).error, log: await logInTime(server, id) }
}

function bearer(secret = key.secret): string[] {
  return [`Authorization: Bearer ${secret}`]
}

describe('denied, before anything is sent to an upstream:', () => {
  test.for([
    ['no key', () => [], { code: null, logged: 'api_key_missing' }],
    [
      'an empty key in the subprotocol',
      () => ['Sec-WebSocket-Protocol: realtime, openai-insecure-api-key.'],
      { code: null, logged: 'api_key_missing' },
    ],
    ['no key of ours', () => bearer('sk-proj-abc'), { code: 'invalid_api_key', logged: 'invalid_api_key' }],
    [
      'a wrong key in the subprotocol',
      () => [
        'Sec-WebSocket-Protocol: realtime, openai-insecure-api-key.00000000-0000-4000-8000-000000000000',
      ],
      { code: 'invalid_api_key', logged: 'invalid_api_key' },
    ],
  ] as const)('%s', async ([, headers, { code, logged }]) => {
    const before = upstream.handshakes.length
    const { status, head, error, log } = await refused(PATH, [...headers()])
    expect(status).toBe(401)
    expect(head).toContain('www-authenticate: bearer')
    expect(error).toEqual({ type: 'invalid_request_error', code, param: null, message: expect.any(String) })
    expect(log).toMatchObject({
      endpoint: '/v1/realtime',
      outcome: 'DENIED',
      httpStatus: 401,
      errorCode: logged,
      apiKeyId: null,
      closeCode: null,
    })
    expect(upstream.handshakes.length).toBe(before)
  })

  test('a revoked key, and an expired one', async () => {
    const revoked = await latchkey.createKey()
    await fetch(`${latchkey.url}/api/api-keys/${revoked.id}/revoke`, {
      method: 'POST',
      headers: { authorization: `Bearer ${latchkey.adminToken}` },
    })
    const expired = await latchkey.createKey({ expires_days: 1 })
    nowMs += 2 * 86_400_000
    expect((await refused(PATH, bearer(expired.secret))).log).toMatchObject({
      outcome: 'DENIED',
      errorCode: 'api_key_expired',
      apiKeyId: expired.id,
    })
    expect((await refused(PATH, bearer(revoked.secret))).log).toMatchObject({
      outcome: 'DENIED',
      errorCode: 'api_key_revoked',
      apiKeyId: revoked.id,
    })
  })

  test.for([
    ['another path', '/v1/chat/completions', [], 426, 'websocket_not_supported'],
    ['a path below', '/v1/realtime/x?model=m1', [], 426, 'websocket_not_supported'],
    ['no model', '/v1/realtime', [], 400, null],
    ['an empty model', '/v1/realtime?model=', [], 400, null],
    ['the same subprotocol twice', PATH, ['Sec-WebSocket-Protocol: realtime, realtime'], 400, null],
    ['a subprotocol that is no token', PATH, ['Sec-WebSocket-Protocol: real time'], 400, null],
    ['a second key of the handshake', PATH, ['Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='], 400, null],
    ['a second version', PATH, ['Sec-WebSocket-Version: 8'], 400, null],
  ] as const)('%s', async ([, path, headers, status, code]) => {
    const response = await refused(path, [...bearer(), ...headers])
    expect(response.status).toBe(status)
    expect(response.error).toMatchObject({ type: 'invalid_request_error', code })
    expect(response.log).toMatchObject({ outcome: 'DENIED', httpStatus: status, apiKeyId: key.id })
  })

  test('any model, where there is only the built-in echo', async () => {
    const alone = await startLatchkey()
    const { secret } = await alone.createKey()
    for (const [query, code] of [
      ['?model=echo', 'model_not_found'],
      // A call that the key has not made, wherever it is.
      ['?call_id=rtc_1', null],
    ] as const) {
      const response = await refused(`/v1/realtime${query}`, bearer(secret), alone)
      expect(response).toMatchObject({
        status: 404,
        error: { code },
        log: { outcome: 'DENIED' },
      })
    }
    await alone.close()
  })
})

describe('the upstream refuses:', () => {
  test('its status, error and advice are sent to the client, its account is not', async () => {
    const error = {
      message: 'Rate limit reached.',
      type: 'requests',
      param: null,
      code: 'rate_limit_exceeded',
    }
    upstream.refuseWith(
      rawJson('429 Too Many Requests', { error }, [
        'retry-after: 7',
        'openai-organization: org-x',
        'x-request-id: req_up',
      ]),
    )
    const response = await refused(PATH, bearer())
    expect(response).toMatchObject({ status: 429, error })
    expect(response.head).toContain('retry-after: 7')
    expect(response.head).toContain('x-latchkey-error-source: upstream')
    expect(response.head).not.toContain('org-x')
    expect(response.log).toMatchObject({
      outcome: 'ERROR',
      httpStatus: 429,
      errorCode: 'rate_limit_exceeded',
      errorMessage: 'Rate limit reached.',
      upstreamRequestId: 'req_up',
      responseBytes: response.body.length,
    })
  })

  test.for([
    [
      'Gemini’s list',
      [{ error: { code: 400, message: 'No such voice.', status: 'INVALID_ARGUMENT' } }],
      'INVALID_ARGUMENT',
    ],
    ['a code that is a number', { error: { code: 418, message: 'No such voice.' } }, '418'],
    ['no code', { error: 'No such voice.' }, 'upstream_400'],
  ] as const)('its error is logged in each dialect: %s', async ([, body, errorCode]) => {
    upstream.refuseWith(rawJson('400 Bad Request', body))
    const { log } = await refused(PATH, bearer())
    expect(log).toMatchObject({ httpStatus: 400, errorCode, errorMessage: 'No such voice.' })
  })

  test('with a page: OpenAI’s error with its status', async () => {
    const page = '<html>Bad gateway</html>'
    const head = `content-type: text/html\r\ncontent-length: ${page.length}\r\nconnection: close`
    upstream.refuseWith(`HTTP/1.1 502 Bad Gateway\r\n${head}\r\n\r\n${page}`)
    const response = await refused(PATH, bearer())
    expect(response).toMatchObject({
      status: 502,
      error: { type: 'server_error', code: 'upstream_error_page' },
    })
    expect(response.head).toContain('content-type: application/json')
    expect(response.log).toMatchObject({ outcome: 'ERROR', httpStatus: 502, errorCode: 'upstream_502' })
  })

  test('its credential is nowhere, even where it repeats it', async () => {
    const error = { message: `No session for ${CREDENTIAL}.`, type: 't', param: null, code: 'c' }
    upstream.refuseWith(rawJson('409 Conflict', { error }))
    const response = await refused(PATH, bearer())
    expect(response).toMatchObject({ status: 409, error: { message: 'No session for [credential].' } })
    expect(response.log.errorMessage).toBe('No session for [credential].')
  })

  test.for([
    [
      'the gateway’s credential',
      rawJson('401 Unauthorized', { error: { message: CREDENTIAL } }),
      'upstream_refused_credential',
    ],
    [
      'with a redirect',
      rawJson('307 Temporary Redirect', {}, ['location: https://elsewhere.example/']),
      'upstream_redirected',
    ],
    ['with a page', rawJson('200 OK', {}), 'upstream_refused_upgrade'],
    ['with half a response', 'HTTP/1.1 500 Oh\r\ncontent-length: 100\r\n\r\nabc', 'upstream_unreachable'],
    ['with what is no HTTP', 'SSH-2.0-x\r\n\r\n', 'upstream_unreachable'],
    [
      'with a handshake of another',
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n',
      'upstream_unreachable',
    ],
  ] as const)('%s', async ([, bytes, code]) => {
    upstream.refuseWith(bytes)
    const response = await refused(PATH, bearer())
    expect(response).toMatchObject({ status: 502, error: { code, type: 'server_error', param: null } })
    expect(response.log).toMatchObject({
      outcome: 'ERROR',
      httpStatus: 502,
      errorCode: code,
      closeCode: null,
    })
    expect(response.body).not.toContain(CREDENTIAL)
  })

  const ABOUT_CREDENTIAL = [
    ['401 Unauthorized', {}],
    ['401 Unauthorized', { error: { message: 'Incorrect API key provided.', code: 'invalid_api_key' } }],
    ['403 Forbidden', { error: { message: 'The API key is not allowed here.', code: 'forbidden' } }],
    ['403 Forbidden', { error: { message: 'Missing scopes: api.model.request', code: 'missing_scope' } }],
    ['403 Forbidden', { error: { message: 'No.', code: 'invalid_authentication' } }],
    ['400 Bad Request', { error: { message: 'API key not valid.', status: 'INVALID_ARGUMENT' } }],
  ] as const
  const SOCKETS = [PATH, '/v1/realtime/translations?model=m1', '/v1/live/sessions', '/v1/responses']

  test.for(SOCKETS.flatMap((path) => ABOUT_CREDENTIAL.map((refusal) => [path, ...refusal] as const)))(
    'the gateway’s credential at %s, with %s %j: a 502 that does not blame the key',
    async ([path, line, body]) => {
      upstream.refuseWith(rawJson(line, body))
      const { status, error, log, body: text } = await refused(path, bearer())
      expect({ status, code: error.code }).toEqual({ status: 502, code: 'upstream_refused_credential' })
      expect(log).toMatchObject({
        outcome: 'ERROR',
        httpStatus: 502,
        errorCode: 'upstream_refused_credential',
      })
      expect(text).not.toContain('scope')
    },
  )

  test('without a response: a timeout', async () => {
    await Promise.all([
      upstream.stall(),
      expect(refused(PATH, bearer())).resolves.toMatchObject({
        status: 504,
        error: { code: 'upstream_timeout' },
        log: { outcome: 'ERROR' },
      }),
    ])
    upstream.serve(() => undefined)
  })

  test('there is none: unreachable', async () => {
    const disconnected = await startRealtimeUpstream()
    const alone = await startLatchkey({ env: { LATCHKEY_UPSTREAM_URL: disconnected.baseUrl } })
    await disconnected.close()
    const { secret } = await alone.createKey()
    const response = await refused(PATH, bearer(secret), alone)
    expect(response).toMatchObject({
      status: 502,
      error: { code: 'upstream_unreachable' },
      log: { outcome: 'ERROR' },
    })
    await alone.close()
  })
})

describe('other wishes for another protocol', () => {
  test('are ignored: HTTP/2 in clear, which some clients wish for with every call', async () => {
    const body = '{"model":"m1","messages":[]}'
    const text = await sendRaw(
      latchkey.url,
      `POST /v1/nothing HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n${bearer().join()}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    expect(parseRaw(text).status).toBe(404)
    expect(text).toContain('Unknown request URL: POST /v1/nothing')
  })

  test('outside /v1 get the response of that path', async () => {
    const text = await sendRaw(
      latchkey.url,
      handshake('/healthz').replace('Upgrade\r\n', 'Upgrade, close\r\n'),
    )
    expect(parseRaw(text).status).toBe(200)
  })

  test('a handshake behind a call that has no response yet ends the connection; nothing comes out mixed', async () => {
    const before = (await requestLogs(latchkey)).length
    const call = `GET /v1/models HTTP/1.1\r\nHost: x\r\n${bearer().join()}\r\n\r\n`
    const text = await sendRaw(latchkey.url, call + handshake(PATH, bearer()))
    expect(text).not.toContain('101 Switching')
    await expect.poll(async () => (await requestLogs(latchkey)).length).toBe(before + 1)
  })
})

test('a session whose Upgrade header a proxy has dropped gets an error that says so', async () => {
  const response = await fetch(`${latchkey.url}${PATH}`, {
    headers: { authorization: `Bearer ${key.secret}` },
  })
  expect(response.status).toBe(426)
  expect(response.headers.get('upgrade')).toBe('websocket')
  expect(await errorOf(response)).toMatchObject({ type: 'invalid_request_error', code: 'upgrade_required' })
})

test('a client library sees the status', async () => {
  await expect(openRealtime(latchkey, 'sk-wrong')).rejects.toThrow('Unexpected server response: 401')
})
