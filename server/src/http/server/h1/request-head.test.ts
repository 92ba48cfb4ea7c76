import { describe, expect, test } from 'vitest'
import { readRequestHead } from './request-head.ts'

const LINES = [
  'POST /v1/chat/completions?a=b%20c HTTP/1.1',
  'Host: gateway.example:8000',
  'Authorization: Bearer sk-1',
  'Content-Type: application/json; charset=utf-8',
  'User-Agent:  OpenAI/Python  1.0 ',
  'X-Empty:',
  'Connection: keep-alive',
  'Content-Length: 2',
]

describe('a plain call', () => {
  test('is read with its headers, as node:http would give them', () => {
    const head = bytesOf(LINES)
    expect(readRequestHead(Buffer.concat([head, Buffer.from('{}POST')]))).toEqual({
      path: '/v1/chat/completions',
      query: '?a=b%20c',
      headers: {
        host: 'gateway.example:8000',
        authorization: 'Bearer sk-1',
        'content-type': 'application/json; charset=utf-8',
        'user-agent': 'OpenAI/Python  1.0',
        'x-empty': '',
        connection: 'keep-alive',
        'content-length': '2',
      },
      contentLength: 2,
      bytes: head.length,
    })
  })

  test('is none before the last byte of its head', () => {
    const head = bytesOf(LINES)
    for (let length = 0; length < head.length; length++)
      expect(readRequestHead(head.subarray(0, length)), `${length} bytes`).toBeNull()
  })

  test('may have a head of 4 KB, and no more', () => {
    const room = 4_096 - bytesOf([...LINES, 'X-Long: ']).length
    expect(readRequestHead(bytesOf([...LINES, `X-Long: ${'x'.repeat(room)}`]))?.bytes).toBe(4_096)
    expect(readRequestHead(bytesOf([...LINES, `X-Long: ${'x'.repeat(room + 1)}`]))).toBeNull()
  })
})

describe('for node:http', () => {
  test.for([
    'GET /v1/chat/completions HTTP/1.1',
    'post /v1/chat/completions HTTP/1.1',
    'POST  /v1/chat/completions HTTP/1.1',
    'POST /v1/chat/completions HTTP/1.0',
    'POST /v1/chat/completions HTTP/1.1 ',
    'POST /graphql HTTP/1.1',
    'POST http://a/v1/chat/completions HTTP/1.1',
    'POST /v1/chat%2fcompletions HTTP/1.1',
    'POST /v1/chat/completions?a#b HTTP/1.1',
    'POST /v1/chat/completions?"a" HTTP/1.1',
    '\r\nPOST /v1/chat/completions HTTP/1.1',
  ])('the request line %j', (line) => {
    expect(readRequestHead(bytesOf([line, ...LINES.slice(1)]))).toBeNull()
  })

  test.for([
    'Transfer-Encoding: chunked',
    'TE: trailers',
    'Trailer: X-After',
    'Expect: 100-continue',
    'Upgrade: websocket',
    'HTTP2-Settings: AAMA',
    'Proxy-Connection: keep-alive',
    'Set-Cookie: a=b',
    'content-length: 2',
    'HOST: b',
    'authorization: Bearer sk-2',
    'X-Empty: again',
    'constructor: a',
    '__proto__: a',
    'X-Space : a',
    ' X-Folded: a',
    '\tfolded',
    'X-Tab: a\tb',
    'X-Latin: caf\xe9',
    'X-Nul: a\0b',
    'X-Del: a\x7fb',
    'X-Cr: a\rb',
    'X-Lf: a\nb',
    'X Y: a',
    ': a',
    'no colon',
  ])('another header %j', (line) => {
    expect(readRequestHead(bytesOf([...LINES, line]))).toBeNull()
  })

  test.for([
    ['Host', [null, '']],
    ['Content-Type', [null, '', 'text/plain', 'application/jsonp', 'multipart/form-data; boundary=x']],
    ['Connection', ['', 'close', 'keep-alive, close', 'upgrade']],
    ['Content-Length', [null, '', '+2', '-2', '02', '2, 2', '0x2', '2.0', '2e0', '99999999999']],
  ] as const)('%s with other values, or without', ([name, values]) => {
    const others = LINES.filter((line) => !line.startsWith(`${name}:`))
    for (const value of values) {
      const lines = value === null ? others : [...others, `${name}: ${value}`]
      expect(readRequestHead(bytesOf(lines)), String(value)).toBeNull()
    }
  })

  test('lines that end in a bare line feed', () => {
    expect(readRequestHead(Buffer.from(`${LINES.join('\n')}\r\n\r\n`))).toBeNull()
  })
})

function bytesOf(lines: string[]): Buffer {
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
}
