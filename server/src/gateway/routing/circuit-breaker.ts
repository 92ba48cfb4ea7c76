// The circuit breaker of one upstream: cockatiel's, fed with the outcomes of calls that this gateway makes itself.
//
// cockatiel wants to run what it protects; a call here is events over time. So each verdict is given to it as a function that
// has ended already, and the trial call that decides whether an open circuit may close as a promise that its verdict settles.
// It reads Date.now.
import type { CircuitBreakerPolicy } from 'cockatiel'
import type { BreakerState } from '../../domain/upstreams/upstream-status.ts'

type Cockatiel = typeof import('cockatiel')

// How long it stays open: doubled by each trial call that fails. The first is short, since an upstream that restarts is often back
// within a second, and a model with one upstream has no other candidate route.
const OPEN_MS = [1_000, 2_000, 4_000, 8_000, 16_000, 30_000]

export type Breaker = {
  readonly state: BreakerState
  /** From when one trial call may be sent; 0 while closed. Milliseconds since the epoch. */
  readonly readyAtMs: number
  /** A call is sent there: of an open circuit, the trial call. */
  began(): void
  succeeded(): void
  failed(): void
}

/** Opens after so many failures without a success between them. `onClosed`: a call has succeeded, whatever the state was. */
export function createBreaker(cockatiel: Cockatiel, failuresToOpen: number, onClosed: () => void): Breaker {
  const { CircuitState } = cockatiel
  const policy: CircuitBreakerPolicy = cockatiel.circuitBreaker(cockatiel.handleAll, {
    halfOpenAfter: new cockatiel.IterableBackoff(OPEN_MS),
    breaker: new cockatiel.ConsecutiveBreaker(failuresToOpen),
  })
  let opened = 0
  let readyAtMs = 0
  let trial: PromiseWithResolvers<void> | null = null
  policy.onBreak(() => {
    readyAtMs = Date.now() + stepMs()
    opened++
    trial = null
  })
  policy.onReset(onClosed)

  function stepMs(): number {
    return OPEN_MS[Math.min(opened, OPEN_MS.length - 1)] ?? 0
  }

  function feed(verdict: () => Promise<void>): void {
    policy.execute(verdict).catch(() => undefined)
  }

  return {
    get state() {
      if (policy.state === CircuitState.Closed) return 'CLOSED'
      return policy.state === CircuitState.HalfOpen ? 'HALF_OPEN' : 'OPEN'
    },
    get readyAtMs() {
      return readyAtMs
    },
    began() {
      if (policy.state === CircuitState.Closed || Date.now() < readyAtMs) return
      // A trial call may take as long as a model reasons; meanwhile others may be sent, one at a time, and the first verdict counts.
      readyAtMs = Date.now() + stepMs()
      if (policy.state !== CircuitState.Open) return
      const begun = Promise.withResolvers<void>()
      trial = begun
      feed(() => begun.promise)
    },
    succeeded() {
      if (trial !== null) trial.resolve()
      // While it is open: a call that began before, or had no other candidate route, got a response.
      else onClosed()
    },
    failed() {
      if (trial !== null) trial.reject(new Error('the try failed'))
      else if (policy.state === CircuitState.Closed) feed(() => Promise.reject(new Error('a call failed')))
    },
  }
}
