// Answers that come compressed although they were asked for as they are.
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
import { jsonMeter, NOTHING, type ResponseMeter } from '../metering/response-meter.ts'

/** Content codings that can be read (RFC 9110 §8.4.1, RFC 8878). */
export type Encoding = keyof typeof CODERS

type Unpack = (
  bytes: Buffer,
  bound: { maxOutputLength: number },
  then: (error: NodeJS.ErrnoException | null, unpacked: Buffer) => void,
) => void

const CODERS = {
  gzip: { whole: gunzip as Unpack, stream: createGunzip },
  'x-gzip': { whole: gunzip as Unpack, stream: createGunzip },
  deflate: { whole: inflate as Unpack, stream: createInflate },
  br: { whole: brotliDecompress as Unpack, stream: createBrotliDecompress },
  zstd: { whole: zstdDecompress as Unpack, stream: createZstdDecompress },
} as const

// An answer is kept up to here, as it came, to be read at its end; and read as long as it grows no larger than that.
const KEPT_MAX_BYTES = 1024 * 1024
const READ_MAX_BYTES = 8 * 1024 * 1024

/** The coding that a Content-Encoding names; null where there is none, 'unknown' for one that cannot be read. */
export function encodingOf(header: string | null): Encoding | 'unknown' | null {
  const name = header?.trim().toLowerCase() ?? ''
  if (name === '' || name === 'identity') return null
  return Object.hasOwn(CODERS, name) ? (name as Encoding) : 'unknown'
}

/** For compressed JSON: its bytes pass as they came; a copy is unpacked at its end, in another thread and within bounds. */
export function encodedJsonMeter(encoding: Encoding): ResponseMeter {
  const inner = jsonMeter()
  let kept: Buffer[] = []
  let bytes = 0
  let whole = true
  return {
    reads: true,
    pass(chunk) {
      bytes += chunk.length
      if (bytes <= KEPT_MAX_BYTES) kept.push(chunk)
      else kept = []
      return chunk
    },
    end: () => NOTHING,
    settle(then) {
      if (bytes > KEPT_MAX_BYTES) return then()
      CODERS[encoding].whole(Buffer.concat(kept), { maxOutputLength: READ_MAX_BYTES }, (error, unpacked) => {
        kept = []
        // One that grows too large is unread, not broken.
        if (error !== null) whole = error.code === 'ERR_BUFFER_TOO_LARGE'
        else {
          inner.pass(unpacked)
          inner.end()
          whole = inner.whole()
        }
        then()
      })
    },
    facts: () => inner.facts(),
    started: () => bytes > 0,
    eventCount: () => 0,
    ended: () => false,
    whole: () => whole,
    failure: () => inner.failure(),
  }
}

export type Decoder = {
  /** False asks for a pause, until `onWanting`. */
  write(chunk: Buffer): boolean
  end(): void
  resume(): void
  close(): void
}

/**
 * Unpacks an answer as it comes, no further than `onChunk` is ready to take it: until it has answered false, and again
 * after `resume`. Then onEnd, or onBroken where the bytes are not what was said of them.
 */
export function createDecoder(
  encoding: Encoding,
  listener: { onChunk(chunk: Buffer): boolean; onEnd(): void; onBroken(): void; onWanting(): void },
): Decoder {
  const stream = CODERS[encoding].stream()
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
