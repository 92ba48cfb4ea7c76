// Content encodings (RFC 9110 §8.4.1; zstd: RFC 8878): which one a header names, and how bytes are decoded.
import {
  brotliDecompress,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
  gunzip,
  inflate,
  zstdDecompress,
} from 'node:zlib'

/** An encoding that can be decoded. */
export type Encoding = keyof typeof DECODERS

const DECODERS = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
} as const

type WholeDecoder = (
  bytes: Buffer,
  options: { maxOutputLength: number },
  done: (error: Error | null, decoded: Buffer) => void,
) => void

const WHOLE_DECODERS: Record<Encoding, WholeDecoder> = {
  gzip: gunzip,
  'x-gzip': gunzip,
  deflate: inflate,
  br: brotliDecompress,
  zstd: zstdDecompress,
}

/** A whole body, decoded off the main thread; 'too-large' past `maxBytes`, 'broken' where it is not of this encoding. */
export function decodeWhole(
  encoding: Encoding,
  bytes: Buffer,
  maxBytes: number,
): Promise<Buffer | 'too-large' | 'broken'> {
  return new Promise((resolve) => {
    WHOLE_DECODERS[encoding](bytes, { maxOutputLength: maxBytes }, (error, decoded) => {
      if (error === null) resolve(decoded)
      else resolve('code' in error && error.code === 'ERR_BUFFER_TOO_LARGE' ? 'too-large' : 'broken')
    })
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
