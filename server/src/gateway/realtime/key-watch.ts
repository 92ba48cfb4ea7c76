// Watches the key of a session that is open: a session lasts for hours, and its key may be stopped or expire meanwhile.
import { type CallError, callError } from '../../domain/errors.ts'
import { keyError } from '../../domain/policy/judge-call.ts'
import type { Gateway } from '../gateway.ts'
import type { KnownKey } from '../identity/key-directory.ts'

export type KeyWatch = {
  /**
   * Why the key may make no calls now; null: it may. Returns a promise only where the key is not in memory, as after a change. A
   * key that cannot be read may go on: it was admitted, and what it uses is still counted.
   */
  check(): CallError | null | Promise<CallError | null>
  /** Ends the timer. */
  close(): void
}

// A timer of Node counts no further.
const TIMER_MAX_MS = 2 ** 31 - 1

/**
 * `hashHex`: of the secret that opened the session, which found `key`. `stop` is called at the instant at which the key, or this
 * secret of it, expires.
 */
export function watchKey(
  { keys, clock }: Pick<Gateway, 'keys' | 'clock'>,
  hashHex: string,
  key: KnownKey,
  stop: (error: CallError) => void,
): KeyWatch {
  let timer: NodeJS.Timeout | null = null
  let last = key
  let closed = false

  function judge(found: KnownKey | null): CallError | null {
    if (found === null) return callError('invalid_api_key')
    if (found !== last) {
      last = found
      arm()
    }
    return keyError(found, clock())
  }

  function check(): CallError | null | Promise<CallError | null> {
    const found = keys.find(hashHex)
    return found instanceof Promise ? found.catch(() => last).then(judge) : judge(found)
  }

  /** Its expiry may be another by then. */
  function arm(): void {
    if (timer !== null) clearTimeout(timer)
    timer = null
    const untilMs = Math.min(
      last.expiresAtMs ?? Number.POSITIVE_INFINITY,
      last.formerUntilMs ?? Number.POSITIVE_INFINITY,
    )
    if (closed || untilMs === Number.POSITIVE_INFINITY) return
    timer = setTimeout(onTime, Math.min(Math.max(untilMs - clock(), 1), TIMER_MAX_MS)).unref()
  }

  async function onTime(): Promise<void> {
    const error = await check()
    if (closed) return
    if (error === null) arm()
    else stop(error)
  }

  arm()
  return {
    check,
    close() {
      closed = true
      if (timer !== null) clearTimeout(timer)
    },
  }
}
