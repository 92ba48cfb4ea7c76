// Clients that disconnect within a request body: everyday, and nobody's fault that a log should show a stack of.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { Writable } from 'node:stream'
import { readText } from '@latchkey/server/auth/read-body.ts'
import { ClientDisconnected } from '@latchkey/server/domain/admin-errors.ts'
import { nodeExchange } from '@latchkey/server/http/server/node-exchange.ts'
import { clientAddresses } from '@latchkey/server/http/wire/client-address.ts'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openSocket } from '../support/clients/raw-http.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'
import { requestLogs } from '../support/server/request-logs.ts'
import { makeRuledKey } from '../support/server/ruled-keys.ts'
import { startUpstream, type TestUpstream } from '../support/upstreams/upstream.ts'

type Line = { level: number; msg: string; err?: unknown }
const DEBUG = 20

let upstream: TestUpstream
let latchkey: TestLatchkey
let keys: { plain: string; ruled: string }
let lines: Line[] = []

beforeAll(async () => {
  upstream = await startUpstream((_request, response) => void response.on('error', () => undefined))
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)))
      done()
    },
  })
  latchkey = await startLatchkey({
    env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl },
    log: pino({ level: 'debug' }, sink),
  })
  keys = {
    plain: (await latchkey.createKey()).secret,
    ruled: (await makeRuledKey(latchkey, { models: { allow: ['m1'] } })).secret,
  }
})
beforeEach(() => {
  lines = []
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

/** Sends a head and a part of a body, and disconnects once the server may have read them; with a reset, or orderly. */
async function abort(path: string, token: string | null, type: string, framing: string, reset: boolean) {
  const socket = await openSocket(latchkey.url)
  socket.on('error', () => undefined)
  socket.resume()
  const authorization = token === null ? '' : `Authorization: Bearer ${token}\r\n`
  socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\n${authorization}Content-Type: ${type}\r\n${framing}`)
  // What comes behind it on another connection has been handled later.
  await (await fetch(`${latchkey.url}/healthz`)).text()
  if (reset) socket.resetAndDestroy()
  else socket.end()
  await once(socket, 'close')
}

const ANNOUNCED = 'Content-Length: 1000\r\n\r\n{"query":'
const CHUNKED = 'Transfer-Encoding: chunked\r\n\r\n9\r\n{"query":\r\n'
const JSON_TYPE = 'application/json'
const FORM_TYPE = 'multipart/form-data; boundary=b'
const FORM = '--b\r\nContent-Disposition: form-data; name="model"\r\n\r\nm1\r\n--b\r\n'
const FORMS = {
  announced: `Content-Length: 9000\r\n\r\n${FORM}`,
  chunked: `Transfer-Encoding: chunked\r\n\r\n${FORM.length.toString(16)}\r\n${FORM}\r\n`,
}

const endings = [
  ['a reset', true],
  ['an end', false],
] as const
const ADMIN = [
  ['/graphql', 'admin'],
  ['/graphql', null],
  ['/api/api-keys', 'admin'],
] as const

test.for(
  ADMIN.flatMap(([path, who]) =>
    [ANNOUNCED, CHUNKED].flatMap((framing) =>
      endings.map(([ending, reset]) => [path, who, framing, ending, reset] as const),
    ),
  ),
)('POST %s of %s, %j, by %s, is one line at debug', async ([path, who, framing, , reset]) => {
  await abort(path, who === null ? null : latchkey.adminToken, JSON_TYPE, framing, reset)
  await expect.poll(() => lines).toHaveLength(1)
  expect(lines).toMatchObject([{ level: DEBUG, msg: expect.stringContaining('disconnected') }])
  expect(JSON.stringify(lines)).not.toContain('stack')
})

test.for(
  [
    ['/v1/chat/completions', JSON_TYPE, ANNOUNCED],
    ['/v1/chat/completions', JSON_TYPE, CHUNKED],
    ['/v1/chat/completions', JSON_TYPE, `Content-Length: 900000\r\n\r\n${'x'.repeat(70_000)}`],
    ['/v1/chat/completions', JSON_TYPE, `Content-Encoding: gzip\r\n${CHUNKED}`],
    ['/v1/realtime/client_secrets', JSON_TYPE, ANNOUNCED],
    ['/v1/conversations', JSON_TYPE, CHUNKED],
    ['/v1/audio/transcriptions', FORM_TYPE, FORMS.announced],
    ['/v1/audio/transcriptions', FORM_TYPE, FORMS.chunked],
    ['/v1/files', FORM_TYPE, FORMS.chunked],
    ['/v1/files', 'text/plain', ANNOUNCED],
  ].flatMap((call) =>
    (['plain', 'ruled'] as const).flatMap((key) =>
      endings.map(
        ([ending, reset]) => [call[0] ?? '', call[1] ?? '', call[2] ?? '', key, ending, reset] as const,
      ),
    ),
  ),
)(
  'POST %s, %s, %j, with a %s key, by %s, is in the request log alone',
  async ([path, type, framing, key, , reset]) => {
    const before = (await requestLogs(latchkey)).length
    await abort(path, keys[key], type, framing, reset)
    await expect.poll(async () => (await requestLogs(latchkey)).length).toBe(before + 1)
    expect(lines).toEqual([])
  },
)

test('a body that is read once its client has disconnected is none, and is not waited for', async () => {
  const read = new Promise((resolve) => {
    const server = createServer((request, response) => {
      const exchange = nodeExchange(request, response, 1_000, clientAddresses([]))
      request.once('close', async () => {
        const texts = readText(request, 1_000).catch((error: unknown) => error)
        resolve([await exchange.readBody(1_000), await texts])
        server.close()
      })
    })
    server.listen(0, '127.0.0.1', async () => {
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
      socket.write(`POST /v1/files HTTP/1.1\r\nHost: x\r\n${ANNOUNCED}`)
      server.once('request', () => socket.resetAndDestroy())
    })
  })
  expect(await read).toEqual(['disconnected', new ClientDisconnected()])
})

test.for(['/', '/metrics', '/healthz', '/keys'])('POST %s is refused unread', async (path) => {
  await abort(path, null, JSON_TYPE, ANNOUNCED, true)
  await (await fetch(`${latchkey.url}/healthz`)).text()
  expect(lines).toEqual([])
})
