// Content encodings (RFC 9110 §8.4.1; zstd: RFC 8878): which one a header names, and how bytes are decoded.
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib'
import { decodingWindow, type Encoding } from './decoding-window.ts'
import { joined } from './joined.ts'

export type { Encoding } from './decoding-window.ts'

const DECODERS = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
} as const

/** Where the memory of a decoder and of what it decodes is counted. */
export type DecodingMemory = {
  /** False: there is no room for so many bytes. */
  take(bytes: number): boolean
  /** So many of them are free again. */
  give(bytes: number): void
}

// Chunks of a large body are few, of a small one they take no more than it does.
const CHUNK_MAX_BYTES = 256 * 1024
const CHUNK_MIN_BYTES = 16 * 1024

/**
 * A whole body, decoded off the main thread; 'too-large' past `maxBytes`, or where its window is larger than RFC 9659 allows;
 * 'refused' where there is no memory for the window or a part; 'broken' where it is not of this encoding.
 */
export function decodeWhole(
  encoding: Encoding,
  bytes: Buffer,
  maxBytes: number,
  memory: DecodingMemory,
): Promise<Buffer | 'too-large' | 'refused' | 'broken'> {
  const window = decodingWindow(encoding, bytes)
  if (window === null) return Promise.resolve('too-large')
  if (!memory.take(window.bytes)) return Promise.resolve('refused')
  return new Promise((resolve) => {
    const chunkSize = Math.min(CHUNK_MAX_BYTES, Math.max(CHUNK_MIN_BYTES, bytes.length))
    const stream = DECODERS[encoding]({ chunkSize, ...(window.params && { params: window.params }) })
    const chunks: Buffer[] = []
    let count = 0
    const end = (result: Buffer | 'too-large' | 'refused' | 'broken') => {
      stream.destroy()
      memory.give(window.bytes)
      resolve(result)
    }
    stream.on('data', (chunk: Buffer) => {
      count += chunk.length
      if (count > maxBytes) end('too-large')
      else if (!memory.take(chunk.length)) end('refused')
      else chunks.push(chunk)
    })
    stream.on('end', () => end(joined(chunks, count)))
    stream.on('error', () => end('broken'))
    stream.end(bytes)
  })
}

/** The encoding that a Content-Encoding header names; null for none, 'unknown' for one that cannot be decoded. */
export function encodingOf(header: string | null): Encoding | 'unknown' | null {
  const name = header?.trim().toLowerCase() ?? ''
  if (name === '' || name === 'identity') return null
  return Object.hasOwn(DECODERS, name) ? (name as Encoding) : 'unknown'
}

export type Decoder = {
  /** False asks for a pause, until `onWanting`. */
  write(chunk: Buffer): boolean
  end(): void
  resume(): void
  close(): void
}

/**
 * Decodes a body as it comes, no further than `onChunk` takes it: it pauses where that returns false, until `resume`. Ends with
 * `onEnd`, or with `onBroken` where the bytes are not of this encoding.
 */
export function createDecoder(
  encoding: Encoding,
  listener: { onChunk(chunk: Buffer): boolean; onEnd(): void; onBroken(): void; onWanting(): void },
): Decoder {
  const stream = DECODERS[encoding]()
  stream.on('data', (chunk: Buffer) => {
    if (!listener.onChunk(chunk)) stream.pause()
  })
  stream.on('end', listener.onEnd)
  stream.on('error', listener.onBroken)
  stream.on('drain', listener.onWanting)
  return {
    write: (chunk) => stream.write(chunk),
    end: () => void stream.end(),
    resume: () => void stream.resume(),
    close: () => void stream.destroy(),
  }
}
