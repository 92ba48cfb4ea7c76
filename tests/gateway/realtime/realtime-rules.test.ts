// Realtime sessions under the rules of a key: one session is one request and one call at once.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openRealtime } from '../../support/clients/realtime-client.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { makeRuledKey } from '../../support/server/ruled-keys.ts'
import { type RealtimeUpstream, startRealtimeUpstream } from '../../support/upstreams/realtime-upstream.ts'

let upstream: RealtimeUpstream
let latchkey: TestLatchkey

beforeAll(async () => {
  upstream = await startRealtimeUpstream()
  latchkey = await startLatchkey({ env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl } })
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

const refusal = (secret: string, query?: string) =>
  openRealtime(latchkey, secret, query === undefined ? {} : { query }).then(
    () => 'opened',
    (error: Error) => error.message,
  )

test('a session holds its place until it is closed, and is one request of its limit', async () => {
  const { secret } = await makeRuledKey(latchkey, {
    concurrency: { maxCalls: 1 },
    limits: [{ unit: 'REQUESTS', window: 'DAY', max: 2 }],
  })
  const first = await openRealtime(latchkey, secret)
  expect(first.headers['x-ratelimit-remaining-requests']).toBe('1')
  expect(await refusal(secret)).toContain('429')
  first.socket.close(1000)
  await first.closed
  await expect
    .poll(async () => {
      const view = await fetch(`${latchkey.url}/v1/key`, { headers: { authorization: `Bearer ${secret}` } })
      const { limits } = (await view.json()) as { limits: { unit: string; remaining: number }[] }
      return limits.map(({ unit, remaining }) => [unit, remaining])
    })
    .toEqual([
      ['requests', 1],
      ['concurrency', 1],
    ])
  const second = await openRealtime(latchkey, secret)
  second.socket.close(1000)
  await second.closed
  expect(await refusal(secret)).toContain('429')
})

test.for([
  [{ models: { deny: ['m1'] } }, undefined],
  [{ models: { allow: ['m1'] } }, '?intent=transcription'],
  [{ endpoints: { allow: ['/v1/chat/completions'] } }, undefined],
  [{ addresses: { allow: ['10.0.0.0/8'] } }, undefined],
] as const)('%j refuses a session of %s', async ([policy, query]) => {
  const { secret } = await makeRuledKey(latchkey, policy)
  const before = upstream.handshakes.length
  expect(await refusal(secret, query)).toContain('403')
  expect(upstream.handshakes.length).toBe(before)
})
