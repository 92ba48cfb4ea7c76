// The verdicts of the rules without windows: those that look at the call alone, and the limit of in-flight calls.
import type { CompiledPolicy, FixedRule } from './compile-policy.ts'
import type { AdmissionRequest, Verdict } from './verdict.ts'

/** The verdict of a rule about addresses, endpoints or models. */
export function fixedVerdict({ rule, mode, refuse }: FixedRule, request: AdmissionRequest): Verdict {
  return { ...COUNTS_NOTHING, rule, mode, refusal: refuse(request) }
}

/** The verdict of the concurrency rule, with so many calls in flight. */
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
