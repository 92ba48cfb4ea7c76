// How much memory the decoder of a body takes beside its output: its window, which the first bytes of the body name.
import { constants } from 'node:zlib'

// Inflate: a window of 32 KiB, and its tables (zlib's zconf.h).
const INFLATE_BYTES = 48 * 1024
// Beside the window: its tables, and blocks.
const BROTLI_TABLES = 256 * 1024
const ZSTD_BLOCKS = 3 * 128 * 1024
const MIB = 1024 * 1024
/** RFC 9659 §3: no encoder of a content encoding may use a larger window. */
const ZSTD_WINDOW_MAX = 8 * MIB
// What a decoder takes at least.
const ZSTD_WINDOW_LOG_MIN = 10
const ZSTD_MAGIC = 0xfd2fb528

/** An encoding that can be decoded. */
export type Encoding = 'gzip' | 'x-gzip' | 'deflate' | 'br' | 'zstd'

export type Window = {
  /** Bytes. */
  bytes: number
  /** Options of the decoder, so that it takes no more, whatever comes behind the beginning. */
  params?: Record<number, number>
}

/** The window of a body, at most that which the encoding allows; null: it is larger than that. */
export function decodingWindow(encoding: Encoding, body: Buffer): Window | null {
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
    case 'deflate':
      return { bytes: INFLATE_BYTES }
    case 'br':
      return { bytes: brotliWindow(body[0] ?? 0) + BROTLI_TABLES }
    case 'zstd': {
      const window = zstdWindow(body)
      if (window > ZSTD_WINDOW_MAX) return null
      const log = Math.max(ZSTD_WINDOW_LOG_MIN, Math.ceil(Math.log2(window)))
      // Of a further frame, too.
      return { bytes: 2 ** log + ZSTD_BLOCKS, params: { [constants.ZSTD_d_windowLogMax]: log } }
    }
  }
}

/** RFC 7932 §9.1. */
function brotliWindow(byte: number): number {
  if ((byte & 1) === 0) return 2 ** 16
  const high = (byte >> 1) & 7
  if (high !== 0) return 2 ** (17 + high)
  const low = (byte >> 4) & 7
  return 2 ** (low === 0 ? 17 : 8 + low)
}

/** RFC 8878 §3.1.1.1, of the first frame; the largest of one that cannot be read, or is skipped. */
function zstdWindow(body: Buffer): number {
  if (body.length < 6 || body.readUInt32LE(0) !== ZSTD_MAGIC) return ZSTD_WINDOW_MAX
  const descriptor = body[4] ?? 0
  if ((descriptor & 0x20) === 0) {
    const window = body[5] ?? 0
    const base = 2 ** (10 + (window >> 3))
    return base + (base / 8) * (window & 7)
  }
  // A single segment: its window is all of its content.
  const at = 5 + ([0, 1, 2, 4][descriptor & 3] ?? 0)
  const length = [1, 2, 4, 8][descriptor >> 6] ?? 8
  if (body.length < at + length) return ZSTD_WINDOW_MAX
  const size = length === 8 ? Number(body.readBigUInt64LE(at)) : body.readUIntLE(at, length)
  return length === 2 ? size + 256 : Math.max(1, size)
}
