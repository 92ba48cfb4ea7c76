// What an attempt is given: by the gateway, and by the call whose attempt it is.
import type { Gateway } from '../gateway.ts'
import type { FailedAttempt } from './failed-attempt.ts'

/** What an attempt reads and reports while nothing was sent to the client. */
export type AttemptListener = {
  /** True while a failure could lead to another candidate, so that the response must be held until it is judged. */
  readonly mayFailOver: boolean
  /** At most once: the response is the client's from here on. */
  onCommitted(): void
  /** At most once, instead. True: another attempt follows, and this one is superseded; false: the failure is the client's. */
  onFailed(failed: FailedAttempt): boolean
  /** At most once, after onCommitted: the connection failed within the response. */
  onBroken(failed: FailedAttempt): void
}

/** What an attempt needs of the gateway. */
export type AttemptParts = Pick<Gateway, 'client' | 'clientIdleMs' | 'drainMs' | 'estimator'>
