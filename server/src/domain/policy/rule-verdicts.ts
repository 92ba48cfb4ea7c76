// The answers of the rules that keep no windows: those that look at the call alone, and the number of calls in flight.
import type { CompiledPolicy, FixedRule } from './compile-policy.ts'
import type { AdmissionRequest, Verdict } from './verdict.ts'

/** The answer of a rule about addresses, endpoints or models. */
export function fixedVerdict({ rule, mode, refuse }: FixedRule, request: AdmissionRequest): Verdict {
  return { ...COUNTS_NOTHING, rule, mode, refusal: refuse(request) }
}

/** The answer of the rule about calls at once, with so many in flight. */
export function concurrencyVerdict(
  { maxCalls, mode }: NonNullable<CompiledPolicy['concurrency']>,
  inFlight: number,
): Verdict {
  return {
    ...COUNTS_NOTHING,
    rule: 'CONCURRENCY',
    mode,
    refusal: inFlight + 1 > maxCalls ? 'EXHAUSTED' : null,
    limit: maxCalls,
    used: inFlight,
    reserved: inFlight,
    remaining: Math.max(0, maxCalls - inFlight),
    requested: 1,
  }
}

/** The amounts of a verdict that counts nothing. */
export const COUNTS_NOTHING = {
  window: null,
  model: null,
  limit: null,
  used: null,
  reserved: null,
  remaining: null,
  requested: null,
  resetsAtMs: null,
}
