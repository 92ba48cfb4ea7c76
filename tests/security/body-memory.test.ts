// What request bodies may take of the memory, by keys with and without a policy, in each form in which a body comes.
import type { Socket } from 'node:net'
import { brotliCompressSync, constants, gzipSync, zstdCompressSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openSocket, parseRaw, type RawResponse } from '../support/clients/raw-http.ts'
import { chat, errorOf, post } from '../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'
import { makePricedModel } from '../support/server/priced-models.ts'
import { logInTime } from '../support/server/request-logs.ts'
import { COMPLETION } from '../support/upstreams/chat-responses.ts'
import { json, startUpstream, type TestUpstream } from '../support/upstreams/upstream.ts'

const MIB = 1024 * 1024

let upstream: TestUpstream
let latchkey: TestLatchkey
let sockets: Socket[] = []

beforeEach(async () => {
  upstream = await startUpstream((_request, response) => json(response, 200, COMPLETION))
  latchkey = await startLatchkey({
    env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl },
    limits: { jsonBodyBytes: MIB, bodyBytesInFlight: 4 * MIB, bodyBytesInFlightPerKey: 2.5 * MIB },
  })
})
afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  sockets = []
  await latchkey.close()
  await upstream.close()
})

/** Sends a head and a part of a body that never ends, on a connection of its own. */
async function unfinished(
  secret: string,
  framing: string,
  part = '',
  path = '/v1/chat/completions',
): Promise<Socket> {
  const socket = await openSocket(latchkey.url)
  sockets.push(socket)
  socket.on('error', () => undefined)
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${secret}\r\nContent-Type: application/json\r\n${framing}\r\n\r\n${part}`,
  )
  return socket
}

/** The response in one piece; never, where there is none. */
function responseOf(socket: Socket): Promise<RawResponse> {
  return new Promise((resolve) => {
    let text = ''
    socket.setEncoding('latin1').on('data', (piece) => {
      text += piece
      if (/\r\n\r\n\{[\s\S]*\}$/.test(text)) resolve(parseRaw(text))
    })
  })
}

async function keyWith(policy: Record<string, unknown>): Promise<string> {
  const { id, secret } = await latchkey.createKey()
  const { data, errors } = await latchkey.graphql(
    'mutation ($input: UpdateApiKeyInput!) { updateApiKey(input: $input) { userErrors { message } } }',
    { input: { id: `key_${id}`, policy } },
  )
  expect([errors, data?.updateApiKey.userErrors]).toEqual([undefined, []])
  return secret
}

describe('unfinished bodies of one key take no more than its share', () => {
  test.for([
    ['announced', `Content-Length: ${MIB}`, '{'],
    [
      'in chunks',
      'Transfer-Encoding: chunked',
      `${(MIB - 100).toString(16)}\r\n${'x'.repeat(MIB - 100)}\r\n`,
    ],
  ] as const)('%s', async ([, framing, part]) => {
    const { secret } = await latchkey.createKey()
    // None of them ends, so of three there is room for two, in whatever order they are read.
    const responses = []
    for (let n = 0; n < 3; n++) responses.push(responseOf(await unfinished(secret, framing, part)))
    const refused = await Promise.race(responses)
    expect(refused.status).toBe(503)
    expect(refused.head).toMatch(/retry-after: 1\b/)
    expect(refused.body).toContain('request_memory_full')
    // Small bodies, and those of another key, are served.
    expect((await chat(latchkey, secret)).status).toBe(200)
    const other = await latchkey.createKey()
    const large = `{"model":"m1","pad":"${'x'.repeat(MIB - 100)}"}`
    expect((await post(latchkey, other.secret, '/v1/chat/completions', large)).status).toBe(200)
    // What is given up is free again.
    for (const socket of sockets) socket.destroy()
    await expect
      .poll(async () => (await post(latchkey, secret, '/v1/chat/completions', large)).status)
      .toBe(200)
  })
})

test('small bodies that have not all come take of the share of their key, too', async () => {
  const { secret } = await latchkey.createKey()
  const responses = []
  // 43 times 60,000 bytes are less than 2.5 MiB.
  for (let n = 0; n < 44; n++)
    responses.push(responseOf(await unfinished(secret, 'Content-Length: 60000', '{')))
  expect((await Promise.race(responses)).status).toBe(503)
})

describe('what is compressed', () => {
  const whole = `{"model":"m1","pad":"${'x'.repeat(MIB - 100)}"}`

  async function send(body: Buffer<ArrayBuffer>, encoding: string, secret: string): Promise<Response> {
    return post(latchkey, secret, '/v1/chat/completions', body, { headers: { 'content-encoding': encoding } })
  }

  test('takes as much as it is decompressed', async () => {
    const gate = Promise.withResolvers<void>()
    upstream.respondWith(async (_request, response) => {
      await gate.promise
      json(response, 200, COMPLETION)
    })
    const { secret } = await latchkey.createKey()
    const bomb = gzipSync(whole)
    const held = [send(bomb, 'gzip', secret), send(bomb, 'gzip', secret)]
    await expect.poll(() => upstream.received).toHaveLength(2)
    const third = await send(bomb, 'gzip', secret)
    expect(third.status).toBe(503)
    expect(await errorOf(third)).toMatchObject({ code: 'request_memory_full' })
    gate.resolve()
    for (const reply of await Promise.all(held)) expect(reply.status).toBe(200)
    expect((await send(bomb, 'gzip', secret)).status).toBe(200)
  })

  // A window of 4 MiB is more than the share of a key here, whatever the length of the body.
  test.for([
    ['zstd', zstdCompressSync('{}', { params: { [constants.ZSTD_c_windowLog]: 22 } })],
    [
      'zstd',
      zstdCompressSync(Buffer.concat([Buffer.alloc(4 * MIB, 0x20), Buffer.from('{}')]), {
        params: { [constants.ZSTD_c_windowLog]: 22 },
      }),
    ],
    ['br', brotliCompressSync('{}', { params: { [constants.BROTLI_PARAM_LGWIN]: 22 } })],
  ] as const)('takes the window of its encoding: %s', async ([encoding, body]) => {
    const { secret } = await latchkey.createKey()
    const reply = await send(body, encoding, secret)
    // One of a single segment needs no more than its content.
    const isSmall = encoding === 'zstd' && body.length < 20
    expect(reply.status).toBe(isSmall ? 400 : 503)
    // It is given back.
    expect((await send(gzipSync('{"model":"m1","messages":[]}'), 'gzip', secret)).status).toBe(200)
  })

  test('with a larger window than RFC 9659 allows is refused', async () => {
    const { secret } = await latchkey.createKey()
    const large = Buffer.concat([Buffer.alloc(32 * MIB, 0x20), Buffer.from('{"model":"m1"}')])
    const body = zstdCompressSync(large, {
      params: { [constants.ZSTD_c_windowLog]: 25, [constants.ZSTD_c_enableLongDistanceMatching]: 1 },
    })
    expect((await send(body, 'zstd', secret)).status).toBe(413)
  })
})

test('a body that is written anew for its upstream takes its memory twice', async () => {
  const gate = Promise.withResolvers<void>()
  upstream.respondWith(async (_request, response) => {
    await gate.promise
    json(response, 200, COMPLETION)
  })
  await makePricedModel(latchkey, { baseUrl: upstream.baseUrl, name: 'alias', upstreamModel: 'm1' })
  const { secret } = await latchkey.createKey()
  const large = `{"model":"alias","pad":"${'x'.repeat(MIB - 100)}"}`
  const send = () => post(latchkey, secret, '/v1/chat/completions', large)
  const held = send()
  await expect.poll(() => upstream.received).toHaveLength(1)
  expect((await send()).status).toBe(503)
  gate.resolve()
  expect((await held).status).toBe(200)
  expect((await send()).status).toBe(200)
})

test('all keys together take no more than the bound of all', async () => {
  const responses = []
  for (let n = 0; n < 5; n++) {
    const { secret } = await latchkey.createKey()
    responses.push(responseOf(await unfinished(secret, `Content-Length: ${MIB}`, '{')))
  }
  expect((await Promise.race(responses)).status).toBe(503)
})

describe('the request of a session that is opened later', () => {
  const SECRETS = '/v1/realtime/client_secrets'
  const ALLOWED = { models: { allow: ['m1'] } }

  test.for([
    ['announced', `Content-Length: ${MIB}`, '{'],
    [
      'in chunks',
      'Transfer-Encoding: chunked',
      `${(MIB - 100).toString(16)}\r\n${'x'.repeat(MIB - 100)}\r\n`,
    ],
  ] as const)('takes no more than the share of its key: %s', async ([, framing, part]) => {
    const secret = await keyWith(ALLOWED)
    const responses = []
    for (let n = 0; n < 3; n++) responses.push(responseOf(await unfinished(secret, framing, part, SECRETS)))
    expect((await Promise.race(responses)).status).toBe(503)
  })

  test('is refused before its body is read where the key may make no call', async () => {
    const secret = await keyWith({ ...ALLOWED, limits: [{ unit: 'REQUESTS', window: 'DAY', max: 1 }] })
    await (await chat(latchkey, secret)).text()
    const refused = await responseOf(await unfinished(secret, `Content-Length: ${MIB}`, '', SECRETS))
    expect(refused.status).toBe(429)
  })

  test('may be compressed', async () => {
    const secret = await keyWith(ALLOWED)
    const body = gzipSync('{"session":{"model":"m1"}}')
    const response = await post(latchkey, secret, SECRETS, body, {
      headers: { 'content-encoding': 'gzip' },
    })
    expect(response.status).toBe(200)
    expect(upstream.received).toMatchObject([{ json: { session: { model: 'm1' } } }])
  })
})

describe('a key whose limits are exhausted is refused before its body is read', () => {
  test.for([
    ['calls', { limits: [{ unit: 'REQUESTS', window: 'DAY', max: 1 }] }],
    ['tokens', { limits: [{ unit: 'TOKENS', window: 'DAY', max: 21 }] }],
  ] as const)('%s', async ([, policy]) => {
    const secret = await keyWith(policy)
    await (await chat(latchkey, secret, { max_tokens: 1 })).text()
    for (const framing of [`Content-Length: ${MIB}`, 'Transfer-Encoding: chunked']) {
      const refused = await responseOf(await unfinished(secret, framing))
      expect(refused.status).toBe(429)
    }
  })

  test('but a small one is read, so that the log names its model', async () => {
    const secret = await keyWith({ limits: [{ unit: 'REQUESTS', window: 'DAY', max: 1 }] })
    await (await chat(latchkey, secret)).text()
    const body = '{"model":"m9","messages":[]}'
    for (const framing of [
      `Content-Length: ${body.length}`,
      `Content-Length: ${body.length}\r\nTE: trailers`,
    ]) {
      const { status, head } = await responseOf(await unfinished(secret, framing, body))
      expect(status).toBe(429)
      const id = /x-request-id: (\S+)/i.exec(head)?.[1] ?? ''
      expect(await logInTime(latchkey, id)).toMatchObject({ outcome: 'DENIED', requestedModel: 'm9' })
    }
  })
  test('calls at once', async () => {
    const gate = Promise.withResolvers<void>()
    upstream.respondWith(async (_request, response) => {
      await gate.promise
      json(response, 200, COMPLETION)
    })
    const secret = await keyWith({ concurrency: { maxCalls: 1 } })
    const held = chat(latchkey, secret)
    await expect.poll(() => upstream.received).toHaveLength(1)
    expect((await responseOf(await unfinished(secret, `Content-Length: ${MIB}`))).status).toBe(429)
    gate.resolve()
    expect((await held).status).toBe(200)
  })
})
