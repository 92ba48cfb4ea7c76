// What came of one attempt to send a message.
import type { DeliveryError } from '../../../domain/alerts/delivery-error.ts'

/** `status`: of HTTP, or the reply code of SMTP. */
export type SendOutcome = {
  status: number | null
  /** Null: it was accepted. It holds nothing of what was sent or received. */
  error: DeliveryError | null
  /** What the receiver asked to wait; null: it said nothing. */
  retryAfterMs: number | null
  /** False: no further attempt can succeed. */
  retry: boolean
}

/** The channel has taken the message; `status`: of HTTP or SMTP. */
export function accepted(status: number | null): SendOutcome {
  return { status, error: null, retryAfterMs: null, retry: false }
}

/** It has not; `error` says why. `retry`: it is tried again, at the earliest after `retryAfterMs`. */
export function refused(
  status: number | null,
  error: DeliveryError,
  { retryAfterMs = null, retry = true }: Partial<Pick<SendOutcome, 'retryAfterMs' | 'retry'>> = {},
): SendOutcome {
  return { status, error, retryAfterMs, retry }
}
