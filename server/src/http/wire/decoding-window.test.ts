import { brotliCompressSync, constants, gzipSync, zstdCompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { decodingWindow } from './decoding-window.ts'

const MIB = 1024 * 1024
const bytesOf = (encoding: Parameters<typeof decodingWindow>[0], body: Buffer) =>
  decodingWindow(encoding, body)?.bytes ?? null

test.for([10, 12, 16, 17, 18, 20, 22, 24])(
  'a window of 2^%s of brotli is known from its first bits',
  (log) => {
    const body = brotliCompressSync(Buffer.alloc(MIB), { params: { [constants.BROTLI_PARAM_LGWIN]: log } })
    expect(bytesOf('br', body)).toBe(2 ** log + 256 * 1024)
  },
)

test.for([10, 17, 20, 23])('a window of 2^%s of zstd is known from its head', (log) => {
  const body = zstdCompressSync(Buffer.alloc(16 * MIB), { params: { [constants.ZSTD_c_windowLog]: log } })
  expect(bytesOf('zstd', body)).toBe(2 ** log + 3 * 128 * 1024)
})

test.for([1, 255, 256, 1_000, 70_000])(
  'a frame of zstd that is one segment of %s bytes needs a window for its content',
  (length) => {
    const window = bytesOf('zstd', zstdCompressSync(Buffer.alloc(length)))
    expect(window).toBeGreaterThanOrEqual(length)
    expect(window).toBeLessThanOrEqual(Math.max(1_024, 2 * length) + 3 * 128 * 1024)
  },
)

test('a larger one than is allowed is none, and what cannot be read needs the largest', () => {
  const far = zstdCompressSync(Buffer.alloc(40 * MIB), { params: { [constants.ZSTD_c_windowLog]: 25 } })
  expect(decodingWindow('zstd', far)).toBeNull()
  expect(bytesOf('zstd', Buffer.alloc(0))).toBe(8 * MIB + 3 * 128 * 1024)
  expect(bytesOf('gzip', gzipSync('x'))).toBe(48 * 1024)
})
