// The meter of an encoded JSON response: its bytes pass as they came, and a copy is decoded and read at the end.
import { decodeWhole, type Encoding } from '../../http/wire/content-encoding.ts'
import { jsonMeter, NO_BYTES, type ResponseMeter } from './response-meter.ts'

// A response is kept up to here as it came, and read up to here decoded.
const KEPT_MAX_BYTES = 1024 * 1024
const DECODED_MAX_BYTES = 8 * 1024 * 1024

/** The copy is decoded in another thread, within bounds. */
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
    end: () => NO_BYTES,
    settle(then) {
      if (bytes > KEPT_MAX_BYTES) return then()
      decodeWhole(encoding, Buffer.concat(kept), DECODED_MAX_BYTES, (decoded) => {
        kept = []
        // One that is too large is not read, and may be whole.
        if (decoded === 'malformed') whole = false
        else if (decoded !== 'too-large') {
          inner.pass(decoded)
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
