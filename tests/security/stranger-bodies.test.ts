// Clients are identified before their body is read: a stranger's is small, comes soon, and only so many are read at once.
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { graphql, PASSWORD, sessionHeaders, signIn } from '../support/api/client.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'

let latchkey: TestLatchkey
beforeAll(async () => {
  latchkey = await startLatchkey({ env: { LATCHKEY_ADMIN_PASSWORD: PASSWORD } })
})
afterAll(() => latchkey.close())

const SMALL = 16_384

async function send(bytes: number, headers: Record<string, string>, path = '/graphql') {
  const body = JSON.stringify({ query: '{ viewer { name } }', variables: { x: '' } })
  const response = await fetch(`${latchkey.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: body.replace('""', `"${'x'.repeat(bytes - body.length)}"`),
  })
  const { data, errors } = await response.json()
  return { status: response.status, data, code: errors?.[0]?.extensions?.code }
}

test('a stranger may send 16 KB, one who is identified 1 MiB', async () => {
  const cookie = await signIn(latchkey)
  expect(await send(SMALL, {})).toMatchObject({ status: 200 })
  expect(await send(SMALL + 1, {})).toMatchObject({ status: 413, code: 'PAYLOAD_TOO_LARGE' })
  const admin = { authorization: `Bearer ${latchkey.adminToken}` }
  for (const headers of [admin, sessionHeaders(cookie)]) {
    expect(await send(1_048_576, headers)).toMatchObject({ status: 200 })
    expect(await send(1_048_577, headers)).toMatchObject({ status: 413, code: 'PAYLOAD_TOO_LARGE' })
  }
})

test.for<[string, Record<string, string>]>([
  ['a wrong token', { authorization: 'Bearer wrong' }],
  ['another scheme', { authorization: 'Basic YTpi' }],
  ['a wrong cookie', { cookie: `latchkey_session=${'a'.repeat(43)}` }],
])('%s does not make a client known', async ([, headers]) => {
  expect([401, 413]).toContain((await send(SMALL + 1, headers)).status)
})

test('without a length it is bounded as it comes', async () => {
  const stream = new ReadableStream({
    start(controller) {
      for (let i = 0; i < 20; i++) controller.enqueue(new Uint8Array(1_024).fill(32))
      controller.close()
    },
  })
  const response = await fetch(`${latchkey.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: stream,
    duplex: 'half',
  } as RequestInit)
  expect(response.status).toBe(413)
})

test('of one network 32 bodies are read at once; an admin is not held up by them', async () => {
  const sockets: Socket[] = []
  try {
    const heads: Promise<string>[] = []
    for (let i = 0; i < 40; i++) {
      const socket = connect(Number(new URL(latchkey.url).port), '127.0.0.1')
      sockets.push(socket)
      heads.push(
        new Promise((resolve) => {
          socket.once('data', (bytes) => resolve(bytes.toString()))
          socket.once('error', () => resolve(''))
        }),
      )
      socket.write(
        'POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9000\r\n\r\n{"query"',
      )
    }
    // The first 32 have no response while their body is incomplete: the responses are those of the others.
    const first = await Promise.race(heads)
    expect(first).toMatch(/^HTTP\/1\.1 429 [\s\S]*retry-after: \d+[\s\S]*"RATE_LIMITED"/)
    await expect.poll(() => sockets.filter((socket) => socket.bytesRead > 0).length).toBe(8)
    expect((await latchkey.graphql('{ viewer { name } }')).data).toEqual({ viewer: { name: 'environment' } })
    expect((await graphql(latchkey, '{ viewer { name } }')).status).toBe(429)
  } finally {
    for (const socket of sockets) socket.destroy()
  }
  await expect.poll(async () => (await graphql(latchkey, '{ viewer { name } }')).status).toBe(200)
})
