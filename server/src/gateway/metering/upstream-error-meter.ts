// The meter of an error response: holds it until its error can be read, and takes the gateway's secrets out of it.
import { numberedCode } from '../../domain/logs/log-codes.ts'
import type { UpstreamError } from '../../domain/upstreams/parse-upstream-error.ts'
import { beginsAsPage, pageReplacement } from './error-page.ts'
import { NO_FACTS } from './read-usage.ts'
import { NO_BYTES, type ResponseMeter } from './response-meter.ts'
import { errorOfResponse, redactedBytes } from './upstream-error.ts'

// A longer one is passed on as it comes, and its error is not read.
const READ_MAX_BYTES = 64 * 1024

/**
 * For a response with this error status. Up to 64 KiB of it are held until its end, so it is judged before any is sent. `isPage`:
 * by its type it is a page, whatever its length; OpenAI's error takes the place of one.
 */
export function errorMeter(status: number, secrets: readonly string[], isPage: boolean): ResponseMeter {
  // The most bytes of a secret that a chunk may end with.
  const splitMax = Math.max(0, (secrets[0]?.length ?? 0) - 1)
  // What was not passed on: all of a short response; of a long one, what may be the beginning of a secret.
  let held: Buffer = NO_BYTES
  let long = false
  let failure: UpstreamError = { code: numberedCode('upstream', status), message: null }

  return {
    reads: true,
    pass(chunk) {
      if (isPage) return NO_BYTES
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
      if (!long && held.length <= READ_MAX_BYTES) return NO_BYTES
      long = true
      held = redactedBytes(held, secrets)
      const out = held.subarray(0, Math.max(0, held.length - splitMax))
      held = held.subarray(out.length)
      return out
    },
    end() {
      if (isPage || (!long && beginsAsPage(held))) {
        held = NO_BYTES
        return pageReplacement(status)
      }
      held = redactedBytes(held, secrets)
      if (!long) failure = errorOfResponse(status, held)
      const remainder = held
      held = NO_BYTES
      return remainder
    },
    facts: () => NO_FACTS,
    started: () => false,
    eventCount: () => 0,
    ended: () => false,
    whole: () => true,
    failure: () => failure,
    remark: () => null,
  }
}
