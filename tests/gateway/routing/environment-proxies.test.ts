// Upstreams of the environment are reached through the proxy that the environment names, as other programs reach theirs.

import { createServer } from 'node:https'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRealtime } from '../../support/clients/realtime-client.ts'
import { listenOnLoopback } from '../../support/listen-on-loopback.ts'
import { chat } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { logInTime } from '../../support/server/request-logs.ts'
import { COMPLETION, chatStream } from '../../support/upstreams/chat-responses.ts'
import { type HttpProxy, startHttpProxy } from '../../support/upstreams/http-proxy.ts'
import { ownCertificate } from '../../support/upstreams/own-certificate.ts'
import { type RealtimeUpstream, startRealtimeUpstream } from '../../support/upstreams/realtime-upstream.ts'
import { json, startUpstream, type TestUpstream } from '../../support/upstreams/upstream.ts'

const PASSWORD = 'proxy-canary-4711'

let upstream: TestUpstream
let realtime: RealtimeUpstream
let proxy: HttpProxy
let latchkey: TestLatchkey
let secret = ''
beforeAll(async () => {
  upstream = await startUpstream((received, response) => {
    if (received.path.endsWith('/models'))
      return json(response, 200, { object: 'list', data: [{ id: 'm1' }] })
    if (received.body.includes('"stream":true'))
      return void response.writeHead(200, { 'content-type': 'text/event-stream' }).end(chatStream(true))
    json(response, 200, COMPLETION)
  })
  realtime = await startRealtimeUpstream()
  proxy = await startHttpProxy()
})
afterAll(async () => {
  await upstream.close()
  await realtime.close()
  await proxy.close()
})

async function start(env: Record<string, string>): Promise<void> {
  latchkey = await startLatchkey({ env: { LATCHKEY_ROUTING_EXTRA_ATTEMPTS: '0', ...env } })
  secret = (await latchkey.createKey()).secret
  proxy.asked.length = 0
  proxy.credentials.length = 0
  proxy.leadTo(upstream.baseUrl)
}

/** With a user and a password, as companies set them up. */
function withPassword(): string {
  const url = new URL(proxy.url)
  url.username = 'ada'
  url.password = PASSWORD
  return url.href
}

describe.for(['on', 'off'])('with LATCHKEY_FAST_LANE=%s', (lane) => {
  beforeAll(() =>
    start({
      LATCHKEY_FAST_LANE: lane,
      HTTP_PROXY: withPassword(),
      NO_PROXY: 'elsewhere.test',
      LATCHKEY_UPSTREAM_URL: 'http://llm.corp.test:8080/v1',
    }),
  )
  afterAll(() => latchkey.close())

  test('a call, a stream, an upload and the list of models go through it', async () => {
    const reply = await chat(latchkey, secret, { model: 'm1' })
    expect([reply.status, await reply.json()]).toEqual([200, COMPLETION])
    const streamed = await chat(latchkey, secret, { model: 'm1', stream: true })
    expect([streamed.status, (await streamed.text()).includes('[DONE]')]).toEqual([200, true])
    const form = new FormData()
    form.set('model', 'm1')
    form.set('file', new Blob(['x'.repeat(1_000)]), 'a.wav')
    const headers = { authorization: `Bearer ${secret}` }
    const upload = await fetch(`${latchkey.url}/v1/audio/transcriptions`, {
      method: 'POST',
      headers,
      body: form,
    })
    expect([upload.status, await upload.json()]).toEqual([200, COMPLETION])
    const models = await fetch(`${latchkey.url}/v1/models`, { headers }).then((response) => response.json())
    expect(models.data.map(({ id }: { id: string }) => id)).toContain('m1')
    expect(proxy.asked.length).toBeGreaterThan(0)
    expect(new Set(proxy.asked.map((line) => line.replace(/^\w+ (?:http:\/\/)?([^/]+).*$/, '$1')))).toEqual(
      new Set(['llm.corp.test:8080']),
    )
    const basic = `Basic ${Buffer.from(`ada:${PASSWORD}`).toString('base64')}`
    expect(new Set(proxy.credentials)).toEqual(new Set([basic]))
    for (const { headers: received } of upstream.received)
      expect(JSON.stringify(received)).not.toContain('proxy-authorization')
  })

  test('a realtime session does, too', async () => {
    proxy.leadTo(realtime.baseUrl)
    realtime.serve((peer) => peer.send('{"type":"session.created"}'))
    const { message, socket } = await openRealtime(latchkey, secret, { query: '?model=m1' })
    expect((await message()).data.toString()).toContain('session.created')
    socket.close()
    expect(proxy.asked.at(-1)).toBe('CONNECT llm.corp.test:8080')
    expect(proxy.credentials.at(-1)).toMatch(/^Basic /)
  })

  test('a proxy that refuses is said to admins, and its password to nobody', async () => {
    proxy.leadTo(null)
    const reply = await chat(latchkey, secret, { model: 'm1' })
    const text = await reply.text()
    expect(reply.status).toBe(502)
    const id = reply.headers.get('x-request-id') ?? ''
    await logInTime(latchkey, id)
    const { data } = await latchkey.graphql(
      'query ($id: ID!) { requestLog(id: $id) { attempts { reason } } upstreams(first: 50) { nodes { name proxyUrl } } }',
      { id },
    )
    expect(data.requestLog.attempts).toEqual([{ reason: 'PROXY_REFUSED' }])
    expect(data.upstreams.nodes).toContainEqual({ name: 'default', proxyUrl: proxy.url })
    for (const said of [text, JSON.stringify(data)]) expect(said).not.toContain(PASSWORD)
  })
})

test('an https upstream goes through it, encrypted to its end', async () => {
  const certificate = ownCertificate('llm.corp.test')
  const trusted = getCACertificates('default')
  setDefaultCACertificates([...trusted, certificate.cert])
  const server = createServer(certificate, (_request, response) => json(response, 200, COMPLETION))
  const port = await listenOnLoopback(server)
  await start({ HTTPS_PROXY: proxy.url, LATCHKEY_UPSTREAM_URL: 'https://llm.corp.test/v1' })
  try {
    proxy.leadTo(`http://127.0.0.1:${port}`)
    const reply = await chat(latchkey, secret, { model: 'm1' })
    expect([reply.status, await reply.json()]).toEqual([200, COMPLETION])
    expect(proxy.asked).toEqual(['CONNECT llm.corp.test:443'])
  } finally {
    await latchkey.close()
    setDefaultCACertificates(trusted)
    server.closeAllConnections()
    server.close()
  }
})

test.for([
  ['this machine', {}],
  ['what NO_PROXY names', { NO_PROXY: '127.0.0.0/8' }],
] as const)('%s is reached without it', async ([, env]) => {
  await start({ HTTP_PROXY: proxy.url, LATCHKEY_UPSTREAM_URL: upstream.baseUrl, ...env })
  try {
    expect((await chat(latchkey, secret, { model: 'm1' })).status).toBe(200)
    expect(proxy.asked).toEqual([])
  } finally {
    await latchkey.close()
  }
})

test('a proxy in a private network is used where upstreams that admins set up may not be in one', async () => {
  await start({
    HTTP_PROXY: proxy.url,
    LATCHKEY_PRIVATE_UPSTREAMS: 'refuse',
    LATCHKEY_UPSTREAM_URL: 'http://llm.corp.test/v1',
  })
  try {
    expect((await chat(latchkey, secret, { model: 'm1' })).status).toBe(200)
    expect(proxy.asked).toHaveLength(1)
  } finally {
    await latchkey.close()
  }
})
