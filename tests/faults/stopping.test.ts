// SIGTERM, and two servers on one data directory.
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { chat } from '../support/server/gateway-calls.ts'
import { expectAccount, makeKey, openStation, type Station } from '../support/server/station.ts'
import { chatChunks, event, startEvents } from '../support/upstreams/chat-responses.ts'
import { startUpstream } from '../support/upstreams/upstream.ts'

const STREAMS = 20
// Far below the 30 s that open connections are given: nothing must wait for that.
const STOP_MAX_MS = 20_000

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

describe.each(['sqlite', 'postgresql'] as const)('on %s', (kind) => {
  test(`SIGTERM with ${STREAMS} open streams: all end whole, none is missing, new connections are refused, exit code 0`, async () => {
    const open: ServerResponse[] = []
    const upstream = await startUpstream((_request, response) => {
      startEvents(response)
      response.write(event(chatChunks(true)[0]))
      open.push(response)
    })
    cleanups.push(upstream.close)
    const station = await openStation(kind, { env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl } })
    cleanups.push(station.remove)
    const server = await station.start()
    const { secret } = await makeKey(station, server.url)
    const responses = await Promise.all(
      Array.from({ length: STREAMS }, () => chat(server, secret, { stream: true })),
    )
    const from = performance.now()
    const stopped = server.stop()
    await expect.poll(() => refuses(server.url)).toBe(true)
    expect(open).toHaveLength(STREAMS)
    for (const response of open)
      response.end([...chatChunks(true).slice(1), '[DONE]'].map((chunk) => event(chunk)).join(''))
    for (const reply of responses) expect(await reply.text()).toMatch(/data: \[DONE\]\n\n$/)
    expect(await stopped).toBe(0)
    expect(performance.now() - from).toBeLessThan(STOP_MAX_MS)
    const ids = responses.map(({ headers }) => headers.get('x-request-id') ?? '')
    expect((await expectAccount(station, ids)).outcomes).toEqual(new Set(['SUCCESS']))
  })
})

test('a second server on one data directory is refused with exit code 78; after a kill -9 a new one starts at once', async () => {
  const station: Station = await openStation('sqlite')
  cleanups.push(station.remove)
  const first = await station.start()
  await expect(station.start()).rejects.toThrow(
    /ended with 78:\n[\s\S]*Latchkey cannot start\.\n.* is in use by another Latchkey/,
  )
  expect((await fetch(`${first.url}/readyz`)).status).toBe(200)
  await first.kill()
  const next = await station.start()
  expect((await fetch(`${next.url}/readyz`)).status).toBe(200)
  expect(await next.stop()).toBe(0)
})

async function refuses(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  try {
    await once(socket, 'connect')
    return false
  } catch {
    return true
  } finally {
    socket.destroy()
  }
}
