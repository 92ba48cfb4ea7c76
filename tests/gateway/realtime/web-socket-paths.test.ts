// Which WebSockets the gateway opens: those that OpenAI's SDK does. At any other path it says 426, after which clients use HTTP.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { WebSocket } from 'ws'
import { parseRaw, sendRaw } from '../../support/clients/raw-http.ts'
import { handshake, openRealtime } from '../../support/clients/realtime-client.ts'
import { bindObjects } from '../../support/server/bound-objects.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { logInTime } from '../../support/server/request-logs.ts'
import { makeRuledKey } from '../../support/server/ruled-keys.ts'
import {
  type RealtimeUpstream,
  rawJson,
  startRealtimeUpstream,
} from '../../support/upstreams/realtime-upstream.ts'

let upstream: RealtimeUpstream
let latchkey: TestLatchkey
let secret: string

const echo = (peer: WebSocket) =>
  void peer.on('message', (data, isBinary) => peer.send(data, { binary: isBinary }))

beforeAll(async () => {
  upstream = await startRealtimeUpstream(echo)
  latchkey = await startLatchkey({ env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl } })
  const key = await latchkey.createKey()
  secret = key.secret
  await bindObjects(latchkey, key.id, ['live_1'])
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

async function refused(path: string, key = secret, server = latchkey) {
  const reply = parseRaw(await sendRaw(server.url, handshake(path, [`Authorization: Bearer ${key}`])))
  return { ...reply, error: JSON.parse(reply.body).error }
}

test.for([
  ['/v1/responses', ''],
  ['/v1/realtime', '?model=m1'],
  ['/v1/realtime/translations', '?model=m1'],
  ['/v1/live/sessions', ''],
  ['/v1/live/sessions/live_1/attach', ''],
  ['/v1/live/sessions/live_1/fork', '?x=1'],
] as const)('%s%s is open to the upstream, and recorded', async ([path, query]) => {
  upstream.serve(echo)
  const client = await openRealtime(latchkey, secret, { path, query })
  client.socket.send('{"type":"session.start","x":1}')
  expect(String((await client.message()).data)).toBe('{"type":"session.start","x":1}')
  client.socket.close(1000)
  await client.closed
  expect(upstream.handshakes.at(-1)?.path).toBe(path + query)
  expect(await logInTime(latchkey, String(client.headers['x-request-id']))).toMatchObject({
    endpoint: path,
    outcome: 'SUCCESS',
    httpStatus: 101,
    closeCode: 1000,
  })
})

test.for([
  '/v1/chat/completions',
  '/v1/responses/',
  '/v1/responses/resp_1',
  '/v1/Responses',
  '/v1/realtime/x',
  '/v1/realtime/translations/x',
  '/v1/live/sessions/live_1/attach/x',
  '/v1/live/sessions/live_1',
  '/v1/nothing',
  '/v1/constructor',
])('at %s there is none: 426, and no upstream hears of it', async (path) => {
  const before = upstream.handshakes.length
  const { status, head, error } = await refused(path)
  expect(status).toBe(426)
  expect(error).toMatchObject({ type: 'invalid_request_error', code: 'websocket_not_supported', param: null })
  // RFC 9110 §15.5.22.
  expect(head).toMatch(/\r\nupgrade: HTTP\/1\.1\r\n/i)
  expect(upstream.handshakes.length).toBe(before)
})

test.for([
  ['404 Not Found', {}],
  ['405 Method Not Allowed', {}],
  ['403 Forbidden', {}],
  ['400 Bad Request', { error: { message: 'No.' } }],
  ['426 Upgrade Required', {}],
  ['501 Not Implemented', {}],
  ['200 OK', {}],
] as const)(
  'an upstream without a WebSocket for responses says %s: 426, and its calls over HTTP go on',
  async ([line, body]) => {
    upstream.refuseWith(rawJson(line, body))
    for (let n = 0; n < 6; n++) {
      const { status, error } = await refused('/v1/responses')
      expect({ status, code: error.code }).toEqual({ status: 426, code: 'websocket_not_supported' })
    }
    upstream.serve(echo)
    const client = await openRealtime(latchkey, secret)
    client.socket.close(1000)
    await client.closed
  },
)

test.for([
  ['401 Unauthorized', 502],
  ['429 Too Many Requests', 429],
  ['503 Service Unavailable', 503],
] as const)('one that refuses with %s is not taken for one without', async ([line, status]) => {
  upstream.refuseWith(rawJson(line, { error: { message: 'No.', code: 'x' } }))
  expect((await refused('/v1/responses')).status).toBe(status)
})

test('without an upstream that takes any model there is none for responses: 426', async () => {
  const alone = await startLatchkey()
  const key = await alone.createKey()
  for (const path of ['/v1/responses', '/v1/live/sessions'])
    expect((await refused(path, key.secret, alone)).status).toBe(426)
  await alone.close()
})

test('a wrong key is a 401', async () => {
  expect((await refused('/v1/responses', 'sk-wrong')).status).toBe(401)
})

test.for<[string, string[]]>([
  ['two Authorization headers', ['Authorization: Bearer KEY', 'authorization: Bearer KEY']],
  ['two hosts', ['Authorization: Bearer KEY', 'Host: y']],
  ['a Connection that names the credential', ['Authorization: Bearer KEY', 'Connection: authorization']],
])('a handshake with %s is a 400, as a call is', async ([, headers]) => {
  const before = upstream.handshakes.length
  const lines = headers.map((line) => line.replace('KEY', secret))
  for (const path of ['/v1/responses', '/v1/realtime?model=m1']) {
    const reply = parseRaw(await sendRaw(latchkey.url, handshake(path, lines)))
    expect({ status: reply.status, code: JSON.parse(reply.body).error.type }).toEqual({
      status: 400,
      code: 'invalid_request_error',
    })
  }
  expect(upstream.handshakes.length).toBe(before)
})

test.for([
  [{ models: { deny: ['m9'] } }, 426],
  [{ budgets: [{ window: 'DAY', limitUsd: '1' }] }, 426],
  [{ limits: [{ unit: 'TOKENS', window: 'DAY', max: 5 }] }, 426],
  [{ limits: [{ unit: 'REQUESTS', window: 'DAY', max: 1, model: 'm9' }] }, 426],
  [{ endpoints: { allow: ['/v1/chat/completions'] } }, 403],
] as const)(
  'a key with %j opens no live session, whose messages are not judged',
  async ([policy, status]) => {
    const { secret: ruled } = await makeRuledKey(latchkey, policy)
    const before = upstream.handshakes.length
    expect((await refused('/v1/live/sessions', ruled)).status).toBe(status)
    expect(upstream.handshakes.length).toBe(before)
  },
)

test('a translation reports no usage: a key with a budget may open none', async () => {
  const { secret: ruled } = await makeRuledKey(latchkey, { budgets: [{ window: 'DAY', limitUsd: '1' }] })
  expect((await refused('/v1/realtime/translations?model=m1', ruled)).error.code).toBe('price_unknown')
})
