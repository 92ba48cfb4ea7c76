// How realtime sessions end: by either peer, with or without a close frame, and what the other peer and the log get.
import { once } from 'node:events'
import type { CallRecord } from '@latchkey/server/domain/logs/call-record.ts'
import { findRequestLogs } from '@latchkey/server/ledger/logs/request-logs.ts'
import { openStore } from '@latchkey/server/store/open-store.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { WebSocket } from 'ws'
import { openSocket } from '../../support/clients/raw-http.ts'
import { handshake, openRealtime, type RealtimeClient } from '../../support/clients/realtime-client.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { logInTime, requestLogs } from '../../support/server/request-logs.ts'
import { type RealtimeUpstream, startRealtimeUpstream } from '../../support/upstreams/realtime-upstream.ts'

const MESSAGE_MAX = 1024 * 1024
const LIMITS = {
  messageBytes: MESSAGE_MAX,
  bufferedBytes: 256 * 1024,
  handshakeMs: 30_000,
  pingMs: 30_000,
  sessionMs: 3_600_000,
}
const CREDENTIAL = 'sk-realtime-canary'

let upstream: RealtimeUpstream
let latchkey: TestLatchkey
let key: { id: number; secret: string }

beforeAll(async () => {
  upstream = await startRealtimeUpstream()
  latchkey = await startLatchkey({
    env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl, LATCHKEY_UPSTREAM_KEY: CREDENTIAL },
    realtime: LIMITS,
  })
  key = await latchkey.createKey()
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

type Closed = { code: number; reason: string }
type Session = { client: RealtimeClient; peer: WebSocket; peerClosed: Promise<Closed> }

/** A session with both its ends. */
async function session(server = latchkey, secret = key.secret): Promise<Session> {
  const opened = new Promise<Omit<Session, 'client'>>((resolve) => {
    upstream.serve((peer) =>
      resolve({
        peer,
        peerClosed: new Promise((reported) =>
          peer.on('close', (code, reason) => reported({ code, reason: reason.toString('utf8') })),
        ),
      }),
    )
  })
  const client = await openRealtime(server, secret)
  return { client, ...(await opened) }
}

/** The log of a session that is ending. */
function logOf({ headers }: RealtimeClient, server = latchkey): Promise<CallRecord> {
  return logInTime(server, String(headers['x-request-id']))
}

describe('the client closes', () => {
  test.for([
    ['as planned', 1000, 'bye', 'SUCCESS', null],
    ['since its page goes away', 1001, '', 'SUCCESS', null],
    ['without a code', 1005, '', 'SUCCESS', null],
    ['with a code of its own', 4001, 'enough 日本', 'SUCCESS', null],
    ['since it failed', 1011, 'oh', 'CANCELLED', 'closed_1011'],
  ] as const)('%s', async ([, code, reason, outcome, errorCode]) => {
    const { client, peerClosed } = await session()
    if (code === 1005) client.socket.close()
    else client.socket.close(code, reason)
    expect(await peerClosed).toEqual({ code, reason })
    expect(await client.closed).toEqual({ code, reason })
    expect(await logOf(client)).toMatchObject({ outcome, closeCode: code, errorCode, httpStatus: 101 })
  })

  test('what it sent before arrives before', async () => {
    const { client, peer, peerClosed } = await session()
    let bytes = 0
    peer.on('message', (data: Buffer) => {
      bytes += data.length
    })
    for (let n = 0; n < 100; n++) client.socket.send('x'.repeat(50_000))
    client.socket.close(1000)
    await peerClosed
    expect(bytes).toBe(5_000_000)
  })
})

describe('the upstream closes', () => {
  test.for([
    ['as planned', 1000, 'bye', 'SUCCESS', null],
    ['since it goes away', 1001, 'session expired', 'SUCCESS', null],
    ['without a code', 1005, '', 'SUCCESS', null],
    ['for a policy', 1008, 'not allowed', 'ERROR', 'upstream_closed_1008'],
    ['with a code of its own', 4000, 'invalid_session', 'ERROR', 'upstream_closed_4000'],
  ] as const)('%s', async ([, code, reason, outcome, errorCode]) => {
    const { client, peer } = await session()
    if (code === 1005) peer.close()
    else peer.close(code, reason)
    expect(await client.closed).toEqual({ code, reason })
    const errorMessage = errorCode === null ? null : reason
    expect(await logOf(client)).toMatchObject({ outcome, closeCode: code, errorCode, errorMessage })
  })

  test('naming the credential, which is removed', async () => {
    const { client, peer } = await session()
    peer.close(4000, `${'é'.repeat(50)} ${CREDENTIAL}`)
    const { code, reason } = await client.closed
    expect([code, reason]).toEqual([4000, `${'é'.repeat(50)} [credential]`])
    expect((await logOf(client)).errorMessage).toBe(reason)
  })

  test('what it sent before arrives before, at a slow reader too', async () => {
    const { client, peer } = await session()
    client.socket.pause()
    for (let n = 0; n < 100; n++) peer.send('x'.repeat(50_000))
    peer.close(1000)
    client.socket.resume()
    for (let n = 0; n < 100; n++) expect((await client.message()).data.length).toBe(50_000)
    expect((await client.closed).code).toBe(1000)
  })
})

describe('without a close frame', () => {
  test('the upstream disconnects: 1011, and an error in the log', async () => {
    const { client, peer } = await session()
    peer.send('last')
    await client.message()
    peer.terminate()
    expect(await client.closed).toEqual({
      code: 1011,
      reason: expect.stringContaining('closed the connection'),
    })
    expect(await logOf(client)).toMatchObject({
      outcome: 'ERROR',
      errorCode: 'upstream_interrupted',
      closeCode: 1011,
      httpStatus: 101,
      responseBytes: 4,
    })
  })

  test('the client disconnects: its upstream connection is closed', async () => {
    const { client, peerClosed } = await session()
    client.socket.terminate()
    expect((await peerClosed).code).toBe(1001)
    expect(await logOf(client)).toMatchObject({ outcome: 'CANCELLED', closeCode: 1006, errorCode: null })
    await expect.poll(() => upstream.connections()).toBe(0)
  })

  test('the client disconnects before its upstream has responded', async () => {
    const stalling = await startRealtimeUpstream()
    const server = await startLatchkey({ env: { LATCHKEY_UPSTREAM_URL: stalling.baseUrl } })
    const { secret } = await server.createKey()
    const waiting = stalling.stall()
    const socket = await openSocket(server.url)
    socket.write(handshake('/v1/realtime?model=m1', [`Authorization: Bearer ${secret}`]))
    await waiting
    socket.end()
    await expect.poll(() => stalling.connections()).toBe(0)
    await expect.poll(() => requestLogs(server)).toMatchObject([{ outcome: 'CANCELLED', httpStatus: null }])
    await server.close()
    await stalling.close()
  })
})

describe('a message that is not carried', () => {
  test('larger than the bound, from the client', async () => {
    const { client, peer, peerClosed } = await session()
    const seen: number[] = []
    peer.on('message', (data: Buffer) => seen.push(data.length))
    client.socket.send('x'.repeat(MESSAGE_MAX))
    client.socket.send('x'.repeat(MESSAGE_MAX + 1))
    expect((await client.closed).code).toBe(1009)
    expect((await peerClosed).code).toBe(1001)
    expect(seen).toEqual([MESSAGE_MAX])
    expect(await logOf(client)).toMatchObject({ outcome: 'ERROR', closeCode: 1009, errorCode: 'closed_1009' })
  })

  test('larger than the bound, from the upstream', async () => {
    const { client, peer, peerClosed } = await session()
    peer.send('x'.repeat(MESSAGE_MAX + 1))
    expect(await client.closed).toEqual({ code: 1011, reason: expect.stringContaining('larger') })
    expect((await peerClosed).code).toBe(1009)
    expect(await logOf(client)).toMatchObject({
      outcome: 'ERROR',
      errorCode: 'upstream_interrupted',
      closeCode: 1011,
    })
  })

  test.for([
    ['text that is no UTF-8', Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28]), 1007],
    ['a frame without a mask', Buffer.from([0x81, 0x01, 0x61]), 1002],
  ] as const)('%s, from the client', async ([, frame, code]) => {
    const { client, peerClosed } = await session()
    const raw = (client.socket as unknown as { _socket: { write(bytes: Buffer): void } })._socket
    raw.write(frame)
    expect((await client.closed).code).toBe(code)
    expect((await peerClosed).code).toBe(1001)
    expect(await logOf(client)).toMatchObject({ outcome: 'ERROR', closeCode: code })
  })
})

describe('a slow reader holds its sender back', () => {
  const MESSAGE = Buffer.alloc(64 * 1024, 7)
  const COUNT = 2_000
  // What the kernels of three connections and the bound hold is far below what is sent.
  const PASSED_MAX_BYTES = 64 * 1024 * 1024

  test.for(['upstream', 'client'] as const)('the %s, and loses nothing', async (sender) => {
    const { client, peer } = await session()
    const [from, to] = sender === 'upstream' ? [peer, client.socket] : [client.socket, peer]
    to.pause()
    // One after the other: of many that wait for one write, nothing shows how much was sent.
    let taken = 0
    const sendNext = () =>
      from.send(MESSAGE, () => {
        if (++taken < COUNT) sendNext()
      })
    sendNext()
    // Until nothing moves any more, over a while in which a busy machine would move something.
    let before = -1
    let still = 0
    await expect
      .poll(
        () => {
          still = taken === before ? still + 1 : 0
          before = taken
          return still
        },
        { interval: 200, timeout: 20_000 },
      )
      .toBeGreaterThanOrEqual(5)
    expect(taken * MESSAGE.length).toBeLessThan(PASSED_MAX_BYTES)
    let received = 0
    const all = new Promise<void>((resolve) => {
      to.on('message', (data: Buffer) => {
        received += data.length
        if (received === COUNT * MESSAGE.length) resolve()
      })
    })
    to.resume()
    await all
    client.socket.close(1000)
    expect((await client.closed).code).toBe(1000)
    expect(await logOf(client)).toMatchObject({
      outcome: 'SUCCESS',
      [sender === 'upstream' ? 'responseBytes' : 'requestBytes']: COUNT * MESSAGE.length,
    })
  })
})

describe('a peer that does not respond to pings', () => {
  test('the client: cancelled; the upstream: an error', async () => {
    const server = await startLatchkey({
      env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl },
      realtime: { ...LIMITS, pingMs: 100 },
    })
    const { secret } = await server.createKey()
    upstream.serve(() => undefined)
    const deaf = await openRealtime(server, secret, { options: { autoPong: false } })
    expect((await deaf.closed).code).toBe(1006)
    expect(await logOf(deaf, server)).toMatchObject({ outcome: 'CANCELLED', closeCode: 1006 })
    const { client, peer } = await session(server, secret)
    // A paused peer reads no ping.
    peer.pause()
    expect((await client.closed).code).toBe(1011)
    expect(await logOf(client, server)).toMatchObject({ outcome: 'ERROR', errorCode: 'upstream_interrupted' })
    // One that responds stays open, however long nothing is sent.
    const quiet = await session(server, secret)
    for (let pings = 0; pings < 6; pings++) await once(quiet.client.socket, 'ping')
    quiet.client.socket.send('still here')
    await once(quiet.peer, 'message')
    quiet.client.socket.close(1000)
    await quiet.client.closed
    await server.close()
  })
})

describe('the gateway stops', () => {
  async function stopping(): Promise<{ server: TestLatchkey; open: Session }> {
    const server = await startLatchkey({ env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl } })
    return { server, open: await session(server, (await server.createKey()).secret) }
  }

  /** The one request log of a server that has stopped. */
  async function logAfter({ database }: TestLatchkey): Promise<CallRecord | undefined> {
    const store = await openStore(database)
    const logs = await findRequestLogs(store, {}, { limit: 2 })
    await store.close()
    expect(logs).toHaveLength(1)
    return logs[0]
  }

  test('a session that ends in time ends as it would have, and nothing waits longer', async () => {
    const { server, open } = await stopping()
    const stopped = server.app.close(60_000)
    open.peer.send('still here')
    expect(String((await open.client.message()).data)).toBe('still here')
    open.client.socket.close(1000)
    await stopped
    expect(await logAfter(server)).toMatchObject({ outcome: 'SUCCESS', closeCode: 1000 })
    await server.close()
  })

  test('one that does not is closed with 1001 on both sides, and recorded', async () => {
    const { server, open } = await stopping()
    open.client.socket.send('12345')
    await once(open.peer, 'message')
    const stopped = server.app.close(50)
    expect(await open.client.closed).toEqual({ code: 1001, reason: 'This gateway is restarting.' })
    expect((await open.peerClosed).code).toBe(1001)
    await stopped
    expect(await logAfter(server)).toMatchObject({
      outcome: 'INTERRUPTED',
      closeCode: 1001,
      errorCode: 'shutting_down',
      httpStatus: 101,
      requestBytes: 5,
    })
    await server.close()
  })

  test('one whose client does not respond to that either is disconnected', async () => {
    const { server, open } = await stopping()
    open.client.socket.pause()
    await server.app.close(50)
    expect(await logAfter(server)).toMatchObject({ outcome: 'INTERRUPTED', closeCode: 1001 })
    open.client.socket.terminate()
    await server.close()
  })
})
