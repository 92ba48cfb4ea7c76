import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import type { UpstreamRequest } from '../upstream-client.ts'
import { originOf } from './origin.ts'
import { requestBytes } from './request-bytes.ts'

function bytesOf(changes: Partial<UpstreamRequest>) {
  const request: UpstreamRequest = {
    baseUrl: 'http://upstream.test:81/v1',
    method: 'POST',
    path: '/x?y=1',
    headers: { 'content-type': 'application/json', list: ['a', 'b'] },
    body: Buffer.from('{}'),
    bodyBytes: 2,
    ...changes,
  }
  const origin = originOf(request.baseUrl)
  if (origin === null) throw new Error('no origin')
  return requestBytes(origin, request)
}

test('a request with a body says its length last', () => {
  expect(bytesOf({})).toEqual({
    head: 'POST /v1/x?y=1 HTTP/1.1\r\nhost: upstream.test:81\r\nconnection: keep-alive\r\ncontent-type: application/json\r\nlist: a\r\nlist: b\r\ncontent-length: 2\r\n\r\n',
    body: Buffer.from('{}'),
    toHead: false,
    idempotent: false,
  })
})

test.for([
  ['GET', 'GET /v1/x?y=1 HTTP/1.1\r\nhost: upstream.test:81\r\nconnection: keep-alive\r\n\r\n'],
  [
    'POST',
    'POST /v1/x?y=1 HTTP/1.1\r\nhost: upstream.test:81\r\nconnection: keep-alive\r\ncontent-length: 0\r\n\r\n',
  ],
] as const)('%s without a body', ([method, head]) => {
  expect(bytesOf({ method, headers: {}, body: null, bodyBytes: null })).toEqual({
    head,
    body: null,
    toHead: false,
    idempotent: method === 'GET',
  })
})

test.for<[string, Partial<UpstreamRequest>]>([
  ['a stream', { body: Readable.from(['{}']) }],
  ['a length that is not the body’s', { bodyBytes: 3 }],
  ['a body where none is usual', { method: 'GET' }],
  ['an unusual method', { method: 'PURGE', body: null, bodyBytes: null }],
  ['CONNECT', { method: 'CONNECT', body: null, bodyBytes: null }],
  ['an upgrade', { headers: { upgrade: 'websocket' } }],
  ['an expectation', { headers: { expect: '100-continue' } }],
  ['a framing of its own', { headers: { 'Transfer-Encoding': 'chunked' } }],
  ['a host of its own', { headers: { host: 'elsewhere' } }],
  ['a line end in a value', { headers: { a: 'b\r\nc: d' } }],
  ['a line end in one of several values', { headers: { a: ['b', 'c\n'] } }],
  ['a character that is no byte', { headers: { a: '€' } }],
  ['a name that is no token', { headers: { 'a b': 'c' } }],
  ['a blank in the path', { path: '/x y' }],
  ['a line end in the path', { path: '/x\r\n' }],
])('needs another client: %s', ([, changes]) => {
  expect(bytesOf(changes)).toBeNull()
})

test('an origin knows its port, prefix, and the name for TLS', () => {
  expect(originOf('https://api.test/v1')).toEqual({
    secure: true,
    lookup: null,
    hostname: 'api.test',
    port: 443,
    host: 'api.test',
    servername: 'api.test',
    prefix: '/v1',
  })
  expect(originOf('http://[::1]:8080')).toMatchObject({
    hostname: '::1',
    port: 8080,
    host: '[::1]:8080',
    servername: null,
    prefix: '',
  })
  expect(originOf('echo:')).toBeNull()
})
