// Hundreds of megabytes through a server of its own: it keeps none of them, and other calls succeed meanwhile.
import { randomBytes } from 'node:crypto'
import { request, type ServerResponse } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { residentBytes } from '../../support/run/process-memory.ts'
import { chat } from '../../support/server/gateway-calls.ts'
import { makeRuledKey } from '../../support/server/ruled-keys.ts'
import type { ServerProcess } from '../../support/server/server-process.ts'
import { openStation, type Station } from '../../support/server/station.ts'
import { type HttpUpstream, startHttpUpstream } from '../../support/upstreams/http-upstream.ts'

const MIB = 1024 * 1024
const PIECES = 300
const GROWTH_MAX_BYTES = 150 * MIB

let upstream: HttpUpstream
let station: Station
let server: ServerProcess
let secret = ''
const piece = randomBytes(MIB)

beforeAll(async () => {
  upstream = await startHttpUpstream((incoming, response) => {
    if (incoming.method === 'GET') return void download(response)
    let received = 0
    incoming.on('data', (chunk: Buffer) => {
      received += chunk.length
    })
    incoming.on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ received }))
    })
  })
  station = await openStation('sqlite', { env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl } })
  server = await station.start()
  const admin = { url: server.url, adminToken: station.adminToken }
  secret = (await makeRuledKey(admin, { sharedObjects: true })).secret
})
afterAll(async () => {
  await station.remove()
  await upstream.close()
})

test('300 MB go up and 300 MB come down at once, with constant memory', async () => {
  // What the first calls load stays.
  for (let n = 0; n < 20; n++) await (await chat(server, secret)).text()
  const before = residentBytes(server.process.pid)
  let most = before
  const watch = setInterval(() => {
    most = Math.max(most, residentBytes(server.process.pid))
  }, 20)
  const [sent, received] = await Promise.all([upload(), downloaded(), others(() => most)])
  clearInterval(watch)
  expect(sent).toEqual({ received: PIECES * MIB })
  expect(received).toBe(PIECES * MIB)
  expect(most - before).toBeLessThan(GROWTH_MAX_BYTES)
})

/** Small calls while the large ones run: each succeeds. */
async function others(memory: () => number): Promise<void> {
  for (let n = 0; n < 20; n++) {
    expect((await chat(server, secret)).status).toBe(200)
    expect(memory()).toBeGreaterThan(0)
  }
}

async function download(response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': PIECES * MIB })
  for (let n = 0; n < PIECES && !response.destroyed; n++) {
    await new Promise((resolve) => response.write(piece, resolve))
  }
  response.end()
}

async function downloaded(): Promise<number> {
  const reply = await fetch(`${server.url}/v1/files/file-1/content`, {
    headers: { authorization: `Bearer ${secret}` },
  })
  expect(reply.headers.get('content-length')).toBe(String(PIECES * MIB))
  let bytes = 0
  for await (const chunk of reply.body ?? []) bytes += chunk.length
  return bytes
}

function upload(): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const sending = request(
      `${server.url}/v1/files`,
      {
        method: 'POST',
        headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/octet-stream' },
      },
      async (reply) => {
        let text = ''
        for await (const chunk of reply) text += chunk
        resolve(JSON.parse(text))
      },
    )
    sending.on('error', reject)
    const sendFrom = (n: number) => {
      if (n === PIECES) return void sending.end()
      sending.write(piece, () => sendFrom(n + 1))
    }
    sendFrom(0)
  })
}
