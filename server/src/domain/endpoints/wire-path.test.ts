import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isPlainPath, normalPath } from './wire-path.ts'

describe('a plain path', () => {
  test.for([
    '/v1/chat/completions',
    '/v1/models/org/model:free',
    '/v1/models/org%2Fmodel',
    '/v1/files/file-1/content',
    '/v1/files/a.b..c',
    '/v1/files/...',
    '/v1/models/%E6%97%A5%E6%9C%AC',
    '/v1/models/a%20b',
    "/v1/files/~!$&'()*+,;=:@-_",
  ])('%s is one', (path) => {
    expect(isPlainPath(path)).toBe(true)
  })

  test.for([
    '',
    'v1/files',
    '/v1/../graphql',
    '/v1/files/..',
    '/v1/files/.',
    '/v1/./files',
    '/v1/files/%2e%2e/x',
    '/v1/files/%2E./x',
    '/v1/files/..%2fx',
    '/v1/files/x%2f..%2f..%2fadmin',
    '/v1/files/..%5cx',
    '/v1/files/..\\x',
    '/v1//files',
    '//evil/v1',
    '/v1/files/x\u0000',
    '/v1/files/%00',
    '/v1/files/a%0d%0aHost:%20evil',
    '/v1/files/a b',
    '/v1/files/a\tb',
    '/v1/files/%',
    '/v1/files/%4',
    '/v1/files/%zz',
    '/v1/files/%c3%28',
    '/v1/files/%ff',
    '/v1/files/日本',
    '/v1/files/\u00e9',
    // Servlet containers take `;…` off a segment before they look at it.
    '/v1/files/..;/x',
    '/v1/files/..;a=b/x',
    // Some servers decode twice.
    '/v1/files/%252e%252e/x',
    '/v1/files/%252e%252e%252fx',
  ])('%j is none', (path) => {
    expect(isPlainPath(path)).toBe(false)
  })
})

describe('the normal form of a path', () => {
  test.for([
    ['/v1/chat/completions', '/v1/chat/completions'],
    ['/v1/chat/%63ompletions', '/v1/chat/completions'],
    ['/v1/%63%68%61%74/completions', '/v1/chat/completions'],
    ['/v1/files/%7euser%2D1%5f', '/v1/files/~user-1_'],
    ['/v1/files/a%2eb', '/v1/files/a.b'],
    // An encoded slash is no slash.
    ['/v1/chat%2fcompletions', '/v1/chat%2Fcompletions'],
    ['/v1/models/%e6%97%a5', '/v1/models/%E6%97%A5'],
    // Decoded once only.
    ['/v1/files/%2563', '/v1/files/%2563'],
    // Reserved characters are kept as they were sent.
    ['/v1/models/org:model%3afree', '/v1/models/org:model%3Afree'],
    ['/v1/Chat/completions', '/v1/Chat/completions'],
  ] as const)('of %s is %s', ([path, expected]) => {
    expect(normalPath(path)).toBe(expected)
  })

  test.for(['/v1/../graphql', '/v1/files/%2e%2e/x', '/v1/files/%252e%252e/x', '/v1//files', '/v1/files/%zz'])(
    'of %s is none',
    (path) => {
      expect(normalPath(path)).toBeNull()
    },
  )

  test('means the same as the path, is plain, and is its own normal form', () => {
    const octet = fc.integer({ min: 0x21, max: 0x7e }).map((byte) => byte.toString(16))
    const part = fc.oneof(
      fc.constantFrom('a', 'Z', '9', '-', '.', '_', '~', '/', ':', ';', '%2F', '%2f', '%25'),
      octet.map((hex) => `%${hex}`),
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 20 }), (parts) => {
        const path = `/v1/${parts.join('')}`
        const normal = normalPath(path)
        expect(normal === null).toBe(!isPlainPath(path))
        if (normal === null) return
        expect(decodeURIComponent(normal)).toBe(decodeURIComponent(path))
        expect(normalPath(normal)).toBe(normal)
      }),
    )
  })
})
