// Holds an upstream's error answer until it is known what it says, and takes our credential out of it.
import { type AnswerMeter, NOTHING, parsedJson } from './answer-meter.ts'
import { redacted, type ToldError, toldError } from './told-error.ts'
import { NO_FACTS } from './usage-reading.ts'

// A longer one is passed on as it comes, and not read for the log.
const READ_MAX_BYTES = 64 * 1024

/** For an answer with this error status; up to 64 KiB of it wait for their end, so nothing has gone out when it is judged. */
export function errorMeter(status: number, credential: string | null): AnswerMeter {
  const fallback: ToldError = { code: `upstream_${status}`, message: null }
  // What has not gone out: all of a short answer; of a long one, what may be the beginning of the credential.
  let held: Buffer = NOTHING
  let long = false
  let failure: ToldError = fallback

  function redactedBytes(bytes: Buffer): Buffer {
    if (credential === null || !bytes.includes(credential)) return bytes
    return Buffer.from(redacted(bytes.toString('latin1'), credential), 'latin1')
  }

  return {
    reads: true,
    pass(chunk) {
      held = redactedBytes(held.length === 0 ? chunk : Buffer.concat([held, chunk]))
      if (!long && held.length <= READ_MAX_BYTES) return NOTHING
      long = true
      const out = held.subarray(0, Math.max(0, held.length - (credential?.length ?? 1) + 1))
      held = held.subarray(out.length)
      return out
    },
    end() {
      if (!long) failure = toldError(parsedJson(held.toString('utf8')), fallback.code) ?? fallback
      const rest = held
      held = NOTHING
      return rest
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
