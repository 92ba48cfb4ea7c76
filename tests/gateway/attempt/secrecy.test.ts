// Neither side's secrets are stored, logged, or sent to the other.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chat, post } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { logOf, requestLogs } from '../../support/server/request-logs.ts'
import { COMPLETION } from '../../support/upstreams/chat-responses.ts'
import { json, startUpstream, type TestUpstream } from '../../support/upstreams/upstream.ts'

const CREDENTIAL = 'sk-upstream-canary-0815'

let upstream: TestUpstream
let latchkey: TestLatchkey
let key: { id: number; secret: string }
const responses: string[] = []

beforeAll(async () => {
  upstream = await startUpstream((_request, response) => json(response, 200, COMPLETION))
  latchkey = await startLatchkey({
    env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl, LATCHKEY_UPSTREAM_KEY: CREDENTIAL },
  })
  key = await latchkey.createKey()
  // Calls of every kind: successful, denied, failed; the key in each place that it may be in.
  await keep(chat(latchkey, key.secret))
  await keep(chat(latchkey, `sk-${key.secret}`, { stream: true }))
  for (const name of ['x-api-key', 'api-key', 'x-goog-api-key'])
    await keep(
      fetch(`${latchkey.url}/v1/files`, { headers: { [name]: key.secret, authorization: 'Basic x' } }),
    )
  await keep(post(latchkey, key.secret, '/v1/chat/completions', 'no JSON'))
  await keep(chat(latchkey, `${key.secret}0`))
  for (const status of [401, 403, 500]) {
    const error = { message: `Incorrect API key provided: ${CREDENTIAL}.`, type: 't', param: null, code: 'c' }
    upstream.respondWith((_request, response) => json(response, status, { error }))
    const reply = await chat(latchkey, key.secret)
    // What a 403 or 500 says is the upstream's own text; a 401's is not passed on.
    if (status === 401) responses.push(await reply.text())
  }
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

test('the client’s key reaches no upstream', () => {
  expect(upstream.received.length).toBeGreaterThan(5)
  for (const { headers, path, body } of upstream.received) {
    expect(JSON.stringify([headers, path, body.toString('latin1')])).not.toContain(key.secret)
    expect(headers.authorization).toBe(`Bearer ${CREDENTIAL}`)
  }
})

test('neither is in a response', () => {
  expect(responses.length).toBeGreaterThan(5)
  for (const text of responses) {
    expect(text).not.toContain(CREDENTIAL)
    expect(text).not.toContain(key.secret)
  }
})

test('neither is in the log, the database or the journal, plain or in base64', async () => {
  const logs = await requestLogs(latchkey)
  const { prisma } = latchkey.app.store
  const stored = [logs, await prisma.apiKey.findMany(), await prisma.auditEvent.findMany()].map((rows) =>
    JSON.stringify(rows, (_name, value) => (typeof value === 'bigint' ? String(value) : value)),
  )
  const files = readdirSync(latchkey.dataDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
  const text = [...stored, ...files].join('\n')
  expect(text).toContain('/v1/chat/completions')
  for (const canary of [CREDENTIAL, key.secret]) {
    for (const form of [canary, Buffer.from(canary).toString('base64').slice(0, -4)])
      expect(text).not.toContain(form)
  }
})

const echo = JSON.stringify({
  headers: { authorization: `Bearer ${CREDENTIAL}`, again: CREDENTIAL },
  choices: [],
})
test.for<[string, string, number[]]>([
  ['in one piece', echo, []],
  ['cut within it', echo, [echo.indexOf(CREDENTIAL) + 9]],
  ['byte by byte', echo, Array.from({ length: echo.length - 1 }, (_, at) => at + 1)],
  ['in an error of a 200', JSON.stringify({ error: { message: `You sent ${CREDENTIAL}.`, code: 'c' } }), []],
])(
  'an upstream that repeats its request in a 200 does not give the credential away: %s',
  async ([, body, cuts]) => {
    upstream.respondWith(async (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length })
      const ends = [...cuts, body.length]
      for (const [at, end] of ends.entries())
        await new Promise<void>(
          (sent) => void response.write(body.slice(ends[at - 1] ?? 0, end), () => sent()),
        )
      response.end()
    })
    for (const path of ['/v1/chat/completions', '/v1/files']) {
      const reply = await post(latchkey, key.secret, path, '{"model":"m1","messages":[]}')
      expect(reply.status).toBe(200)
      expect(await reply.text()).toBe(body.replaceAll(CREDENTIAL, '*'.repeat(CREDENTIAL.length)))
      expect(JSON.stringify(await logOf(latchkey, reply))).not.toContain(CREDENTIAL)
    }
  },
)

test('no browser takes a response of the gateway for a page of its own', async () => {
  upstream.respondWith((_request, response) => {
    const headers = {
      nel: '{}',
      'report-to': '{}',
      'service-worker-allowed': '/',
      'content-security-policy': 'x',
    }
    response.writeHead(200, { ...headers, 'content-type': 'text/html' })
    response.end('<script>alert(1)</script>')
  })
  const authorization = { authorization: `Bearer ${key.secret}` }
  const calls = [
    fetch(`${latchkey.url}/v1/files/file-1/content`, { headers: authorization }),
    chat(latchkey, key.secret),
    chat(latchkey, 'none'),
    fetch(`${latchkey.url}/v1/models`, { headers: authorization }),
    fetch(`${latchkey.url}/v1/key`, { headers: authorization }),
    fetch(`${latchkey.url}/v1/nothing`),
  ]
  for (const reply of await Promise.all(calls)) {
    expect(reply.headers.get('x-content-type-options')).toBe('nosniff')
    expect(reply.headers.get('content-security-policy')).toBe('sandbox')
    for (const name of ['nel', 'report-to', 'service-worker-allowed'])
      expect(reply.headers.get(name)).toBeNull()
    await reply.arrayBuffer()
  }
})

async function keep(call: Promise<Response>): Promise<void> {
  const reply = await call
  responses.push(JSON.stringify([...reply.headers]) + (await reply.text()))
}
