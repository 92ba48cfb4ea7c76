// Forwards a call by the first of its ways that answers, and that answer to the caller.

import type { Readable } from 'node:stream'
import { type CallError, callError } from '../../domain/errors.ts'
import { type FailureClass, isIncident, REMEDIES } from '../../domain/upstreams/failure-class.ts'
import type { Exchange, ExchangeListener } from '../../http/server/exchange.ts'
import { retryAfterMs } from '../../http/wire/retry-after.ts'
import type { Abortable, Call } from '../call/call.ts'
import type { Gateway } from '../gateway.ts'
import type { StreamDialect } from '../metering/event-stream-meter.ts'
import type { BillableUnits } from '../pricing/billable-units.ts'
import { Charge } from '../pricing/charge.ts'
import { respondWithError } from '../response/respond-with-error.ts'
import { nextCandidate } from '../routing/candidate-routes.ts'
import type { CandidateRoutes, Route } from '../routing/route-table.ts'
import { Attempt } from './attempt.ts'
import { type AttemptLog, createAttemptLog } from './attempt-log.ts'
import type { AttemptListener, FailedAttempt } from './commit-gate.ts'

/** One way, and the body as it goes by it. */
export type Sending = {
  route: Route
  body: Buffer | Readable | null
  bodyBytes: number | null
}

/** What is sent on, by the first of its ways to begin with. */
export type Forwarding = Sending & {
  /** The further ways, in the order to be tried; empty where the body can be sent but once. */
  others: readonly Route[]
  /** False where the body can be sent but once. */
  repeatable: boolean
  /** The body as it goes by another way, which may have another name for the model; null where it cannot go by one. */
  bodyFor(route: Route): Buffer | null
  /** Read usage off the answer. */
  metered: boolean
  /** What of it is paid for; null: nothing. */
  units: BillableUnits | null
  /** A success is JSON, or a stream of events that ends as this endpoint's do; null for any kind of answer. */
  responses: StreamDialect | null
  /** The gateway asked for the usage chunk, so the caller must not see it. */
  hideUsage: boolean
  /** A model writes text here: where its upstream tells no usage, it can be estimated from the bodies. */
  estimable: boolean
  /** Where the gateway itself broke the request off: why. */
  ownFault(): CallError | null
}

// Full jitter: any time up to the double of the last bound. https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
const PAUSE_BASE_MS = 100
const PAUSE_MAX_MS = 1_000

/** A failure that came this fast cost nothing to find out, so it may be found out again. */
const SAME_AGAIN_WITHIN_MS = 1_000

/**
 * Starts forwarding and returns; the call is finished by what happens: an end, a failure, or the caller leaving.
 *
 * Where nothing of an answer has gone out, another way may be gone after a failure (domain/upstream-failure.ts says which
 * helps): so often, and until a deadline, past which no try begins nor waits for the head of its answer.
 */
export function forward(gateway: Gateway, call: Call, exchange: Exchange, forwarding: Forwarding): void {
  const attempts = new Attempts(gateway, call, exchange, forwarding)
  attempts.start()
  exchange.listen(attempts)
  call.abortWith(attempts)
}

/** The tries of one call. One object for a call, and not functions over variables: those would be made anew for every call. */
class Attempts implements AttemptListener, ExchangeListener, Abortable {
  readonly #gateway: Gateway
  readonly #call: Call
  readonly #exchange: Exchange
  readonly #forwarding: Forwarding
  #current: Sending
  #remaining: readonly Route[]
  #attempts = 0
  #startedMs = 0
  #log: AttemptLog | null = null
  #relay: Attempt | null = null
  #pause: NodeJS.Timeout | null = null
  #isPast = false
  readonly #deadline: NodeJS.Timeout | null

  constructor(gateway: Gateway, call: Call, exchange: Exchange, forwarding: Forwarding) {
    this.#gateway = gateway
    this.#call = call
    this.#exchange = exchange
    this.#forwarding = forwarding
    this.#current = forwarding
    this.#remaining = forwarding.others
    this.#deadline =
      this.#remaining.length === 0
        ? null
        : setTimeout(() => this.#onDeadline(), gateway.routing.deadlineMs).unref()
  }

  start(): void {
    const gateway = this.#gateway
    const call = this.#call
    const { route } = this.#current
    const { units } = this.#forwarding
    this.#pause = null
    this.#startedMs = call.elapsedMs()
    const charge = units === null ? null : new Charge(gateway, route, units)
    call.noteAttempt(route.upstream.name, route.model, charge)
    if (this.#attempts++ === 0) call.open(gateway.open)
    this.#log?.began(route, this.#startedMs)
    if (!gateway.health.quiet) gateway.health.began(route)
    this.#relay = new Attempt(gateway, call, this.#exchange, this.#forwarding, this.#current, this)
  }

  mayGoElsewhere(): boolean {
    return this.#remaining.length > 0 && this.#mayGoOn()
  }

  /** The answer is there, and what comes of it now is the caller's. */
  onCommitted(): void {
    const { health } = this.#gateway
    this.#stop()
    if (!health.quiet) health.succeeded(this.#current.route)
  }

  onFailed(failed: FailedAttempt): boolean {
    const { health, clock } = this.#gateway
    if (this.#call.finished) return true
    const { route } = this.#current
    const { failure, headers, isItsFault } = failed
    const adviceMs = headers === null ? null : retryAfterMs(headers, clock())
    if (isItsFault && !this.#isAgain(failure)) health.failed(route, failure, adviceMs)
    const next =
      isItsFault && this.mayGoElsewhere() ? nextCandidate(route, failure, this.#remaining, health) : null
    const again = next === null && isItsFault && this.#mayGoAgain(failure)
    if (next !== null || again || this.#attempts > 1 || isIncident(failure)) this.#note(failed)
    if (next === null && !again) {
      this.#stop()
      return false
    }
    this.#relay = null
    if (again) {
      this.#pause = setTimeout(() => this.start(), pauseMs(this.#attempts))
      return true
    }
    if (next !== null) this.#go(next)
    return true
  }

  onDrain(): void {
    this.#relay?.onDrain()
  }

  onDisconnect(): void {
    this.#stop()
    if (this.#relay !== null) return this.#relay.onDisconnect()
    if (this.#pause !== null) clearTimeout(this.#pause)
    this.#call.finish('CANCELLED')
  }

  abort(error: CallError): boolean {
    this.#stop()
    if (this.#relay !== null) return this.#relay.abort(error)
    if (this.#pause !== null) clearTimeout(this.#pause)
    respondWithError(this.#call, this.#exchange, error, 'ERROR')
    return true
  }

  #mayGoOn(): boolean {
    const { extraAttempts } = this.#gateway.routing
    return this.#forwarding.repeatable && this.#attempts <= extraAttempts && !this.#isPast
  }

  #go({ first, others }: CandidateRoutes): void {
    this.#remaining = others
    const body = this.#forwarding.bodyFor(first)
    this.#current = { route: first, body, bodyBytes: body?.length ?? null }
    this.start()
  }

  /** Nothing was sent, and there is nowhere else to go: an upstream that restarts may be back in a moment. */
  #mayGoAgain(failure: FailureClass): boolean {
    const isFast = this.#call.elapsedMs() - this.#startedMs <= SAME_AGAIN_WITHIN_MS
    if (!REMEDIES[failure].sameAgain || !this.#mayGoOn() || !isFast) return false
    return this.#gateway.health.routeStatus(this.#current.route).kind !== 'unreachable'
  }

  /** The same way as before, with what it was gone again for: what that says of the upstream has been counted. */
  #isAgain(failure: FailureClass): boolean {
    return REMEDIES[failure].sameAgain && this.#log?.lastRoute() === this.#current.route
  }

  #note(failed: FailedAttempt): void {
    if (this.#log === null) {
      this.#log = createAttemptLog()
      this.#log.began(this.#current.route, this.#startedMs)
      this.#call.noteAttempts(this.#log)
    }
    this.#log.failed(failed, this.#call.elapsedMs())
  }

  #onDeadline(): void {
    this.#isPast = true
    if (this.#pause === null) return this.#relay?.onLate()
    clearTimeout(this.#pause)
    respondWithError(this.#call, this.#exchange, callError('upstream_unreachable'), 'ERROR')
  }

  #stop(): void {
    if (this.#deadline !== null) clearTimeout(this.#deadline)
  }
}

function pauseMs(tries: number): number {
  return Math.random() * Math.min(PAUSE_MAX_MS, PAUSE_BASE_MS * 2 ** (tries - 1))
}
