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
