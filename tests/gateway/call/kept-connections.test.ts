// Connections to an upstream that are kept between calls, and what happens when the upstream closes one.
import type { Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { type RawUpstream, startRawConnections } from '../../support/clients/raw-http.ts'
import { USUAL_TIMEOUTS } from '../../support/clients/upstream-clients.ts'
import { chat, errorOf, post } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { logOf } from '../../support/server/request-logs.ts'
import { makeRuledKey } from '../../support/server/ruled-keys.ts'
import { COMPLETION } from '../../support/upstreams/chat-responses.ts'

const BODY = JSON.stringify(COMPLETION)
const WHOLE = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(BODY)}\r\n\r\n${BODY}`

let upstream: RawUpstream
let latchkey: TestLatchkey

afterEach(async () => {
  await latchkey.close()
  await upstream.close()
})

/**
 * An upstream that responds to the first request of each connection, and does `second` on the next. `raceMs`: how long after
 * its bytes were written a call may find that the connection was being closed; the time of a test machine is no measure.
 */
async function place(
  second: (socket: Socket) => void,
  raceMs?: number,
): Promise<{ secret: string; asked(): number }> {
  let asked = 0
  upstream = await startRawConnections((socket, nth) => {
    asked++
    if (nth === 1) socket.write(WHOLE)
    else second(socket)
  })
  latchkey = await startLatchkey({
    env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl },
    ...(raceMs === undefined ? {} : { timeouts: { ...USUAL_TIMEOUTS, raceMs } }),
  })
  return { secret: (await makeRuledKey(latchkey, { sharedObjects: true })).secret, asked: () => asked }
}

test.for(['a reset', 'an end'])(
  'a call that meets %s of a kept connection at once is sent again, once',
  async (how) => {
    const { secret, asked } = await place(
      (socket) => (how === 'a reset' ? socket.resetAndDestroy() : socket.end()),
      60_000,
    )
    for (let round = 0; round < 10; round++) {
      const response = await chat(latchkey, secret)
      expect(response.status).toBe(200)
      expect(await response.json()).toEqual(COMPLETION)
      expect(await logOf(latchkey, response)).toMatchObject({ outcome: 'SUCCESS' })
    }
    // One more than the calls for each that met a closing connection, and no more.
    expect(asked()).toBeGreaterThan(10)
    expect(asked()).toBeLessThanOrEqual(20)
  },
)

test.for(['a reset', 'an end'])(
  'a POST that the upstream has read, worked on and dropped with %s is not sent again',
  async (how) => {
    const { secret, asked } = await place((socket) =>
      // Later than a connection that was closing when the call came would show it.
      setTimeout(() => (how === 'a reset' ? socket.resetAndDestroy() : socket.end()), 200),
    )
    expect((await chat(latchkey, secret)).status).toBe(200)
    const response = await chat(latchkey, secret)
    expect(response.status).toBe(502)
    expect(await errorOf(response)).toMatchObject({ code: 'upstream_unreachable' })
    expect(asked()).toBe(2)
  },
)

test.for(['GET', 'DELETE'])('a %s is sent again however late the connection closes', async (method) => {
  const { secret, asked } = await place((socket) => setTimeout(() => socket.resetAndDestroy(), 200))
  const headers = { authorization: `Bearer ${secret}` }
  const ask = () => fetch(`${latchkey.url}/v1/files/file-1`, { method, headers })
  const first = await ask()
  expect(first.status).toBe(200)
  await first.text()
  expect((await ask()).status).toBe(200)
  expect(asked()).toBe(3)
})

test.for(['on', 'off'])(
  'a connection is kept no longer than its upstream says, with LATCHKEY_FAST_LANE=%s',
  async (lane) => {
    let connections = 0
    let kept = 'timeout=1'
    upstream = await startRawConnections((socket, nth) => {
      if (nth === 1) connections++
      socket.write(WHOLE.replace('\r\n', `\r\nKeep-Alive: ${kept}\r\n`))
    })
    latchkey = await startLatchkey({
      env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl, LATCHKEY_FAST_LANE: lane },
    })
    const { secret } = await latchkey.createKey()
    const call = async () => expect((await chat(latchkey, secret)).status).toBe(200)
    // It would close while the next call is on its way.
    for (let n = 0; n < 3; n++) await call()
    expect(connections).toBe(3)
    kept = 'timeout=60, max=100'
    for (let n = 0; n < 3; n++) await call()
    expect(connections).toBe(4)
  },
)

test('is not sent again once a byte of a response has come', async () => {
  const { secret, asked } = await place((socket) => socket.end('H'))
  expect((await chat(latchkey, secret)).status).toBe(200)
  const response = await chat(latchkey, secret)
  expect(response.status).toBe(502)
  expect(await errorOf(response)).toMatchObject({ code: 'upstream_unreachable' })
  expect(asked()).toBe(2)
})

test('an upload is not sent again, since its bytes are not kept', async () => {
  const { secret, asked } = await place((socket) => socket.resetAndDestroy())
  const upload = () =>
    post(latchkey, secret, '/v1/files', 'bytes', { headers: { 'content-type': 'application/octet-stream' } })
  // An upload too: only what streams goes over the connections that uploads go over.
  const first = await upload()
  expect(first.status).toBe(200)
  await first.text()
  const response = await upload()
  expect(response.status).toBe(502)
  expect(asked()).toBe(2)
})
