// Holds an upstream's error answer until it is known what it says, and takes our secrets out of it.

import { parseUpstreamError, redacted, type UpstreamError } from './parse-upstream-error.ts'
import { NO_FACTS } from './read-usage.ts'
import { NOTHING, parsedJson, type ResponseMeter } from './response-meter.ts'

// A longer one is passed on as it comes, and not read for the log.
const READ_MAX_BYTES = 64 * 1024

/** For an answer with this error status; up to 64 KiB of it wait for their end, so nothing has gone out when it is judged. */
export function errorMeter(status: number, secrets: readonly string[]): ResponseMeter {
  const fallback: UpstreamError = { code: `upstream_${status}`, message: null }
  // How much of a secret a part of the answer may end with.
  const splitMax = Math.max(0, (secrets[0]?.length ?? 0) - 1)
  // What has not gone out: all of a short answer; of a long one, what may be the beginning of a secret.
  let held: Buffer = NOTHING
  let long = false
  let failure: UpstreamError = fallback

  function redactedBytes(bytes: Buffer): Buffer {
    if (!secrets.some((secret) => bytes.includes(secret))) return bytes
    return Buffer.from(redacted(bytes.toString('latin1'), secrets), 'latin1')
  }

  return {
    reads: true,
    pass(chunk) {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
      if (!long && held.length <= READ_MAX_BYTES) return NOTHING
      long = true
      held = redactedBytes(held)
      const out = held.subarray(0, Math.max(0, held.length - splitMax))
      held = held.subarray(out.length)
      return out
    },
    end() {
      held = redactedBytes(held)
      if (!long) failure = parseUpstreamError(parsedJson(held.toString('utf8')), fallback.code) ?? fallback
      const remainder = held
      held = NOTHING
      return remainder
    },
    settle: null,
    facts: () => NO_FACTS,
    started: () => false,
    eventCount: () => 0,
    ended: () => false,
    whole: () => true,
    failure: () => failure,
  }
}
