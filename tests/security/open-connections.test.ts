// How many connections a network may have open, in front of the fast lane and of node:http.
import { once } from 'node:events'
import type { Socket } from 'node:net'
import type { ConnectionBound } from '@latchkey/server/http/server/connection-bound.ts'
import { createListener, type Listener } from '@latchkey/server/http/server/listener.ts'
import { afterEach, describe, expect, test } from 'vitest'
import { openSocket, parseRaw, sendRaw } from '../support/clients/raw-http.ts'
import { startLatchkey } from '../support/server/latchkey.ts'

const MAX = 3
const REQUEST = 'GET /v1/models HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
const BY_LANE =
  'POST /v1/embeddings HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}'

let listener: Listener | null = null
let sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  sockets = []
  await listener?.stop({ graceMs: 0, lingerMs: 0, interrupt: () => undefined })
  listener = null
})

async function open(withLane: boolean, isExempt: (address: string) => boolean = () => false) {
  const refused: string[] = []
  const bound: ConnectionBound = { perNetwork: MAX, isExempt, onRefused: (address) => refused.push(address) }
  const lane = {
    takes: () => true,
    handle: (exchange: { sendHead(status: number, headers: object): void; end(): void }) => {
      exchange.sendHead(204, {})
      exchange.end()
    },
    addresses: { trusts: () => false, of: (peer: string | null) => peer },
    clientIdleMs: 60_000,
    responseHeaders: {},
  }
  listener = createListener(
    (_request, response) => response.writeHead(204).end(),
    null,
    60_000,
    withLane ? lane : null,
    bound,
  )
  const url = await listener.listen('127.0.0.1', 0)
  return { url, refused }
}

async function hold(url: string, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    const socket = await openSocket(url)
    socket.on('error', () => undefined)
    sockets.push(socket)
  }
}

describe.each([
  ['the fast lane', true],
  ['node:http', false],
] as const)('in front of %s', (_, withLane) => {
  test('a connection past the bound is closed unread, and one that closes makes room', async () => {
    const { url, refused } = await open(withLane)
    await hold(url, MAX)
    expect(await sendRaw(url, REQUEST)).toBe('')
    expect(refused).toEqual(['127.0.0.1'])
    const [first] = sockets
    first?.destroy()
    await expect.poll(() => sendRaw(url, REQUEST)).toContain('HTTP/1.1 204')
  })

  test('one that is in use, or was handed over, counts', async () => {
    const { url } = await open(withLane)
    await hold(url, MAX)
    for (const [at, bytes] of [BY_LANE, REQUEST.replace('close', 'keep-alive'), 'GET /v1/'].entries()) {
      sockets[at]?.write(bytes)
      if (at < 2 && sockets[at] !== undefined) await once(sockets[at], 'data')
    }
    expect(await sendRaw(url, REQUEST)).toBe('')
  })

  test('addresses that stand for many clients are exempt', async () => {
    const { url, refused } = await open(withLane, (address) => address === '127.0.0.1')
    await hold(url, 10 * MAX)
    expect(parseRaw(await sendRaw(url, REQUEST)).status).toBe(204)
    expect(refused).toEqual([])
  })
})

test('a server does not count the connections of its own machine', async () => {
  const latchkey = await startLatchkey({ env: { LATCHKEY_CONNECTIONS_PER_NETWORK: '2' } })
  await hold(latchkey.url, 10)
  expect((await fetch(`${latchkey.url}/healthz`)).status).toBe(200)
  await latchkey.close()
})
