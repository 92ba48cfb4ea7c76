// What an admin has set on an upstream holds for every call to it: its headers and secrets, where its name may lead, its
// timeouts, its proxy, and the most that a model may be requested to output.
import { isIPv4, type LookupFunction } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sendRaw, startRawUpstream } from '../../support/clients/raw-http.ts'
import { handshake, openRealtime } from '../../support/clients/realtime-client.ts'
import { chat, errorOf, post } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { logOf } from '../../support/server/request-logs.ts'
import { COMPLETION } from '../../support/upstreams/chat-responses.ts'
import { type HttpProxy, startHttpProxy } from '../../support/upstreams/http-proxy.ts'
import {
  type RealtimeUpstream,
  rawJson,
  startRealtimeUpstream,
} from '../../support/upstreams/realtime-upstream.ts'
import { json, startUpstream, type TestUpstream } from '../../support/upstreams/upstream.ts'

const SECRET = 'sk-secret-of-the-upstream'
const SEALED = 'sealed-"value"-of-a-header'
// No address of a host, but the system connects it to this machine: a name that leads there is served, if nobody checks.
const FORBIDDEN = '0.0.0.0'

type Fields = Record<string, unknown>

let upstream: TestUpstream
let realtime: RealtimeUpstream
let proxy: HttpProxy
let names = 0

beforeAll(async () => {
  upstream = await startUpstream(() => undefined)
  realtime = await startRealtimeUpstream()
  proxy = await startHttpProxy()
})
beforeEach(() => {
  upstream.respondWith((_request, response) => json(response, 200, COMPLETION, { connection: 'close' }))
  upstream.received.length = 0
  realtime.handshakes.length = 0
  realtime.serve((peer) => peer.send('{"type":"session.created"}'))
  proxy.asked.length = 0
})
afterAll(async () => {
  await upstream.close()
  await realtime.close()
  await proxy.close()
})

// Names are the tests' own: what one leads to can change from one connection to the next; one that leads nowhere hangs.
let leadsTo: string | null = '127.0.0.1'
const lookup: LookupFunction = (_hostname, options, callback) => {
  const address = leadsTo
  if (address === null) return
  const family = isIPv4(address) ? 4 : 6
  if (options.all === true) process.nextTick(callback, null, [{ address, family }])
  else process.nextTick(callback, null, address, family)
}

/** The same address by a name that the system does not know. */
const named = (baseUrl: string) => baseUrl.replace('127.0.0.1', `n${++names}.test`)

/** An upstream and a model that goes to it; returns the model's name. */
async function made(
  latchkey: TestLatchkey,
  fields: Fields,
  { upstreamModel = 'there', ...modelFields }: Fields = {},
): Promise<string> {
  const ask = async (mutation: string, input: Fields) => {
    const { data, errors } = await latchkey.graphql(mutation, { input })
    const [payload] = Object.values(data ?? {}) as { userErrors: unknown[] }[]
    expect([errors, payload?.userErrors]).toEqual([undefined, []])
    return data
  }
  const name = `u${++names}`
  const { createUpstream } = await ask(
    'mutation ($input: CreateUpstreamInput!) { createUpstream(input: $input) { upstream { id } userErrors { message } } }',
    { name, kind: 'GENERIC', baseUrl: upstream.baseUrl, ...fields },
  )
  await ask(
    'mutation ($input: CreateModelInput!) { createModel(input: $input) { model { id } userErrors { message } } }',
    { name, routes: [{ upstreamId: createUpstream.upstream.id, upstreamModel }], ...modelFields },
  )
  return name
}

/** What arrived of a response that is aborted. */
async function textBeforeAbort({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  try {
    for await (const chunk of body ?? []) chunks.push(chunk)
  } catch {
    return Buffer.concat(chunks).toString('utf8')
  }
  throw new Error('the response was not aborted')
}

describe.for(['on', 'off'])('with the fast lane %s', (lane) => {
  let latchkey: TestLatchkey
  let secret = ''

  beforeAll(async () => {
    latchkey = await startLatchkey({ env: { LATCHKEY_FAST_LANE: lane }, lookup })
    secret = (await latchkey.createKey()).secret
  })
  beforeEach(() => {
    leadsTo = '127.0.0.1'
  })
  afterAll(() => latchkey.close())

  const error = async (model: string, fields: Fields = {}) => {
    const reply = await chat(latchkey, secret, { model, ...fields })
    return [reply.status, (await errorOf(reply)).code]
  }

  test.for([
    ['a bearer token', { kind: 'GENERIC', credentials: [{ secret: SECRET }] }, `Bearer ${SECRET}`, undefined],
    ['an api-key', { kind: 'AZURE_OPENAI', credentials: [{ secret: SECRET }] }, undefined, SECRET],
    ['no credential', { kind: 'OLLAMA' }, undefined, undefined],
  ] as const)(
    'an upstream is sent %s, and its headers before the client’s',
    async ([, fields, bearer, key]) => {
      const headers = [
        { name: 'X-Team', value: 'core' },
        { name: 'x-sealed', value: SEALED, secret: true },
      ]
      const model = await made(latchkey, { ...fields, headers })
      const reply = await chat(
        latchkey,
        secret,
        { model },
        { headers: { 'x-team': 'of the client', 'x-other': 'kept', 'api-key': 'lk-else' } },
      )
      expect([reply.status, await reply.json()]).toEqual([200, COMPLETION])
      const sent = upstream.received[0]?.headers ?? {}
      expect([sent.authorization, sent['api-key']]).toEqual([bearer, key])
      expect(sent).toMatchObject({ 'x-team': 'core', 'x-sealed': SEALED, 'x-other': 'kept' })
    },
  )

  test.for([false, true])('no secret that was sent comes back, streamed: %s', async (stream) => {
    const model = await made(latchkey, {
      credentials: [{ secret: SECRET }],
      headers: [{ name: 'x-sealed', value: SEALED, secret: true }],
    })
    const reported = {
      error: { message: `sent ${SECRET} and ${SEALED}`, type: SECRET, param: null, code: 'c' },
    }
    upstream.respondWith((_request, response) => {
      if (!stream) return json(response, 400, reported, { 'x-repeated': SEALED })
      response.writeHead(200, { 'content-type': 'text/event-stream', 'x-repeated': SECRET })
      response.end(`data: ${JSON.stringify(reported)}\n\n`)
    })
    const reply = await chat(latchkey, secret, { model, stream })
    const text = await reply.text()
    expect(text).toContain('sent [credential] and [credential]')
    expect(text).not.toMatch(/sk-secret|sealed-/)
    expect(reply.headers.get('x-repeated')).toBeNull()
    const log = await logOf(latchkey, reply)
    expect(JSON.stringify(log)).not.toMatch(/sk-secret|sealed-/)
  })

  test('a name is checked for every connection, and its address is in no response', async () => {
    const model = await made(latchkey, { baseUrl: named(upstream.baseUrl) })
    expect((await chat(latchkey, secret, { model })).status).toBe(200)
    leadsTo = FORBIDDEN
    const reply = await chat(latchkey, secret, { model })
    expect(reply.status).toBe(502)
    const body = await errorOf(reply)
    expect(body.code).toBe('upstream_unreachable')
    expect(JSON.stringify(body)).not.toContain(FORBIDDEN)
    leadsTo = '127.0.0.1'
    expect((await chat(latchkey, secret, { model })).status).toBe(200)
    expect(upstream.received).toHaveLength(2)
  })

  test('an upstream is waited for as long as was set for it', async () => {
    upstream.respondWith((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: {"choices":[{"delta":{"content":"a"}}]}\n\n')
    })
    const model = await made(latchkey, { idleTimeoutMs: 100 })
    const reply = await chat(latchkey, secret, { model, stream: true })
    expect(await textBeforeAbort(reply)).toContain('"code":"upstream_timeout"')

    upstream.respondWith(() => undefined)
    expect(await error(await made(latchkey, { firstByteTimeoutMs: 100 }))).toEqual([504, 'upstream_timeout'])

    const far = await made(latchkey, { baseUrl: named(upstream.baseUrl), connectTimeoutMs: 100 })
    leadsTo = null
    expect(await error(far)).toEqual([504, 'upstream_timeout'])
  })

  test('a proxy carries the calls, and finds the upstream’s address itself', async () => {
    const baseUrl = named(upstream.baseUrl)
    const model = await made(latchkey, { baseUrl, proxyUrl: proxy.url })
    const secured = await made(latchkey, { baseUrl: baseUrl.replace('http', 'https'), proxyUrl: proxy.url })
    // Whoever looks a name up hangs.
    leadsTo = null
    proxy.leadTo(upstream.baseUrl)
    const reply = await chat(latchkey, secret, { model })
    expect([reply.status, await reply.json()]).toEqual([200, COMPLETION])
    expect(proxy.asked).toEqual([`POST ${baseUrl}/chat/completions`])
    expect(upstream.received).toMatchObject([
      { json: { model: 'there' }, headers: { host: new URL(baseUrl).host } },
    ])
    // No TLS is spoken there; that it is requested through a tunnel is enough.
    expect(await error(secured)).toEqual([502, 'upstream_unreachable'])
    expect(proxy.asked).toContain(`CONNECT ${new URL(baseUrl).host}`)
    proxy.leadTo(null)
    expect(await error(model)).toEqual([502, 'upstream_unreachable'])
    expect(await error(secured)).toEqual([502, 'upstream_unreachable'])
    expect(upstream.received).toHaveLength(1)
  })

  test('a proxy that says nothing is waited for as an upstream is', async () => {
    const silent = await startRawUpstream(() => undefined)
    const proxyUrl = new URL(silent.baseUrl).origin
    const plain = await made(latchkey, { proxyUrl, firstByteTimeoutMs: 100 })
    expect(await error(plain)).toEqual([504, 'upstream_timeout'])
    const secured = await made(latchkey, { baseUrl: 'https://n.test/v1', proxyUrl, connectTimeoutMs: 100 })
    expect(await error(secured)).toEqual([504, 'upstream_timeout'])
    await silent.close()
  })

  test.for([
    [
      '/v1/chat/completions',
      { messages: [], max_completion_tokens: 65, max_tokens: 64 },
      { max_completion_tokens: 64, max_tokens: 64 },
    ],
    ['/v1/completions', { prompt: '', max_tokens: 1e6 }, { max_tokens: 64 }],
    ['/v1/chat/completions', { messages: [], max_tokens: -1 }, { max_tokens: 64 }],
    ['/v1/completions', { prompt: '', n_predict: '-1' }, { n_predict: 64 }],
    ['/v1/chat/completions', { messages: [], max_tokens: null }, { max_tokens: null }],
    ['/v1/chat/completions', { messages: [] }, {}],
    ['/v1/responses', { input: '', max_output_tokens: 65 }, { max_output_tokens: 64 }],
    ['/v1/responses', { input: '', max_output_tokens: 3 }, { max_output_tokens: 3 }],
  ] as const)('%s requests at most what the model may output', async ([path, asked, sent]) => {
    const model = await made(latchkey, {}, { maxOutputTokens: 64 })
    const reply = await post(latchkey, secret, path, JSON.stringify({ model, ...asked }))
    await reply.text()
    expect(upstream.received[0]?.json).toEqual({ ...asked, ...sent, model: 'there' })
  })

  test('the list of models is requested through the same proxy, and with the same headers', async () => {
    const baseUrl = named(upstream.baseUrl)
    upstream.respondWith((_request, response) => json(response, 200, { data: [{ id: 'listed' }] }))
    proxy.leadTo(upstream.baseUrl)
    const pattern = `x${++names}-*`
    await made(
      latchkey,
      {
        kind: 'AZURE_OPENAI',
        baseUrl,
        proxyUrl: proxy.url,
        credentials: [{ secret: SECRET }],
        headers: [{ name: 'x-team', value: 'core' }],
      },
      { name: pattern, upstreamModel: '*' },
    )
    const reply = await fetch(`${latchkey.url}/v1/models`, {
      headers: { authorization: `Bearer ${secret}` },
    })
    const { data } = (await reply.json()) as { data: { id: string }[] }
    expect(data.map(({ id }) => id)).toContain(pattern.replace('*', 'listed'))
    expect(proxy.asked).toEqual([`GET ${baseUrl}/models`])
    expect(upstream.received[0]?.headers).toMatchObject({ 'api-key': SECRET, 'x-team': 'core' })
  })
})

test('whether private networks are allowed is a setting, of an admin’s upstreams', async () => {
  leadsTo = '127.0.0.1'
  const latchkey = await startLatchkey({
    env: {
      LATCHKEY_PRIVATE_UPSTREAMS: 'refuse',
      LATCHKEY_UPSTREAM_URL: upstream.baseUrl.replace('127.0.0.1', 'localhost'),
    },
    lookup,
  })
  const { secret } = await latchkey.createKey()
  const model = await made(latchkey, { baseUrl: named(upstream.baseUrl) })
  const refused = await chat(latchkey, secret, { model })
  expect([refused.status, (await errorOf(refused)).code]).toEqual([502, 'upstream_unreachable'])
  expect(upstream.received).toEqual([])
  expect((await chat(latchkey, secret, { model: 'of-the-environment' })).status).toBe(200)
  await latchkey.close()
})

describe('a realtime session', () => {
  let latchkey: TestLatchkey
  let secret = ''

  beforeAll(async () => {
    latchkey = await startLatchkey({ lookup })
    secret = (await latchkey.createKey()).secret
  })
  beforeEach(() => {
    leadsTo = '127.0.0.1'
  })
  afterAll(() => latchkey.close())

  const refusal = (model: string) => {
    const asked = handshake(`/v1/realtime?model=${model}`, [`authorization: Bearer ${secret}`])
    return sendRaw(latchkey.url, asked)
  }

  test('is opened with the upstream’s headers, and by a name that is checked', async () => {
    const model = await made(latchkey, {
      kind: 'AZURE_OPENAI',
      baseUrl: named(realtime.baseUrl),
      credentials: [{ secret: SECRET }],
      headers: [{ name: 'x-team', value: 'core' }],
    })
    const { socket, message, closed } = await openRealtime(latchkey, secret, { query: `?model=${model}` })
    expect((await message()).data.toString()).toBe('{"type":"session.created"}')
    socket.close()
    await closed
    const sent = realtime.handshakes[0]?.headers ?? {}
    expect(sent).toMatchObject({ 'api-key': SECRET, 'x-team': 'core' })
    expect(sent.authorization).toBeUndefined()
    leadsTo = FORBIDDEN
    const refused = await refusal(model)
    expect(refused).toMatch(/^HTTP\/1\.1 502 /)
    expect(refused).toContain('"upstream_unreachable"')
    expect(refused).not.toContain(FORBIDDEN)
    expect(realtime.handshakes).toHaveLength(1)
  })

  test('goes through a proxy', async () => {
    const baseUrl = named(realtime.baseUrl)
    const model = await made(latchkey, { baseUrl, proxyUrl: proxy.url })
    leadsTo = null
    proxy.leadTo(realtime.baseUrl)
    const { socket, message, closed } = await openRealtime(latchkey, secret, { query: `?model=${model}` })
    expect((await message()).data.toString()).toBe('{"type":"session.created"}')
    socket.close()
    await closed
    expect(proxy.asked).toEqual([`CONNECT ${new URL(baseUrl).host}`])
    proxy.leadTo(null)
    expect(await refusal(model)).toContain('"upstream_unreachable"')
  })

  test('learns no secret from a refusal', async () => {
    const model = await made(latchkey, {
      baseUrl: realtime.baseUrl,
      headers: [{ name: 'x-sealed', value: SEALED, secret: true }],
    })
    realtime.refuseWith(
      rawJson('403 Forbidden', { error: { message: `not ${SEALED}` } }, [`x-repeated: ${SEALED}`]),
    )
    const refused = await refusal(model)
    expect(refused).toMatch(/^HTTP\/1\.1 403 /)
    expect(refused).toContain('not [credential]')
    expect(refused).not.toContain('sealed-')
  })

  test('times out while connecting, before the response head, and in silence', async () => {
    const far = await made(latchkey, { baseUrl: named(realtime.baseUrl), connectTimeoutMs: 100 })
    leadsTo = null
    expect(await refusal(far)).toContain('"upstream_timeout"')
    leadsTo = '127.0.0.1'

    const silent = await made(latchkey, { baseUrl: realtime.baseUrl, idleTimeoutMs: 300 })
    realtime.serve((peer) => {
      peer.send('{"type":"session.created"}')
      // Responds to no ping.
      peer.once('ping', () => peer.pause())
      peer.pong = () => undefined
    })
    const { closed } = await openRealtime(latchkey, secret, { query: `?model=${silent}` })
    expect((await closed).code).not.toBe(1000)

    const late = await made(latchkey, { baseUrl: realtime.baseUrl, firstByteTimeoutMs: 100 })
    void realtime.stall()
    expect(await refusal(late)).toContain('"upstream_timeout"')
  })
})
