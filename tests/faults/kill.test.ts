// kill -9 under load, at random moments: no successful call is missing, none is double, and the rollups agree.
import { setTimeout as after } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { startLoad } from '../support/clients/load.ts'
import { seededRandom, seedOfRun } from '../support/run/seeded-random.ts'
import { expectAccount, makeKey, openStation, type Station } from '../support/server/station.ts'
import { startLoadUpstream } from '../support/upstreams/load-upstream.ts'
import type { TestUpstream } from '../support/upstreams/upstream.ts'

const KILLS = 20
const RESTART_MAX_MS = 30_000

let station: Station
let upstream: TestUpstream

afterEach(async () => {
  await upstream.close()
  await station.remove()
})

test.for(['sqlite', 'postgresql'] as const)(
  `killed ${KILLS} times under load, %s: 0 successful calls missing, 0 double, every start within ${RESTART_MAX_MS} ms`,
  async (kind) => {
    const random = seededRandom(seedOfRun())
    upstream = await startLoadUpstream(() => random() * 6)
    station = await openStation(kind, { env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl } })
    let server = await station.start()
    let url = Promise.resolve(server.url)
    const { secret } = await makeKey(station, server.url)
    const load = startLoad({ url: () => url, secret, clients: 16, random })
    const startMs: number[] = []
    for (let kill = 0; kill < KILLS; kill++) {
      const before = load.succeeded.size
      await expect.poll(() => load.succeeded.size, { interval: 5 }).toBeGreaterThan(before)
      await after(random() * 400)
      const started = Promise.withResolvers<string>()
      url = started.promise
      await server.kill()
      const from = performance.now()
      server = await station.start()
      startMs.push(performance.now() - from)
      started.resolve(server.url)
    }
    await expect.poll(() => load.succeeded.size).toBeGreaterThan(KILLS)
    await load.stop()
    expect(await server.stop()).toBe(0)
    const { rows, outcomes } = await expectAccount(station, load.succeeded)
    console.log(
      `${kind}: ${load.begun()} calls begun, ${load.succeeded.size} succeeded, ${rows} rows; slowest start ${Math.max(...startMs).toFixed(0)} ms`,
    )
    expect(outcomes).toEqual(new Set(['SUCCESS']))
    expect(rows).toBeLessThanOrEqual(load.begun())
    expect([...load.refused]).toEqual([])
    expect(Math.max(...startMs)).toBeLessThan(RESTART_MAX_MS)
  },
)
