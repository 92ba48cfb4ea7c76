// What a key has used is known again after kill -9, and places of calls that died with a process are free.
import { afterEach, describe, expect, test } from 'vitest'
import { chat } from '../support/server/gateway-calls.ts'
import { makePricedModel } from '../support/server/priced-models.ts'
import { makeRuledKey } from '../support/server/ruled-keys.ts'
import { expectAccount, openStation } from '../support/server/station.ts'
import { workersOf } from '../support/server/worker-processes.ts'
import { COMPLETION } from '../support/upstreams/chat-responses.ts'
import { json, startUpstream } from '../support/upstreams/upstream.ts'

const CALL_NANO = 9 * 1_000 + 12 * 10_000

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function stationOn(kind: 'sqlite' | 'postgresql', env: Record<string, string> = {}) {
  const upstream = await startUpstream((_request, response) => json(response, 200, COMPLETION))
  cleanups.push(() => upstream.close())
  const station = await openStation(kind, { env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl, ...env } })
  cleanups.push(() => station.remove())
  return { upstream, station }
}

describe.each(['sqlite', 'postgresql'] as const)('on %s', (kind) => {
  test('a server that is killed right after its responses continues to count where it was', async () => {
    const { upstream, station } = await stationOn(kind)
    let server = await station.start()
    const limits = [
      { unit: 'REQUESTS', window: 'DAY', max: 20 },
      { unit: 'TOKENS', window: 'DAY', max: 1_000_000 },
      { unit: 'REQUESTS', window: 'DAY', max: 5, model: 'few' },
    ]
    const key = await makeRuledKey({ url: server.url, adminToken: station.adminToken }, { limits })
    let succeeded = 0
    for (let kill = 1; kill <= 3; kill++) {
      const responses = await Promise.all(
        Array.from({ length: 4 }, (_, at) => chat(server, key.secret, { model: at === 0 ? 'few' : 'm1' })),
      )
      await Promise.all(responses.map((reply) => reply.arrayBuffer()))
      expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 200])
      succeeded += 4
      await server.kill()
      server = await station.start()
      const view = await fetch(`${server.url}/v1/key`, { headers: { authorization: `Bearer ${key.secret}` } })
      const { limits: unused } = (await view.json()) as {
        limits: { unit: string; model: string | null; remaining: number }[]
      }
      expect(unused.map(({ unit, model, remaining }) => [unit, model, remaining])).toEqual([
        ['requests', null, 20 - succeeded],
        ['requests', 'few', 5 - kill],
        ['tokens', null, 1_000_000 - succeeded * COMPLETION.usage.total_tokens],
      ])
    }
    // One more that is aborted by the kill: it was sent to the upstream, and counts.
    const before = upstream.received.length
    upstream.respondWith(() => undefined)
    const abort = chat(server, key.secret, { model: 'few' }).catch(() => 'aborted')
    await expect.poll(() => upstream.received.length).toBe(before + 1)
    await server.kill()
    expect(await abort).toBe('aborted')
    upstream.respondWith((_request, response) => json(response, 200, COMPLETION))
    server = await station.start()
    const statuses: number[] = []
    for (let n = 0; n < 10; n++) {
      const reply = await chat(server, key.secret, { model: n < 3 ? 'few' : 'm1' })
      await reply.arrayBuffer()
      statuses.push(reply.status)
    }
    // Of the model, four are used: one remains. Of all, thirteen: seven remain.
    expect(statuses).toEqual([200, 429, 429, 200, 200, 200, 200, 200, 200, 429])
  })

  test('money is kept over a kill, what was reserved for in-flight calls is not, and workers share a budget', async () => {
    const { upstream, station } = await stationOn(kind, { LATCHKEY_WORKERS: '2' })
    let server = await station.start()
    const admin = { url: server.url, adminToken: station.adminToken }
    // $1 and $10 for a million tokens: a call costs 9 × 1,000 and 12 × 10,000 nano-dollars.
    const price = { INPUT_TOKEN: '1', OUTPUT_TOKEN: '10' }
    await makePricedModel(admin, { baseUrl: upstream.baseUrl, name: 'paid', price })
    const limit = 30 * CALL_NANO
    const key = await makeRuledKey(admin, { budgets: [{ window: 'TOTAL', limitUsd: String(limit / 1e9) }] })
    const billed = (max_tokens: number) => chat(server, key.secret, { model: 'paid', max_tokens })
    const succeeded = 20
    const responses = await Promise.all(Array.from({ length: succeeded }, () => billed(12)))
    await Promise.all(responses.map((reply) => reply.arrayBuffer()))
    expect(responses.filter(({ status }) => status !== 200)).toEqual([])
    // All that remains is reserved for one call that the kill aborts.
    upstream.respondWith(() => undefined)
    const rest = limit - succeeded * CALL_NANO
    const abort = billed(Math.floor((rest - 100_000) / 10_000)).catch(() => 'aborted')
    await expect.poll(() => upstream.received.length).toBe(succeeded + 1)
    expect((await billed(12)).status).toBe(429)
    await server.kill()
    expect(await abort).toBe('aborted')
    upstream.respondWith((_request, response) => json(response, 200, COMPLETION))
    server = await station.start()
    const view = await fetch(`${server.url}/v1/key`, { headers: { authorization: `Bearer ${key.secret}` } })
    const { budgets } = (await view.json()) as { budgets: { spent_usd: string; reserved_usd: string }[] }
    expect(budgets).toMatchObject([{ spent_usd: String((succeeded * CALL_NANO) / 1e9), reserved_usd: '0' }])
    const burst = await Promise.all(Array.from({ length: 200 }, () => billed(12)))
    await Promise.all(burst.map((reply) => reply.arrayBuffer()))
    const more = burst.filter(({ status }) => status === 200).length
    expect(upstream.received.length).toBe(succeeded + 1 + more)
    expect(more).toBeGreaterThan(0)
    expect((succeeded + more) * CALL_NANO).toBeLessThanOrEqual(limit)
    expect(await server.stop()).toBe(0)
    await expectAccount(station, [])
  })

  test('calls of a worker that is killed hold no place any more, and stay counted', async () => {
    const { upstream, station } = await stationOn(kind, { LATCHKEY_WORKERS: '2' })
    const server = await station.start()
    const key = await makeRuledKey(
      { url: server.url, adminToken: station.adminToken },
      { concurrency: { maxCalls: 4 }, limits: [{ unit: 'REQUESTS', window: 'DAY', max: 6 }] },
    )
    upstream.respondWith(() => undefined)
    const abort = Array.from({ length: 4 }, () => chat(server, key.secret).catch(() => 'aborted'))
    await expect.poll(() => upstream.received.length).toBe(4)
    expect((await chat(server, key.secret)).status).toBe(429)
    for (const worker of workersOf(server)) process.kill(worker, 'SIGKILL')
    expect(await Promise.all(abort)).toEqual(Array(4).fill('aborted'))
    upstream.respondWith((_request, response) => json(response, 200, COMPLETION))
    const statuses: number[] = []
    // Until others have taken their place nobody listens.
    await expect
      .poll(
        async () => {
          const reply = await chat(server, key.secret).catch(() => null)
          await reply?.arrayBuffer()
          if (reply !== null) statuses.push(reply.status)
          return statuses.length
        },
        { timeout: 20_000 },
      )
      .toBe(3)
    expect(statuses).toEqual([200, 200, 429])
    expect(await server.stop()).toBe(0)
  })
})
