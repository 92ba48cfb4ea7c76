// Content encodings (RFC 9110 §8.4.1; zstd: RFC 8878): which one a header names, and how bytes are decoded.
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib'

/** An encoding that can be decoded. */
export type Encoding = keyof typeof DECODERS

const DECODERS = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
} as const

/**
 * A whole body, decoded off the main thread; 'too-large' past `maxBytes`, 'refused' where `takes` refuses a part, 'broken' where
 * it is not of this encoding.
 */
export function decodeWhole(
  encoding: Encoding,
  bytes: Buffer,
  maxBytes: number,
  takes: (bytes: number) => boolean,
): Promise<Buffer | 'too-large' | 'refused' | 'broken'> {
  return new Promise((resolve) => {
    const stream = DECODERS[encoding]()
    const chunks: Buffer[] = []
    let count = 0
    const stop = (reason: 'too-large' | 'refused' | 'broken') => {
      stream.destroy()
      resolve(reason)
    }
    stream.on('data', (chunk: Buffer) => {
      count += chunk.length
      if (count > maxBytes) stop('too-large')
      else if (!takes(chunk.length)) stop('refused')
      else chunks.push(chunk)
    })
    stream.on('end', () => resolve(Buffer.concat(chunks)))
    stream.on('error', () => stop('broken'))
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
