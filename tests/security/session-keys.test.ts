// A WebSocket does not outlast the key that opened it.
import { Latchkey } from '@latchkey/sdk'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openRealtime } from '../support/clients/realtime-client.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'
import { logInTime } from '../support/server/request-logs.ts'
import { type RealtimeUpstream, startRealtimeUpstream } from '../support/upstreams/realtime-upstream.ts'

let upstream: RealtimeUpstream
let latchkey: TestLatchkey
let keys: Latchkey['keys']
/** What the clock of the server is ahead by. */
let aheadMs = 0
beforeAll(async () => {
  upstream = await startRealtimeUpstream()
  latchkey = await startLatchkey({
    clock: () => Date.now() + aheadMs,
    env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl },
  })
  keys = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken }).keys
})
beforeEach(() => upstream.serve((peer) => peer.on('message', (data) => peer.send(String(data)))))
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

const SOCKETS = [
  '/v1/realtime?model=m1',
  '/v1/realtime?call_id=rtc_1',
  '/v1/realtime/translations?model=m1',
  '/v1/live/sessions',
  '/v1/live/sessions/live_1/attach',
  '/v1/live/sessions/live_1/fork',
  '/v1/responses',
]
const MESSAGE = '{"type":"response.create","model":"m1"}'

const stops = {
  revoked: (id: string, abortInFlightCalls: boolean) => keys.revoke(id, { abortInFlightCalls }),
  disabled: (id: string, abortInFlightCalls: boolean) => keys.disable(id, { abortInFlightCalls }),
  deleted: (id: string, abortInFlightCalls: boolean) => keys.delete(id, { abortInFlightCalls }),
}
type Stop = keyof typeof stops
const STOPS = Object.keys(stops) as Stop[]

async function open(target: string, expiresAt?: string) {
  const [path = '', query = ''] = target.split(/(?=\?)/)
  // Some paths name an object, which no key has made here.
  const policy = { sharedObjects: true }
  const input = { name: 'test', policy, ...(expiresAt !== undefined && { expiresAt }) }
  const { apiKey, secret } = await keys.create(input)
  const client = await openRealtime(latchkey, secret, { path, query })
  return { apiKey, client, log: () => logInTime(latchkey, String(client.headers['x-request-id'])) }
}

test.for(SOCKETS.flatMap((path) => STOPS.map((stop) => [path, stop] as const)))(
  'at %s it is closed with 1008 once its key is %s, at once where that is wanted',
  async ([path, stop]) => {
    const { apiKey, client } = await open(path)
    await stops[stop](apiKey.id, true)
    expect(await client.closed).toMatchObject({ code: 1008 })
  },
)

test.for(SOCKETS.flatMap((path) => STOPS.map((stop) => [path, stop] as const)))(
  'at %s nothing more is sent to the upstream once its key is %s, also where calls in flight may go on',
  async ([path, stop]) => {
    const { apiKey, client } = await open(path)
    let sent = 0
    upstream.serve((peer) => peer.on('message', () => sent++))
    await stops[stop](apiKey.id, false)
    client.socket.send(MESSAGE)
    expect(await client.closed).toMatchObject({ code: 1008 })
    expect(sent).toBe(0)
  },
)

test.for(SOCKETS)('at %s it is closed with 1008 at the instant at which its key expires', async (path) => {
  const { client, log } = await open(path, new Date(Date.now() + 1_500).toISOString())
  expect(await client.closed).toMatchObject({ code: 1008 })
  expect(await log()).toMatchObject({ outcome: 'ERROR', errorCode: 'api_key_expired', closeCode: 1008 })
})

test('one whose key gets a later expiry goes on', async () => {
  const { apiKey, client } = await open(SOCKETS[0] ?? '', new Date(Date.now() + 1_500).toISOString())
  await keys.update(apiKey.id, { expiresAt: new Date(Date.now() + 3_600_000).toISOString() })
  aheadMs = 60_000
  client.socket.send(MESSAGE)
  expect(String((await client.message()).data)).toBe(MESSAGE)
  aheadMs = 0
  client.socket.close(1000)
  expect(await client.closed).toMatchObject({ code: 1000 })
})

test('one that a former secret opened ends with the grace of the rotation', async () => {
  const { apiKey, client, log } = await open(SOCKETS[0] ?? '')
  await keys.rotate(apiKey.id, { graceSeconds: 0 })
  client.socket.send(MESSAGE)
  expect(await client.closed).toMatchObject({ code: 1008 })
  expect(await log()).toMatchObject({ errorCode: 'api_key_replaced' })
})

test('other changes of a key end nothing', async () => {
  const { apiKey, client } = await open(SOCKETS[0] ?? '')
  await keys.update(apiKey.id, { name: 'renamed' })
  client.socket.send(MESSAGE)
  expect(String((await client.message()).data)).toBe(MESSAGE)
  client.socket.close(1000)
})
