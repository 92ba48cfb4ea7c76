// Gateway workers judge paths as a single process does.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sameByEncoding, takenForTheSame } from '../support/clients/path-spellings.ts'
import { parseRaw, sendRaw } from '../support/clients/raw-http.ts'
import { chatBody } from '../support/server/gateway-calls.ts'
import { makeRuledKey } from '../support/server/ruled-keys.ts'
import { openStation, type Station } from '../support/server/station.ts'
import { COMPLETION } from '../support/upstreams/chat-responses.ts'
import { json, startUpstream, type TestUpstream } from '../support/upstreams/upstream.ts'

let upstream: TestUpstream
let station: Station
let url: string
let secret: string
beforeAll(async () => {
  upstream = await startUpstream((_request, response) => json(response, 200, COMPLETION))
  station = await openStation('sqlite', {
    env: { LATCHKEY_WORKERS: '2', LATCHKEY_UPSTREAM_URL: upstream.baseUrl },
  })
  url = (await station.start()).url
  const server = { url, adminToken: station.adminToken }
  secret = (await makeRuledKey(server, { models: { allow: ['m1'] } })).secret
})
afterAll(async () => {
  await station.remove()
  await upstream.close()
})

async function post(target: string, model: string): Promise<number> {
  const body = chatBody({ model })
  const head = `POST ${target} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${secret}\r\nContent-Type: application/json`
  const bytes = `${head}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`
  return parseRaw(await sendRaw(url, bytes)).status
}

test('no spelling of a path gets past a key with another model', async () => {
  const path = '/v1/chat/completions'
  for (const target of [path, ...sameByEncoding(path), ...takenForTheSame(path)])
    expect(await post(target, 'gpt-5'), target).toBeGreaterThanOrEqual(400)
  expect(upstream.received).toEqual([])
  for (const target of sameByEncoding(path)) expect(await post(target, 'm1'), target).toBe(200)
  expect(new Set(upstream.received.map((one) => one.path))).toEqual(new Set([path]))
})

test('a target with a byte that no request target has is refused', async () => {
  for (const byte of [' ', '\t', '\u0001', '\u007f', '\u00a0', '\r', '\n'])
    expect(await post(`/v1/chat/comp${byte}letions`, 'm1')).toBeGreaterThanOrEqual(400)
})
