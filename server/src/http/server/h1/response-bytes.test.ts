import { describe, expect, test } from 'vitest'
import { connectionLines, frame, responseHead } from './response-bytes.ts'

const FIXED = { first: 'x-first: 1\r\n', last: connectionLines(65_000) }

describe('a head', () => {
  test('says what node:http would', () => {
    const { text, framing } = responseHead(
      200,
      { 'x-many': ['a', 'b'], 'content-length': '2', date: 'D' },
      FIXED,
    )
    expect(text).toBe(
      'HTTP/1.1 200 OK\r\nx-first: 1\r\nx-many: a\r\nx-many: b\r\ncontent-length: 2\r\ndate: D\r\nConnection: keep-alive\r\nKeep-Alive: timeout=65\r\n\r\n',
    )
    expect(framing).toEqual({ kind: 'length', bytes: 2 })
  })

  test('has a date, and chunks where no length is known', () => {
    const { text, framing } = responseHead(599, {}, { first: '', last: connectionLines(null) })
    expect(text).toMatch(
      /^HTTP\/1\.1 599 unknown\r\nDate: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n$/,
    )
    expect(framing).toEqual({ kind: 'chunked' })
  })

  test.for([204, 304])('of a %d announces no chunks', (status) => {
    const { text, framing } = responseHead(status, {}, FIXED)
    expect(text).not.toMatch(/transfer-encoding/i)
    expect(framing).toEqual({ kind: 'none' })
  })

  test.for(['a\r\nx-second: b', 'a\nb', 'a\rb', 'a\0b', 'a\x7fb', 'a\u2028b', 'a\u010db'])(
    'never holds the value %j',
    (value) => {
      expect(() => responseHead(200, { 'x-a': value }, FIXED)).toThrow(
        'the value of x-a does not fit into a header',
      )
      expect(() => responseHead(200, { 'x-a': ['b', value] }, FIXED)).toThrow(TypeError)
    },
  )

  test.for(['', 'a b', 'a:b', 'a\r\nb', 'caf\xe9'])('never holds the name %j', (name) => {
    expect(() => responseHead(200, { [name]: 'a' }, FIXED)).toThrow(TypeError)
  })

  test.for([0, 99, 1_000, Number.NaN])('never has the status %d', (status) => {
    expect(() => responseHead(status, {}, FIXED)).toThrow(RangeError)
  })
})

describe('a piece of a response', () => {
  const chunk = Buffer.from('caf\u00e9 ok')

  test.for([
    ['the first chunk', 'HEAD', chunk, false, 'HEAD8\r\ncafé ok\r\n'],
    ['a chunk', '', chunk, false, '8\r\ncafé ok\r\n'],
    ['the last chunk', '', chunk, true, '8\r\ncafé ok\r\n0\r\n\r\n'],
    ['an empty chunk, which would be the last', '', Buffer.alloc(0), false, ''],
    ['the end alone', '', Buffer.alloc(0), true, '0\r\n\r\n'],
  ] as const)('%s', ([, head, bytes, isLast, out]) => {
    expect(frame(head, bytes, { kind: 'chunked' }, isLast).toString()).toBe(out)
  })

  test('goes as it is where the length was announced', () => {
    expect(frame('', chunk, { kind: 'length', bytes: 8 }, true)).toBe(chunk)
    expect(frame('HEAD', chunk, { kind: 'length', bytes: 8 }, true).toString()).toBe('HEADcafé ok')
  })
})

test('writes the size of a chunk in the middle as it does that of the last', () => {
  for (const bytes of [1, 9, 10, 15, 16, 17, 255, 256, 4095, 4096, 0xffff, 0x10000, 0xabcdef, 0x1000000]) {
    const chunk = Buffer.alloc(bytes, 'x')
    const last = frame('', chunk, { kind: 'chunked' }, true)
    const middle = frame('', chunk, { kind: 'chunked' }, false)
    expect(middle.equals(last.subarray(0, -'0\r\n\r\n'.length)), String(bytes)).toBe(true)
  }
})
