// Requests to upgrade are judged by the same form of a path as all others.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { sameByEncoding, takenForTheSame } from '../support/clients/path-spellings.ts'
import { openSocket, parseRaw, sendRaw } from '../support/clients/raw-http.ts'
import { handshake } from '../support/clients/realtime-client.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'
import { makeRuledKey } from '../support/server/ruled-keys.ts'
import { type RealtimeUpstream, startRealtimeUpstream } from '../support/upstreams/realtime-upstream.ts'

const PATH = '/v1/realtime'

let upstream: RealtimeUpstream
let latchkey: TestLatchkey
let ruled: string
let unrestricted: string
beforeAll(async () => {
  upstream = await startRealtimeUpstream((peer) => peer.close(1000))
  latchkey = await startLatchkey({ env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl } })
  ruled = (await makeRuledKey(latchkey, { models: { allow: ['m1'] } })).secret
  unrestricted = (await latchkey.createKey()).secret
})
beforeEach(() => {
  upstream.handshakes.length = 0
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

/** The status of a handshake that is refused. */
async function refusal(secret: string, target: string): Promise<number> {
  return parseRaw(await sendRaw(latchkey.url, handshake(target, [`Authorization: Bearer ${secret}`]))).status
}

test('no spelling of the path gets past a key with another model', async () => {
  for (const target of [PATH, ...sameByEncoding(PATH), ...takenForTheSame(PATH)]) {
    // Elsewhere no upgrade is taken.
    if (target.includes('?') || !target.startsWith('/v1/')) continue
    expect(await refusal(ruled, `${target}?model=gpt-5`), target).toBeGreaterThanOrEqual(400)
  }
  for (const query of [
    '?model=gpt-5#',
    '?model=gpt-5#/cancel',
    '#?model=m1',
    '?model=m1#&model=gpt-5',
    '?x=\u00e9',
  ])
    expect(await refusal(ruled, PATH + query), query).toBe(400)
  expect(upstream.handshakes).toEqual([])
})

test('the upstream is sent the path that was judged', async () => {
  for (const target of sameByEncoding(PATH)) {
    await handshakeOf(target)
    expect(
      upstream.handshakes.map(({ path }) => path),
      target,
    ).toEqual(['/v1/realtime?model=m1'])
    upstream.handshakes.length = 0
  }
})

async function handshakeOf(target: string): Promise<void> {
  const socket = await openSocket(latchkey.url)
  socket.on('error', () => undefined)
  socket.write(handshake(`${target}?model=m1`, [`Authorization: Bearer ${unrestricted}`]))
  await expect.poll(() => upstream.handshakes.length).toBe(1)
  socket.destroy()
}
