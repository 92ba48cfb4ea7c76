// What remains of a key's rate limits, in the headers of every response, as OpenAI names them.

import { HOUR_MS } from '../time.ts'
import type { Verdict } from './verdict.ts'

/** `resetsInMs` is how long it takes until the whole limit is there again. */
export type RateLimitState = { limit: number; remaining: number; resetsInMs: number }

/** Null where no limit of that kind is enforced. */
export type RateLimits = { requests: RateLimitState | null; tokens: RateLimitState | null }

/** Of several limits of a kind, the one with the least remaining is reported, since it is the next to deny. */
export function rateLimitsOf(verdicts: Verdict[], nowMs: number): RateLimits {
  return { requests: tightest(verdicts, 'REQUESTS', nowMs), tokens: tightest(verdicts, 'TOKENS', nowMs) }
}

/**
 * `x-ratelimit-*`, named as in https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers. An admitted call gets
 * them in gateway/admission/apply-rules.ts, for whatever response follows; a denied one in http/wire/error-response.ts.
 */
export function rateLimitHeaders({ requests, tokens }: RateLimits): Record<string, string> {
  return { ...headersOf('requests', requests), ...headersOf('tokens', tokens) }
}

/** A duration as Go writes it, and as OpenAI's clients parse it: `12ms`, `1s`, `1.5s`, `6m0s`, `23h0m5s`. */
export function goDuration(ms: number): string {
  const whole = Math.max(0, Math.ceil(ms))
  if (whole < 1000) return whole === 0 ? '0s' : `${whole}ms`
  const hours = Math.floor(whole / HOUR_MS)
  const minutes = Math.floor(whole / 60_000) % 60
  const seconds = `${(whole % 60_000) / 1000}s`
  if (hours > 0) return `${hours}h${minutes}m${seconds}`
  return minutes > 0 ? `${minutes}m${seconds}` : seconds
}

function headersOf(kind: string, state: RateLimitState | null): Record<string, string> {
  if (state === null) return {}
  return {
    [`x-ratelimit-limit-${kind}`]: String(state.limit),
    [`x-ratelimit-remaining-${kind}`]: String(state.remaining),
    [`x-ratelimit-reset-${kind}`]: goDuration(state.resetsInMs),
  }
}

function tightest(verdicts: Verdict[], rule: 'REQUESTS' | 'TOKENS', nowMs: number): RateLimitState | null {
  let found: RateLimitState | null = null
  for (const verdict of verdicts) {
    const { limit, remaining, resetsAtMs } = verdict
    if (verdict.rule !== rule || verdict.mode !== 'ENFORCE' || limit === null || remaining === null) continue
    if (found !== null && found.remaining <= remaining) continue
    found = { limit, remaining, resetsInMs: Math.max(0, (resetsAtMs ?? nowMs) - nowMs) }
  }
  return found
}
