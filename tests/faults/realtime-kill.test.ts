// kill -9 with a realtime session open: it is in the account all the same.
import { afterEach, expect, test } from 'vitest'
import { openRealtime } from '../support/clients/realtime-client.ts'
import { expectAccount, makeKey, openStation } from '../support/server/station.ts'
import { startRealtimeUpstream } from '../support/upstreams/realtime-upstream.ts'

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

test.for(['sqlite', 'postgresql'] as const)('on %s, as INTERRUPTED', async (kind) => {
  const upstream = await startRealtimeUpstream((peer) => peer.send('hello'))
  cleanups.push(upstream.close)
  const station = await openStation(kind, { env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl } })
  cleanups.push(station.remove)
  const server = await station.start()
  const { secret } = await makeKey(station, server.url)
  const client = await openRealtime(server, secret)
  await client.message()
  await server.kill()
  expect((await client.closed).code).toBe(1006)
  expect(await (await station.start()).stop()).toBe(0)
  const { outcomes } = await expectAccount(station, [String(client.headers['x-request-id'])])
  expect(outcomes).toEqual(new Set(['INTERRUPTED']))
})
