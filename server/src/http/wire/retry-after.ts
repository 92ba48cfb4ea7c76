// How long an upstream asks clients to wait, from the headers of its response.
import { DAY_MS, HOUR_MS } from '../../domain/time.ts'

// Longer advice is ignored: a wrong one would take a credential out of use for a day.
const ADVICE_MAX_MS = 10 * 60_000
// From here on a number of x-ratelimit-reset is an instant: of seconds in the first case, of milliseconds in the second.
const EPOCH_SECONDS_FROM = 1e9
const EPOCH_MS_FROM = 1e12

type Headers = Readonly<Record<string, string | string[] | undefined>>

/**
 * Milliseconds from `nowMs`, over 0 and at most ten minutes; null where the response gives no advice, or none that can be read.
 * In this order: `retry-after-ms` (Azure, OpenAI), `Retry-After` in seconds or as a date (RFC 9110 §10.2.3), then the reset of
 * the counts that are used up (`x-ratelimit-reset-requests: 6m0s`, `x-ratelimit-reset: 1767225600`).
 */
export function retryAfterMs(headers: Headers, nowMs: number): number | null {
  return (
    bounded(number(headers, 'retry-after-ms')) ??
    bounded(seconds(headers, 'retry-after')) ??
    bounded(dateMs(one(headers, 'retry-after'), nowMs)) ??
    resetMs(headers, nowMs)
  )
}

/** The latest reset of the counts that are used up: before that, the same call gets the same refusal. */
function resetMs(headers: Headers, nowMs: number): number | null {
  const waits: number[] = []
  for (const name in headers) {
    if (!name.startsWith('x-ratelimit-reset')) continue
    const counted = name.slice('x-ratelimit-reset'.length)
    const remaining = number(headers, `x-ratelimit-remaining${counted}`)
    if (remaining !== null && remaining > 0) continue
    const wait = bounded(durationMs(one(headers, name), nowMs))
    if (wait !== null) waits.push(wait)
  }
  return waits.length === 0 ? null : Math.max(...waits)
}

/** `1s`, `6m0s`, `20ms`, seconds, or an instant since the epoch. */
function durationMs(text: string, nowMs: number): number | null {
  if (/^\d+(\.\d+)?$/.test(text)) {
    const value = Number(text)
    if (value >= EPOCH_MS_FROM) return value - nowMs
    return value >= EPOCH_SECONDS_FROM ? value * 1_000 - nowMs : value * 1_000
  }
  if (!/^(\d+(\.\d+)?(ms|[dhms]))+$/.test(text)) return null
  let sum = 0
  for (const [, value, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[dhms])/g)) {
    sum += Number(value) * (UNITS_MS[unit ?? ''] ?? 0)
  }
  return sum
}

const UNITS_MS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: HOUR_MS, d: DAY_MS }

function seconds(headers: Headers, name: string): number | null {
  const value = number(headers, name)
  return value === null ? null : value * 1_000
}

function number(headers: Headers, name: string): number | null {
  const text = one(headers, name)
  return /^\d{1,15}(\.\d{1,9})?$/.test(text) ? Number(text) : null
}

function dateMs(text: string, nowMs: number): number | null {
  // Date.parse accepts much that is no HTTP date, such as a bare number.
  const at = /^[A-Za-z]{3,9}, /.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(at) ? null : at - nowMs
}

function bounded(ms: number | null): number | null {
  if (ms === null || !Number.isFinite(ms) || ms <= 0) return null
  return Math.min(ADVICE_MAX_MS, Math.ceil(ms))
}

function one(headers: Headers, name: string): string {
  const value = headers[name]
  return ((Array.isArray(value) ? value[0] : value) ?? '').slice(0, 100).trim()
}
