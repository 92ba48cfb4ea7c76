import type { IncomingHttpHeaders } from 'node:http'
import { describe, expect, test } from 'vitest'
import { type Progress, ResponseParser } from './response-parser.ts'

type Read = {
  progress: Progress
  status: number | null
  headers: IncomingHttpHeaders
  body: string
  remainder: string
  reusable: boolean
}

/** Feeds pieces to a new parser until one of them is the last it wants. */
function read(pieces: string[], toHead = false): Read {
  const parser = new ResponseParser()
  const seen: Read = { progress: 'more', status: null, headers: {}, body: '', remainder: '', reusable: false }
  parser.begin(
    {
      onHead(status, headers) {
        seen.status = status
        seen.headers = headers
      },
      onChunk(chunk) {
        seen.body += chunk.toString('latin1')
        return true
      },
    },
    toHead,
  )
  for (const piece of pieces) {
    if (seen.progress !== 'more') break
    seen.progress = parser.feed(Buffer.from(piece, 'latin1'))
  }
  seen.remainder = parser.remainder.toString('latin1')
  seen.reusable = parser.head?.reusable ?? false
  return seen
}

const LENGTH = 'HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 5\r\n\r\nhello'
const CHUNKED =
  'HTTP/1.1 201 \r\nTransfer-Encoding: chunked\r\nX: 1\r\nx: 2\r\n\r\n5;a="b"\r\nhello\r\n0010\r\n, \r\n0\r\n\r\nworld!!\r\n0\r\nSum: 1\r\n\r\n'
const INTERIM = `HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${LENGTH}`

describe('a response is the same wherever it is split', () => {
  test.for([
    ['a length', LENGTH, 'hello', true],
    ['chunks with an extension and trailers', CHUNKED, 'hello, \r\n0\r\n\r\nworld!!', true],
    ['an interim response before it', INTERIM, 'hello', true],
    ['no body', 'HTTP/1.1 204 No Content\r\n\r\n', '', true],
    ['a length of nothing', 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n', '', true],
  ] as const)('%s', ([, bytes, body, reusable]) => {
    const whole = read([bytes])
    expect(whole).toMatchObject({ progress: 'whole', body, reusable, remainder: '' })
    for (let first = 1; first < bytes.length; first++) {
      expect(read([bytes.slice(0, first), bytes.slice(first)])).toEqual(whole)
      for (let second = first + 1; second < Math.min(first + 12, bytes.length); second++) {
        expect(read([bytes.slice(0, first), bytes.slice(first, second), bytes.slice(second)])).toEqual(whole)
      }
    }
    expect(read([...bytes])).toEqual(whole)
  })

  test.for([
    ['a single LF', 'HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n'],
    ['a single CR', 'HTTP/1.1 200 OK\r\nX: a\rb\r\nContent-Length: 0\r\n\r\n'],
    [
      'a chunk with a byte too many',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n',
    ],
    ['a size that is none', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n'],
    ['a size of no digits', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n'],
    ['a size with a blank', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1 \r\na\r\n'],
    ['a size with half a line end', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\na\r\n'],
    [
      'a size of too many digits',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0000000000001\r\na\r\n',
    ],
    [
      'a trailer that frames',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 1\r\n\r\n',
    ],
  ] as const)('what is broken too: %s', ([, bytes]) => {
    expect(read([bytes]).progress).toBe('broken')
    for (let abort = 1; abort < bytes.length; abort++) {
      expect(read([bytes.slice(0, abort), bytes.slice(abort)]).progress).toBe('broken')
    }
    expect(read([...bytes]).progress).toBe('broken')
  })
})

test('a header that comes twice is a list, names are lower-cased, and names of Object mean nothing', () => {
  const { headers } = read([
    'HTTP/1.1 200 OK\r\nX-A:1\r\nx-a: \t2 \r\nconstructor: a\r\nconstructor: b\r\n__proto__: c\r\nX-Empty:\r\n\r\n',
  ])
  expect(Object.entries(headers)).toEqual([
    ['x-a', ['1', '2 ']],
    ['constructor', ['a', 'b']],
    ['__proto__', 'c'],
    ['x-empty', ''],
  ])
})

test('interim responses are passed over, however many', () => {
  const bytes = 'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n'.repeat(1_000) + LENGTH
  expect(read([bytes])).toMatchObject({ progress: 'whole', status: 200, body: 'hello' })
})

test('what comes after the end is given back, and is not of the response', () => {
  expect(read([`${LENGTH}HTTP/1.1 200 OK\r\n`])).toMatchObject({
    body: 'hello',
    remainder: 'HTTP/1.1 200 OK\r\n',
  })
})

test.for([
  ['HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n', false],
  ['HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n', false],
  ['HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: Keep-Alive\r\n\r\n', true],
  ['HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n', false],
  ['HTTP/1.1 304 Not Modified\r\nContent-Length: 0\r\n\r\n', true],
] as const)('after %j the connection may serve again: %s', ([bytes, reusable]) => {
  expect(read([bytes])).toMatchObject({ progress: 'whole', reusable })
})

test('a response to HEAD has no body, whatever its head says, and ends its connection', () => {
  expect(read(['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'], true)).toMatchObject({
    progress: 'whole',
    reusable: false,
  })
})

test('without a length and chunks the body lasts as long as the connection', () => {
  expect(read(['HTTP/1.1 200 OK\r\n\r\nab', 'cd'])).toMatchObject({ progress: 'more', body: 'abcd' })
})

describe('refused', () => {
  const ok = 'HTTP/1.1 200 OK\r\n'
  test.for([
    ['no HTTP', 'hello'],
    ['another version', 'HTTP/2.0 200 OK\r\n\r\n'],
    ['100, which no request asks for', `HTTP/1.1 100 Continue\r\n\r\n${LENGTH}`],
    ['another protocol', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n'],
    ['a status below 100', 'HTTP/1.1 099 Odd\r\n\r\n'],
    ['a folded line', `${ok}X: a\r\n b\r\n\r\n`],
    ['a blank before the colon', `${ok}X : a\r\n\r\n`],
    ['a line without a colon', `${ok}nothing\r\n\r\n`],
    ['a NUL', `${ok}X: a\0\r\n\r\n`],
    ['two lengths, though equal', `${ok}Content-Length: 1\r\nContent-Length: 1\r\n\r\na`],
    ['a list of lengths', `${ok}Content-Length: 1, 1\r\n\r\na`],
    ['a signed length', `${ok}Content-Length: +1\r\n\r\na`],
    ['a length beside chunks', `${ok}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`],
    ['another coding', `${ok}Transfer-Encoding: gzip, chunked\r\n\r\n`],
    ['a size that counts more than can be', `${ok}Transfer-Encoding: chunked\r\n\r\n1000000000000\r\n`],
    ['a size with a blank', `${ok}Transfer-Encoding: chunked\r\n\r\n1 \r\na\r\n`],
    ['a long extension', `${ok}Transfer-Encoding: chunked\r\n\r\n1;${'a'.repeat(1_100)}\r\na\r\n`],
    ['long trailers', `${ok}Transfer-Encoding: chunked\r\n\r\n0\r\n${'a: b\r\n'.repeat(1_500)}\r\n`],
    ['a head over 64 KiB', `${ok}X: ${'a'.repeat(65_600)}\r\n\r\n`],
    ['a head over 64 KiB that does not end', `${ok}X: ${'a'.repeat(65_600)}`],
  ] as const)('%s', ([, bytes]) => {
    expect(read([bytes]).progress).toBe('broken')
  })
})

test('a pause keeps what is still to be read, and aborting passes on nothing more', () => {
  const parser = new ResponseParser()
  const chunks: string[] = []
  const listener = {
    onHead: () => undefined,
    onChunk(chunk: Buffer) {
      chunks.push(chunk.toString('latin1'))
      return false
    },
  }
  parser.begin(listener, false)
  const bytes = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n'
  expect(parser.feed(Buffer.from(bytes))).toBe('paused')
  expect(chunks).toEqual(['a'])
  expect(parser.feed(parser.remainder)).toBe('paused')
  expect(chunks).toEqual(['a', 'b'])
  parser.release()
  expect(parser.feed(parser.remainder)).toBe('aborted')
  expect(chunks).toEqual(['a', 'b'])
})
