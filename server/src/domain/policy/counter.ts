// A rule's count in its current window: what calls took, and what calls in flight may still take.

import { HOUR_MS } from '../time.ts'
import type { CountedRule } from './compile-policy.ts'
import type { AdmissionRequest, Refusal, Verdict } from './verdict.ts'
import type { Window } from './windows.ts'

/** Plain numbers that are changed in place, since this happens on every call. */
export type Counter = {
  rule: CountedRule
  startMs: number
  endMs: number
  /** The beginning of the window that this was last emptied for. */
  newestStartMs: number
  emptiedAtMonotonicMs: number
  used: number
  reserved: number
  /** Reservations with this number or a higher one were made in this window. */
  firstSerial: number
  warned: boolean
}

/** A counter at the beginning of `window`, of which `used` has been used. */
export function createCounter(rule: CountedRule, window: Window, used: number, monotonicMs: number): Counter {
  return {
    rule,
    ...window,
    newestStartMs: window.startMs,
    emptiedAtMonotonicMs: monotonicMs,
    used,
    reserved: 0,
    firstSerial: 0,
    // A key that had spent it before a restart was warned then.
    warned: rule.warnAt !== null && used >= rule.warnAt,
  }
}

/** How long a clock that jumped ahead has to come back, before the windows that it showed count as never seen. */
const JUMP_MAX_MS = HOUR_MS

/**
 * Brings a counter to the window of `nowMs`. A later window empties it. A clock that is set back does not, unless a whole
 * window has gone by on the monotonic clock since the counter was last emptied; and neither does a clock that is set forward again to
 * a window that was emptied for already, if that was less than an hour and less than a window ago. So a clock that jumps
 * empties nothing twice, and holds no limit past the next window.
 *
 * @param nextSerial the number that the next reservation will have.
 */
export function rollCounter(
  counter: Counter,
  nowMs: number,
  monotonicMs: () => number,
  nextSerial: number,
): void {
  if (nowMs >= counter.startMs && nowMs < counter.endMs) return
  const { startMs, endMs } = counter.rule.windowAt(nowMs)
  const isLater = startMs > counter.startMs
  counter.startMs = startMs
  counter.endMs = endMs
  const now = monotonicMs()
  const elapsedMs = now - counter.emptiedAtMonotonicMs
  const lengthMs = endMs - startMs
  if (!isLater && elapsedMs < lengthMs) return
  const wasEmptiedFor = startMs <= counter.newestStartMs
  if (isLater && wasEmptiedFor && elapsedMs < Math.min(JUMP_MAX_MS, lengthMs)) return
  counter.newestStartMs = startMs
  counter.emptiedAtMonotonicMs = now
  counter.used = 0
  counter.reserved = 0
  counter.firstSerial = nextSerial
  counter.warned = false
}

/** The amount that a call requests of a rule; null where that is money and the price is not known. */
export function amountOf(rule: CountedRule, request: AdmissionRequest): number | null {
  switch (rule.rule) {
    case 'REQUESTS':
      return 1
    case 'TOKENS':
      return request.tokens
    case 'BUDGET':
      return request.costNanoUsd
  }
}

/** Whether the window has room for the call. A call that requests nothing always has room. */
export function refuseCount(counter: Counter, amount: number | null): Refusal | null {
  if (amount === null) return counter.rule.allowsUnpriced ? null : 'PRICE_UNKNOWN'
  if (amount === 0) return null
  if (amount > counter.rule.limit) return 'LARGER_THAN_LIMIT'
  return counter.used + counter.reserved + amount > counter.rule.limit ? 'EXHAUSTED' : null
}

/** The verdict of a counter, with what remains. */
export function counterVerdict(counter: Counter, amount: number | null): Verdict {
  const { rule, used, reserved, endMs } = counter
  return {
    rule: rule.rule,
    mode: rule.mode,
    refusal: refuseCount(counter, amount),
    window: rule.window,
    model: rule.model,
    limit: rule.limit,
    used: used + reserved,
    reserved,
    remaining: Math.max(0, rule.limit - used - reserved),
    requested: amount,
    resetsAtMs: Number.isFinite(endMs) ? endMs : null,
  }
}
