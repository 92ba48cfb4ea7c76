// The attempts of a delivery: what is kept of each, and when the next one is due.
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../time.ts'
import {
  type DeliveryError,
  type DeliveryErrorCode,
  type DeliveryErrorDetail,
  storedDeliveryErrorCode,
} from './delivery-error.ts'

export const DELIVERY_STATUSES = ['PENDING', 'DELIVERED', 'FAILED'] as const
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number]

/**
 * `status`: of HTTP, or the reply code of SMTP; null where there was none. `error`: in plain English; null: it was accepted. `code`:
 * the same for programs; null also where a version before codes has stored it.
 */
export type DeliveryAttempt = {
  atMs: number
  durationMs: number
  status: number | null
  error: string | null
  code: DeliveryErrorCode | null
  detail: DeliveryErrorDetail
}

/** How long a delivery is tried. */
export const DELIVERY_SPAN_MS = DAY_MS

// Replays add to the attempts of before.
const ATTEMPTS_KEPT = 50
const FIRST_DELAY_MS = 5_000
const LONGEST_DELAY_MS = 4 * HOUR_MS
const RETRY_AFTER_MAX_MS = HOUR_MS

/**
 * Milliseconds until the next attempt: doubled from 5 seconds with each failed one, up to 4 hours, of which the latter half is by
 * chance (`random`: 0 to 1), so that receivers that failed together are not called together. `retryAfterMs`: what the receiver
 * asked for, heeded up to an hour.
 */
export function retryDelayMs(failed: number, random: number, retryAfterMs: number | null): number {
  const full = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.max(0, failed - 1))
  const delay = full / 2 + (full / 2) * random
  return Math.round(Math.max(delay, Math.min(retryAfterMs ?? 0, RETRY_AFTER_MAX_MS)))
}

/** An attempt that began at `atMs`, with what came of it. */
export function deliveryAttempt(
  atMs: number,
  durationMs: number,
  { status, error }: { status: number | null; error: DeliveryError | null },
): DeliveryAttempt {
  const { code = null, detail = {}, message = null } = error ?? {}
  return { atMs, durationMs: Math.round(durationMs), status, error: message, code, detail }
}

/** The attempts with one more, as they are stored: the last 50. */
export function attemptsText(before: readonly DeliveryAttempt[], attempt: DeliveryAttempt): string {
  return JSON.stringify([...before, attempt].slice(-ATTEMPTS_KEPT))
}

/** The attempts of a delivery, from what `attemptsText` has stored. */
export function storedAttempts(text: string): DeliveryAttempt[] {
  // Written by attemptsText alone; versions before codes stored neither code nor detail.
  type Stored = Omit<DeliveryAttempt, 'code' | 'detail'> & { code?: string; detail?: DeliveryErrorDetail }
  return (JSON.parse(text) as Stored[]).map((attempt) => ({
    ...attempt,
    code: storedDeliveryErrorCode(attempt.code),
    detail: attempt.detail ?? {},
  }))
}

/** A status as it is stored; FAILED where a later version has stored one that this one does not know. */
export function storedDeliveryStatus(text: string): DeliveryStatus {
  return DELIVERY_STATUSES.find((status) => status === text) ?? 'FAILED'
}

/** The milliseconds of a Retry-After header (RFC 9110 §10.2.3), as seconds or a date; null where it is neither. */
export function retryAfterMsOf(header: unknown, nowMs: number): number | null {
  if (typeof header !== 'string' || header.length > 64) return null
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1_000
  // An HTTP-date has a day of the week; Date.parse reads other things as dates too.
  const at = /^[A-Z][a-z]{2}/.test(header) ? Date.parse(header) : Number.NaN
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs)
}

/** How long one attempt may take, and a while: then another process may try. */
export const ATTEMPT_TIMEOUT_MS = 10_000
export const CLAIM_MS = 2 * MINUTE_MS
