// The lean client over TLS: which certificates it accepts, and which sessions it resumes.
import { lookup } from 'node:dns'
import { once } from 'node:events'
import {
  createServer,
  getCACertificates,
  type Server,
  setDefaultCACertificates,
  type TLSSocket,
} from 'node:tls'
import { leanClient } from '@latchkey/server/http/client/h1/lean-client.ts'
import { undiciClient } from '@latchkey/server/http/client/undici-client.ts'
import type { UpstreamClient } from '@latchkey/server/http/client/upstream-client.ts'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { USUAL_TIMEOUTS } from '../support/clients/upstream-clients.ts'
import { ownCertificate } from '../support/upstreams/own-certificate.ts'

const trusted = getCACertificates('default')
const certificate = ownCertificate('localhost')
const sockets: TLSSocket[] = []
const resumed: boolean[] = []
let server: Server
let port = 0
let client: UpstreamClient

beforeAll(async () => {
  server = createServer({ ...certificate, ALPNProtocols: ['h2', 'http/1.1'] }, (socket) => {
    sockets.push(socket)
    resumed.push(socket.isSessionReused())
    socket.on('error', () => undefined)
    socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok'))
  })
  server.listen(0, 'localhost')
  await once(server, 'listening')
  const address = server.address()
  port = typeof address === 'object' && address !== null ? address.port : 0
})
beforeEach(() => {
  sockets.length = 0
  resumed.length = 0
  client = leanClient(undiciClient(USUAL_TIMEOUTS, lookup), USUAL_TIMEOUTS, lookup)
})
afterAll(async () => {
  setDefaultCACertificates(trusted)
  await client.close()
  server.close()
})

function call(host: string): Promise<string> {
  return new Promise((resolve) => {
    let status = 0
    let body = ''
    client.send(
      {
        baseUrl: `https://${host}:${port}/v1`,
        method: 'GET',
        path: '/x',
        headers: {},
        body: null,
        bodyBytes: null,
      },
      {
        onHead: (reported) => {
          status = reported
        },
        onChunk: (chunk) => {
          body += chunk
          return true
        },
        onEnd: () => resolve(`${status} ${body}`),
        onFailure: resolve,
      },
    )
  })
}

test('an upstream whose certificate is not trusted is sent nothing', async () => {
  setDefaultCACertificates(trusted)
  expect(await call('localhost')).toBe('unreachable')
  expect(sockets).toHaveLength(0)
})

test('nor one whose certificate is for another name', async () => {
  setDefaultCACertificates([...trusted, certificate.cert])
  const { address } = server.address() as { address: string }
  expect(await call(address.includes(':') ? `[${address}]` : address)).toBe('unreachable')
})

test('it names the host, offers HTTP/1.1 alone, and resumes the session of its last connection', async () => {
  setDefaultCACertificates([...trusted, certificate.cert])
  expect(await call('localhost')).toBe('200 ok')
  expect(await call('localhost')).toBe('200 ok')
  expect(sockets.map(({ servername, alpnProtocol }) => [servername, alpnProtocol])).toEqual([
    ['localhost', 'http/1.1'],
    ['localhost', 'http/1.1'],
  ])
  expect(resumed).toEqual([false, true])
})
