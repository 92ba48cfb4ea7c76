// Workers and owners that die, hang or are stopped: no successful call is missing, none is double, and the port still serves calls.
import { spawnSync } from 'node:child_process'
import { request, type ServerResponse } from 'node:http'
import { setTimeout as after } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { graphql } from '../support/api/client.ts'
import { startLoad } from '../support/clients/load.ts'
import { seededRandom, seedOfRun } from '../support/run/seeded-random.ts'
import { chat } from '../support/server/gateway-calls.ts'
import { expectAccount, makeKey, openStation, type Station } from '../support/server/station.ts'
import { expectEnded, workersOf } from '../support/server/worker-processes.ts'
import { chatChunks, event, startEvents } from '../support/upstreams/chat-responses.ts'
import { startLoadUpstream } from '../support/upstreams/load-upstream.ts'
import { startUpstream, type TestUpstream } from '../support/upstreams/upstream.ts'

const WORKERS = 2
const KILLS = 6
const STREAMS = 20
// Far below the 30 s that open connections are given: nothing must wait for that.
const STOP_MAX_MS = 20_000

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

describe.each(['sqlite', 'postgresql'] as const)('on %s', (kind) => {
  test(`a worker killed ${KILLS} times under load: 0 successful calls missing, 0 double, another in its place each time`, async () => {
    const random = seededRandom(seedOfRun())
    const station = await stationOn(kind, await startLoadUpstream(() => random() * 6))
    const server = await station.start()
    const { secret } = await makeKey(station, server.url)
    const load = startLoad({ url: async () => server.url, secret, clients: 16, random })
    for (let kill = 0; kill < KILLS; kill++) {
      await moreResponses(load)
      await after(random() * 200)
      const victim = workersOf(server)[kill % WORKERS] ?? 0
      process.kill(victim, 'SIGKILL')
      // The other one serves calls meanwhile.
      await moreResponses(load)
      await expect.poll(() => serving(server.url, station)).toEqual([WORKERS, kill + 1])
    }
    await load.stop()
    // The owner runs, and has closed the connections that the killed worker left open.
    const { data } = await graphql(
      server,
      '{ ledgerHealth { openCalls } }',
      {},
      { token: station.adminToken },
    )
    expect(data.ledgerHealth.openCalls).toBe(0)
    expect(await server.stop()).toBe(0)
    const { rows, outcomes } = await expectAccount(station, load.succeeded)
    console.log(`${kind}: ${load.begun()} calls begun, ${load.succeeded.size} succeeded, ${rows} rows`)
    expect(outcomes).toEqual(new Set(['SUCCESS']))
    expect(rows).toBeLessThanOrEqual(load.begun())
    expect([...load.refused]).toEqual([])
  })

  test(`the owner killed ${KILLS} times under load: its workers end, and the next start has every successful call once`, async () => {
    const random = seededRandom(seedOfRun())
    const station = await stationOn(kind, await startLoadUpstream(() => random() * 6))
    let server = await station.start()
    let url = Promise.resolve(server.url)
    const { secret } = await makeKey(station, server.url)
    const load = startLoad({ url: () => url, secret, clients: 16, random })
    for (let kill = 0; kill < KILLS; kill++) {
      await moreResponses(load)
      await after(random() * 300)
      const workers = workersOf(server)
      expect(workers).toHaveLength(WORKERS)
      const started = Promise.withResolvers<string>()
      url = started.promise
      await server.kill()
      server = await station.start()
      started.resolve(server.url)
      await expectEnded(workers)
    }
    await moreResponses(load)
    await load.stop()
    expect(await server.stop()).toBe(0)
    const { rows, outcomes } = await expectAccount(station, load.succeeded)
    console.log(`${kind}: ${load.begun()} calls begun, ${load.succeeded.size} succeeded, ${rows} rows`)
    expect(outcomes).toEqual(new Set(['SUCCESS']))
    expect([...load.refused]).toEqual([])
  })

  test.for(['SIGTERM to the owner', 'SIGINT to the whole group'])(
    `%s with ${STREAMS} open streams: all end whole, none is missing, exit code 0`,
    async (how) => {
      const { upstream, open } = await heldStreams()
      const station = await stationOn(kind, upstream)
      const server = await station.start()
      const { secret } = await makeKey(station, server.url)
      const responses = await Promise.all(
        Array.from({ length: STREAMS }, () => chat(server, secret, { stream: true })),
      )
      const workers = workersOf(server)
      const from = performance.now()
      if (how.startsWith('SIGINT')) for (const pid of workers) process.kill(pid, 'SIGINT')
      const stopped = how.startsWith('SIGINT') && server.process.kill('SIGINT') ? server.ended : server.stop()
      await expect.poll(() => refuses(server.url)).toBe(true)
      expect(open).toHaveLength(STREAMS)
      for (const response of open) response.end(restOfStream())
      for (const reply of responses) expect(await reply.text()).toMatch(/data: \[DONE\]\n\n$/)
      expect(await stopped).toBe(0)
      expect(performance.now() - from).toBeLessThan(STOP_MAX_MS)
      await expectEnded(workers)
      const ids = responses.map(({ headers }) => headers.get('x-request-id') ?? '')
      expect((await expectAccount(station, ids)).outcomes).toEqual(new Set(['SUCCESS']))
    },
  )

  test('what a killed worker left open is interrupted, and what the other one serves goes on', async () => {
    const { upstream, open } = await heldStreams()
    const station = await stationOn(kind, upstream)
    const server = await station.start()
    const { secret } = await makeKey(station, server.url)
    const responses = await Promise.all(
      Array.from({ length: STREAMS }, () => chat(server, secret, { stream: true })),
    )
    const texts = responses.map((reply) =>
      reply.text().then(
        () => 'whole',
        () => 'aborted',
      ),
    )
    process.kill(workersOf(server)[0] ?? 0, 'SIGKILL')
    const counts = async () => {
      const { data } = await graphql(
        server,
        '{ requestLogs(first: 100) { nodes { outcome } } ledgerHealth { openCalls } }',
        {},
        { token: station.adminToken },
      )
      const interrupted = data.requestLogs.nodes.filter(
        ({ outcome }: { outcome: string }) => outcome === 'INTERRUPTED',
      )
      return { interrupted: interrupted.length, all: interrupted.length + data.ledgerHealth.openCalls }
    }
    await expect.poll(async () => (await counts()).interrupted).toBeGreaterThan(0)
    const { interrupted, all } = await counts()
    expect(all).toBe(STREAMS)
    for (const response of open) response.end(restOfStream())
    const ends = await Promise.all(texts)
    expect(ends.filter((end) => end === 'aborted')).toHaveLength(interrupted)
    expect(await server.stop()).toBe(0)
    const ids = responses.map(({ headers }) => headers.get('x-request-id') ?? '')
    const whole = ids.filter((_id, at) => ends[at] === 'whole')
    const abort = ids.filter((_id, at) => ends[at] === 'aborted')
    expect((await expectAccount(station, abort)).outcomes).toEqual(new Set(['INTERRUPTED']))
    // All of them may have been connections of the killed worker.
    for (const outcome of (await expectAccount(station, whole)).outcomes) expect(outcome).toBe('SUCCESS')
  })
})

test('a worker that hangs does not keep a revoked key alive: it is killed and replaced before the response', async () => {
  const station = await stationOn('sqlite', null)
  const server = await station.start()
  const { id, secret } = await makeKey(station, server.url)
  const before = await Promise.all(Array.from({ length: 32 }, () => chat(server, secret, { model: 'echo' })))
  for (const reply of before) await reply.text()
  const hanging = workersOf(server)
  const [victim = 0] = hanging
  process.kill(victim, 'SIGSTOP')
  cleanups.push(() => void spawnSync('kill', ['-9', String(victim)]))
  await expect.poll(() => revoke(server.url, station.adminToken, id)).toBe(200)
  expect(workersOf(server)).not.toContain(victim)
  const responses = await Promise.all(
    Array.from({ length: 32 }, () => chat(server, secret, { model: 'echo' })),
  )
  expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([401]))
  await expect.poll(() => workersOf(server).length).toBe(WORKERS)
  expect(await server.stop()).toBe(0)
})

test('a worker that hangs is killed and replaced, though no key changes', async () => {
  const station = await stationOn('sqlite', null)
  const server = await station.start()
  const [victim = 0] = workersOf(server)
  process.kill(victim, 'SIGSTOP')
  cleanups.push(() => void spawnSync('kill', ['-9', String(victim)]))
  await expectEnded([victim])
  await expect.poll(() => serving(server.url, station)).toEqual([WORKERS, 1])
  expect(await server.stop()).toBe(0)
})

test('the next owner begins only when the last worker of a killed one has ended', async () => {
  const station = await stationOn('sqlite', null)
  const first = await station.start()
  const { secret } = await makeKey(station, first.url)
  const reply = await chat(first, secret, { model: 'echo' })
  await reply.text()
  const [stuck = 0] = workersOf(first)
  process.kill(stuck, 'SIGSTOP')
  cleanups.push(() => void spawnSync('kill', ['-9', String(stuck)]))
  await first.kill()
  let resumed = false
  const started = station.start().then((server) => ({ server, afterTheLast: resumed }))
  // Long enough for a start that does not wait.
  await after(4_000)
  resumed = true
  process.kill(stuck, 'SIGCONT')
  const { server, afterTheLast } = await started
  expect(afterTheLast).toBe(true)
  await expectEnded([stuck])
  expect(await server.stop()).toBe(0)
  await expectAccount(station, [reply.headers.get('x-request-id') ?? ''])
})

test('while the disk takes no journal of a worker, calls succeed, and admins and metrics see it', async () => {
  const station = await stationOn('postgresql', await startLoadUpstream(() => 2))
  // Without the trap the first write past the limit would kill the process.
  const trap = ['/bin/sh', '-c', `trap '' XFSZ; exec "$0" "$@"`, process.execPath]
  const server = await station.start({}, trap)
  const { secret } = await makeKey(station, server.url)
  const load = startLoad({
    url: async () => server.url,
    secret,
    clients: 8,
    random: seededRandom(seedOfRun()),
  })
  await moreResponses(load)
  const limit = (bytes: string) => {
    for (const pid of workersOf(server)) run('prlimit', [`--pid=${pid}`, `--fsize=${bytes}:unlimited`])
  }
  const health = async () => {
    const query = '{ ledgerHealth { journalWritable heldBytes lostRecords } }'
    return (await graphql(server, query, {}, { token: station.adminToken })).data.ledgerHealth
  }
  limit('1000')
  await expect.poll(health).toMatchObject({ journalWritable: false, lostRecords: 0 })
  await expect.poll(async () => (await health()).heldBytes).toBeGreaterThan(0)
  await moreResponses(load)
  const metrics = await fetch(`${server.url}/metrics`, {
    headers: { authorization: `Bearer ${station.adminToken}` },
  })
  expect(await metrics.text()).toMatch(/^latchkey_journal_writable 0$/m)
  limit('unlimited')
  await expect.poll(health).toEqual({ journalWritable: true, heldBytes: 0, lostRecords: 0 })
  await load.stop()
  expect(await server.stop()).toBe(0)
  await expectAccount(station, load.succeeded)
})

/** A station whose servers have workers, and call this upstream, or the echo. */
async function stationOn(kind: 'sqlite' | 'postgresql', upstream: TestUpstream | null): Promise<Station> {
  if (upstream !== null) cleanups.push(upstream.close)
  const station = await openStation(kind, {
    env: {
      LATCHKEY_WORKERS: String(WORKERS),
      ...(upstream === null ? {} : { LATCHKEY_UPSTREAM_URL: upstream.baseUrl }),
    },
  })
  cleanups.push(station.remove)
  return station
}

/** An upstream that begins streams and lets the test end them. */
async function heldStreams(): Promise<{ upstream: TestUpstream; open: ServerResponse[] }> {
  const open: ServerResponse[] = []
  const upstream = await startUpstream((_request, response) => {
    startEvents(response)
    response.write(event(chatChunks(true)[0]))
    open.push(response)
  })
  return { upstream, open }
}

function restOfStream(): string {
  return [...chatChunks(true).slice(1), '[DONE]'].map((chunk) => event(chunk)).join('')
}

/** Over a connection of its own: one in turn is the hanging worker's. Returns the status; null where it is aborted. */
function revoke(url: string, adminToken: string, id: number): Promise<number | null> {
  return new Promise((resolve) => {
    const sent = request(
      `${url}/api/api-keys/${id}/revoke`,
      {
        agent: false,
        method: 'POST',
        headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
      },
      (reply) => {
        reply.resume()
        resolve(reply.statusCode ?? null)
      },
    )
    sent.on('error', () => resolve(null))
    // Aborted by the client: the next attempt goes to another worker.
    sent.setTimeout(4_000, () => sent.destroy())
    sent.end('{}')
  })
}

/** How many workers serve, and how many were replaced, as the metrics say; null where nothing responds. */
async function serving(url: string, { adminToken }: Station): Promise<number[] | null> {
  const headers = { authorization: `Bearer ${adminToken}` }
  const text = await fetch(`${url}/metrics`, { headers }).then(
    (reply) => reply.text(),
    () => '',
  )
  const found = /^latchkey_workers (\d+)$[\s\S]*^latchkey_workers_replaced_total (\d+)$/m.exec(text)
  return found === null ? null : [Number(found[1]), Number(found[2])]
}

function run(program: string, args: string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  expect(status, stderr).toBe(0)
}

async function moreResponses(load: { succeeded: Set<string> }): Promise<void> {
  const before = load.succeeded.size
  await expect.poll(() => load.succeeded.size, { interval: 5 }).toBeGreaterThan(before + 20)
}

async function refuses(url: string): Promise<boolean> {
  return fetch(`${url}/healthz`).then(
    () => false,
    () => true,
  )
}
