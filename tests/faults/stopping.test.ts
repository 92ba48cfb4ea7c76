// SIGTERM, and two servers on one data directory.
import { once } from 'node:events'
import { Agent, request, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { chat } from '../support/server/gateway-calls.ts'
import { expectAccount, makeKey, openStation, type Station } from '../support/server/station.ts'
import { COMPLETION, chatChunks, event, startEvents } from '../support/upstreams/chat-responses.ts'
import { json, startUpstream } from '../support/upstreams/upstream.ts'

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

describe.each([
  ['the fast lane', { LATCHKEY_FAST_LANE: 'on' }],
  ['node:http', { LATCHKEY_FAST_LANE: 'off' }],
  ['two workers', { LATCHKEY_WORKERS: '2' }],
] as const)('with %s', (_name, env) => {
  test('calls on kept connections are all served while it stops: none is reset, and /readyz says draining first', async () => {
    const upstream = await startUpstream((_request, response) => json(response, 200, COMPLETION))
    cleanups.push(upstream.close)
    const station = await openStation('sqlite', {
      env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl, LATCHKEY_STOP_DELAY_SECONDS: '1', ...env },
    })
    cleanups.push(station.remove)
    const server = await station.start()
    const { secret } = await makeKey(station, server.url)
    const agent = new Agent({ keepAlive: true })
    let served = 0
    let newResets = 0
    const failures: string[] = []
    const clients = Array.from({ length: 10 }, async () => {
      for (;;) {
        const outcome = await chatOver(agent, server.url, secret)
        // A new connection is refused once the port is closed; one that the owner was just handing to a worker is reset.
        if (outcome === 'new connection reset') newResets++
        if (outcome === 'ECONNREFUSED' || outcome === 'new connection reset') return
        if (outcome === '200') served++
        else failures.push(outcome)
      }
    })
    await expect.poll(() => served).toBeGreaterThan(50)
    const stopped = server.stop()
    await expect
      .poll(async () => fetch(`${server.url}/readyz`).then((response) => response.json()))
      .toMatchObject({ status: 'not ready', reasons: ['draining'] })
    for (const part of ['gateway', 'admin'])
      expect((await fetch(`${server.url}/readyz?for=${part}`)).status).toBe(503)
    expect((await fetch(`${server.url}/readyz?for=all`)).status).toBe(400)
    const before = served
    await Promise.all(clients)
    agent.destroy()
    expect(await stopped).toBe(0)
    expect(failures).toEqual([])
    if (!('LATCHKEY_WORKERS' in env)) expect(newResets).toBe(0)
    expect(served, 'served after the signal').toBeGreaterThan(before)
  })

  test('a stream that outlasts the grace gets an error event, and is INTERRUPTED', async () => {
    const upstream = await startUpstream((_request, response) => {
      startEvents(response)
      response.write(event(chatChunks(true)[0]))
    })
    cleanups.push(upstream.close)
    const station = await openStation('sqlite', {
      env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl, LATCHKEY_STOP_GRACE_SECONDS: '1', ...env },
    })
    cleanups.push(station.remove)
    const server = await station.start()
    const { secret } = await makeKey(station, server.url)
    const response = await chat(server, secret, { stream: true })
    const stopped = server.stop()
    let text = ''
    try {
      for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString('utf8')
    } catch {
      // Aborted, so that no client takes it for whole.
    }
    expect(text).toContain('"code":"shutting_down"')
    expect(await stopped).toBe(0)
    const id = response.headers.get('x-request-id') ?? ''
    expect((await expectAccount(station, [id])).outcomes).toEqual(new Set(['INTERRUPTED']))
  })
})

/** One call; the status, or the code of the error. */
function chatOver(agent: Agent, url: string, secret: string): Promise<string> {
  return new Promise((resolve) => {
    const body = JSON.stringify({ model: 'm1', messages: [{ role: 'user', content: 'Hi' }] })
    const headers = {
      authorization: `Bearer ${secret}`,
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
    }
    const sent = request(`${url}/v1/chat/completions`, { agent, method: 'POST', headers }, (response) => {
      response.resume()
      response.on('end', () => resolve(String(response.statusCode)))
      response.on('error', (error) => resolve(`in the response: ${error.message}`))
    })
    sent.on('error', (error: NodeJS.ErrnoException) => {
      const isNew = !sent.reusedSocket && error.code === 'ECONNRESET'
      resolve(isNew ? 'new connection reset' : (error.code ?? error.message))
    })
    sent.end(body)
  })
}

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
