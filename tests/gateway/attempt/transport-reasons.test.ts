// Why an upstream could not be reached is in the log of the call and of the server, and not in what the client gets. The same over
// the lean client and over undici.

import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createSecureServer, getCACertificates, setDefaultCACertificates } from 'node:tls'
import type { TransportReason } from '@latchkey/server/domain/upstreams/transport-reason.ts'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sendRaw } from '../../support/clients/raw-http.ts'
import { handshake } from '../../support/clients/realtime-client.ts'
import { listenOnLoopback } from '../../support/listen-on-loopback.ts'
import { chat } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { logInTime } from '../../support/server/request-logs.ts'
import { makeModel, makeUpstream } from '../../support/server/routed-models.ts'
import { startHttpProxy } from '../../support/upstreams/http-proxy.ts'
import { ownCertificate } from '../../support/upstreams/own-certificate.ts'

const LIMIT_MS = 400
const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n'
const EVENT = 'data: {"choices":[{"index":0,"delta":{"content":"a"}}]}\n\n'
const FIRST = `${HEAD}${EVENT.length.toString(16)}\r\n${EVENT}\r\n`
const JSON_HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"id":'

const opened: Server[] = []
const sockets = new Set<Socket>()

/** A server that does this once something of a request has come; returns its port. */
async function serve(
  respond: (socket: Socket) => void,
  secure?: { cert: string; key: string },
): Promise<number> {
  const onSocket = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.once('data', () => respond(socket))
  }
  const server = secure === undefined ? createServer(onSocket) : createSecureServer(secure, onSocket)
  opened.push(server)
  return listenOnLoopback(server)
}

const silent = () => undefined

type Fields = Record<string, unknown>
type Fault = [
  reason: TransportReason,
  what: string,
  upstream: () => Promise<{ baseUrl: string; fields?: Fields }>,
]

const at = async (host: string, port: Promise<number> | number, scheme = 'http') => ({
  baseUrl: `${scheme}://${host}:${await port}/v1`,
})

const expired = ownCertificate('up.test', [-3, -1])
const future = ownCertificate('up.test', [1, 3])
const valid = ownCertificate('up.test')
const FAULTS: Fault[] = [
  ['DNS_FAILED', 'a name that does not exist', () => at('no-such.test', 80)],
  ['DNS_FAILED', 'a name server that does not respond', () => at('again.test', 80)],
  ['ADDRESS_REFUSED', 'a name that leads to a metadata address', () => at('metadata.test', 80)],
  [
    'CONNECTION_REFUSED',
    'a port where nothing listens',
    async () => {
      const port = await serve(silent)
      await new Promise((resolve) => opened.pop()?.close(resolve))
      return at('up.test', port)
    },
  ],
  ['CONNECT_TIMEOUT', 'a TLS handshake without an end', () => at('up.test', serve(silent), 'https')],
  ['TLS_EXPIRED', 'an expired certificate', () => at('up.test', serve(silent, expired), 'https')],
  ['TLS_EXPIRED', 'a certificate of tomorrow', () => at('up.test', serve(silent, future), 'https')],
  [
    'TLS_UNTRUSTED',
    'a certificate signed by itself',
    () => at('up.test', serve(silent, ownCertificate('up.test')), 'https'),
  ],
  [
    'TLS_NAME_MISMATCH',
    'a certificate for another name',
    () => at('other.test', serve(silent, valid), 'https'),
  ],
  [
    'TLS_FAILED',
    'a server that speaks http',
    () =>
      at(
        'up.test',
        serve((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
        'https',
      ),
  ],
  [
    'PROXY_REFUSED',
    'a proxy that wants a password',
    async () => {
      const proxy = await startHttpProxy()
      proxies.push(proxy.close)
      return { baseUrl: 'http://up.test/v1', fields: { proxyUrl: proxy.url } }
    },
  ],
  ['HEAD_TIMEOUT', 'silence', () => at('up.test', serve(silent))],
  [
    'IDLE_TIMEOUT',
    'a stream that pauses',
    () =>
      at(
        'up.test',
        serve((socket) => socket.write(FIRST)),
      ),
  ],
  [
    'IDLE_TIMEOUT',
    'JSON that pauses',
    () =>
      at(
        'up.test',
        serve((socket) => socket.write(JSON_HEAD)),
      ),
  ],
  [
    'CONNECTION_RESET',
    'a reset',
    () =>
      at(
        'up.test',
        serve((socket) => socket.resetAndDestroy()),
      ),
  ],
  [
    'CONNECTION_RESET',
    'a reset within a stream',
    () =>
      at(
        'up.test',
        serve((socket) => socket.write(FIRST, () => setImmediate(() => socket.resetAndDestroy()))),
      ),
  ],
  [
    'CONNECTION_CLOSED',
    'the end of the connection',
    () =>
      at(
        'up.test',
        serve((socket) => socket.end()),
      ),
  ],
  [
    'CONNECTION_CLOSED',
    'the end of the connection within a stream',
    () =>
      at(
        'up.test',
        serve((socket) => socket.end(FIRST)),
      ),
  ],
  [
    'CONNECTION_CLOSED',
    'the end of the connection within JSON',
    () =>
      at(
        'up.test',
        serve((socket) => socket.end(JSON_HEAD)),
      ),
  ],
  [
    'INVALID_RESPONSE',
    'what is no HTTP',
    () =>
      at(
        'up.test',
        serve((socket) => socket.write('SSH-2.0-x\r\n\r\n')),
      ),
  ],
]
const proxies: (() => Promise<void>)[] = []

const trusted = getCACertificates('default')
beforeAll(() => setDefaultCACertificates([...trusted, expired.cert, future.cert, valid.cert]))
afterAll(async () => {
  setDefaultCACertificates(trusted)
  for (const socket of sockets) socket.destroy()
  for (const server of opened) server.close()
  for (const close of proxies) await close()
})

describe.for(['on', 'off'])('with LATCHKEY_FAST_LANE=%s', (lane) => {
  let latchkey: TestLatchkey
  let secret = ''
  const lines: Record<string, unknown>[] = []
  beforeAll(async () => {
    latchkey = await startLatchkey({
      env: {
        LATCHKEY_FAST_LANE: lane,
        LATCHKEY_ROUTING_EXTRA_ATTEMPTS: '0',
        LATCHKEY_ROUTING_BREAKER_FAILURES: '0',
      },
      log: pino({ base: null }, { write: (line: string) => void lines.push(JSON.parse(line)) }),
      lookup: (hostname, options, callback) => {
        const fail = (code: string) =>
          process.nextTick(callback, Object.assign(new Error(`getaddrinfo ${code}`), { code }), '', 0)
        if (hostname === 'no-such.test') return fail('ENOTFOUND')
        if (hostname === 'again.test') return fail('EAI_AGAIN')
        const address = hostname === 'metadata.test' ? '169.254.169.254' : '127.0.0.1'
        if (options.all === true) process.nextTick(callback, null, [{ address, family: 4 }])
        else process.nextTick(callback, null, address, 4)
      },
    })
    secret = (await latchkey.createKey()).secret
  })
  afterAll(() => latchkey.close())

  test.for(FAULTS)('%s: %s', async ([reason, , upstreamOf]) => {
    const { baseUrl, fields } = await upstreamOf()
    const upstream = await makeUpstream(latchkey, baseUrl, {
      connectTimeoutMs: LIMIT_MS,
      firstByteTimeoutMs: LIMIT_MS,
      idleTimeoutMs: LIMIT_MS,
      ...fields,
    })
    const model = await makeModel(latchkey, [{ upstream: upstream.id, upstreamModel: 'm' }])
    const reply = await chat(latchkey, secret, { model, stream: true })
    const text = await reply.text().catch(() => '')
    const id = reply.headers.get('x-request-id') ?? ''
    await logInTime(latchkey, id)
    const { data } = await latchkey.graphql(
      'query ($id: ID!) { requestLog(id: $id) { errorMessage attempts { upstream failure reason } } }',
      { id },
    )
    expect(data.requestLog.attempts).toMatchObject([{ upstream: upstream.name, reason }])
    expect(lines).toContainEqual(
      expect.objectContaining({
        level: 40,
        upstream: upstream.name,
        reason,
        msg: expect.stringMatching(/\.$/),
      }),
    )
    for (const sent of [text, JSON.stringify([...reply.headers]), data.requestLog.errorMessage ?? '']) {
      expect(sent).not.toContain(reason)
      expect(sent).not.toMatch(/certificate|getaddrinfo|ECONN|127\.0\.0\.1|\.test\b/i)
    }
  })

  // The log of a refused session has its attempts as that of a call.
  const SESSION_FAULTS = FAULTS.filter(
    ([reason]) =>
      !['IDLE_TIMEOUT', 'INVALID_RESPONSE', 'CONNECTION_CLOSED', 'CONNECTION_RESET'].includes(reason),
  )
  test.for(SESSION_FAULTS)('a realtime session: %s: %s', async ([reason, , upstreamOf]) => {
    const { baseUrl, fields } = await upstreamOf()
    const upstream = await makeUpstream(latchkey, baseUrl, {
      connectTimeoutMs: LIMIT_MS,
      firstByteTimeoutMs: LIMIT_MS,
      ...fields,
    })
    const model = await makeModel(latchkey, [{ upstream: upstream.id, upstreamModel: 'm' }])
    const refused = await sendRaw(
      latchkey.url,
      handshake(`/v1/realtime?model=${model}`, [`authorization: Bearer ${secret}`]),
    )
    const id = /^x-request-id: (\S+)/im.exec(refused)?.[1] ?? ''
    await logInTime(latchkey, id)
    const { data } = await latchkey.graphql(
      'query ($id: ID!) { requestLog(id: $id) { attempts { upstream reason } } }',
      { id },
    )
    expect(data.requestLog.attempts).toEqual([{ upstream: upstream.name, reason }])
    expect(refused).not.toContain(reason)
  })
})
