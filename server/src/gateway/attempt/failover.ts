// Decides what follows each attempt of a call: a retry of the same route, failover to the next candidate route, or the end.
// The one place for it, for HTTP (forward.ts) and for WebSocket (realtime/handshake/connect-with-failover.ts), but for two: a refusal
// of the usage request that the gateway added is repeated without it by forward.ts, and a request that met a kept connection which
// its upstream was closing is sent again by the client (`isRace` in http/client/upstream-client.ts). Which failure class allows a
// retry, which a failover, and which sets a cooldown is the table of domain/upstreams/failure-class.ts.
import { FAILURE_POLICIES, type FailureClass, isIncident } from '../../domain/upstreams/failure-class.ts'
import { retryAfterMs } from '../../http/wire/retry-after.ts'
import type { Call } from '../call/call.ts'
import type { Gateway } from '../gateway.ts'
import { chargeOn } from '../pricing/price-routes.ts'
import { nextCandidate } from '../routing/candidate-routes.ts'
import type { Route } from '../routing/route-table.ts'
import { type AttemptLog, createAttemptLog } from './attempt-log.ts'
import type { FailedAttempt } from './failed-attempt.ts'
import type { OutboundCall } from './outbound-call.ts'

/** `failover`: the current route is now the next candidate. */
export type FailoverDecision = 'retry' | 'failover' | 'stop'

// Full jitter, any delay up to twice the previous bound:
// https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
const RETRY_BASE_MS = 100
const RETRY_MAX_MS = 1_000

/** A failure within this time cost nothing to find out, so the same route may be tried again. */
const RETRY_WITHIN_MS = 1_000

/**
 * The attempts of one call: which route is current, and what its failure leads to. Bounded by `routing.extraAttempts`, and
 * where there are several candidates by `routing.deadlineMs` from the first attempt, past which none begins.
 *
 * One object a call, and not functions over variables: those would be allocated again for every call.
 */
export class Failover {
  readonly #gateway: Gateway
  readonly #call: Call
  readonly #plan: Pick<OutboundCall, 'units' | 'repeatable'>
  #route: Route
  #candidates: readonly Route[]
  #attempts = 0
  #startedMs = 0
  #deadlineAtMs = Number.POSITIVE_INFINITY
  // Made with the first failure that the record should have.
  #log: AttemptLog | null = null

  constructor(
    gateway: Gateway,
    call: Call,
    plan: Pick<OutboundCall, 'route' | 'others' | 'units' | 'repeatable'>,
  ) {
    this.#gateway = gateway
    this.#call = call
    this.#plan = plan
    this.#route = plan.route
    this.#candidates = plan.others
  }

  /** The route of the current attempt, or of the one that `decide` chose. */
  get route(): Route {
    return this.#route
  }

  /** True while a failure could lead to another candidate, so that a response is looked at before it is sent on. */
  get mayFailOver(): boolean {
    return this.#candidates.length > 0 && this.#mayTryAgain()
  }

  /** An attempt of the current route begins: notes it for the record, the attempt log and upstream health. */
  begin(): void {
    const gateway = this.#gateway
    const call = this.#call
    const route = this.#route
    const { units } = this.#plan
    this.#startedMs = call.elapsedMs()
    call.noteAttempt(route.upstream.name, route.model, chargeOn(gateway, route, units))
    if (this.#attempts++ === 0) {
      call.open(gateway.open)
      if (this.#candidates.length > 0) this.#deadlineAtMs = this.#startedMs + gateway.routing.deadlineMs
    }
    this.#log?.began(route, this.#startedMs)
    if (!gateway.health.quiet) gateway.health.began(route)
  }

  /** The current attempt has a response, and that is the client's. */
  succeeded(): void {
    const { health } = this.#gateway
    if (!health.quiet) health.succeeded(this.#route)
  }

  /** The deadline has passed: no further attempt begins. */
  passDeadline(): void {
    this.#deadlineAtMs = 0
  }

  /**
   * The current attempt has failed, and nothing of a response was sent to the client: reports that to upstream health, which
   * sets cooldowns and counts for the circuit breaker; logs it; and decides what follows.
   */
  decide(failed: FailedAttempt): FailoverDecision {
    const { health, clock } = this.#gateway
    const { failure, headers, isUpstreamFault } = failed
    const route = this.#route
    if (isUpstreamFault && isOfUpstream(failure, route) && !this.#isCounted(failure))
      health.failed(route, failure, headers === null ? null : retryAfterMs(headers, clock()))
    const next =
      isUpstreamFault && this.mayFailOver ? nextCandidate(route, failure, this.#candidates, health) : null
    const retry = next === null && isUpstreamFault && this.#mayRetry(failure)
    if (next !== null || retry || this.#attempts > 1 || isIncident(failure)) this.#note(failed)
    if (next === null) return retry ? 'retry' : 'stop'
    this.#route = next.first
    this.#candidates = next.others
    return 'failover'
  }

  /** The current attempt was refused for what the gateway had added, and the same route is tried without that. */
  noteRepeat(failed: FailedAttempt): void {
    this.#note(failed)
  }

  /** The current attempt's connection failed within its response, which is the client's already. */
  noteBroken(failed: FailedAttempt): void {
    this.#note(failed)
  }

  /** How long to wait before the retry that was decided; milliseconds, random. */
  retryDelayMs(): number {
    return Math.random() * Math.min(RETRY_MAX_MS, RETRY_BASE_MS * 2 ** (this.#attempts - 1))
  }

  #mayTryAgain(): boolean {
    return (
      this.#plan.repeatable &&
      this.#attempts <= this.#gateway.routing.extraAttempts &&
      this.#call.elapsedMs() <= this.#deadlineAtMs
    )
  }

  /** Nothing was sent, and no other candidate is left: an upstream that restarts may be back in a moment. */
  #mayRetry(failure: FailureClass): boolean {
    if (!FAILURE_POLICIES[failure].retry || !this.#mayTryAgain()) return false
    if (this.#call.elapsedMs() - this.#startedMs > RETRY_WITHIN_MS) return false
    return this.#gateway.health.routeStatus(this.#route).kind !== 'unreachable'
  }

  /** True for the failure of a retry that failed as the attempt before it: upstream health has counted that one. */
  #isCounted(failure: FailureClass): boolean {
    return FAILURE_POLICIES[failure].retry && this.#log?.lastRoute() === this.#route
  }

  #note(failed: FailedAttempt): void {
    if (this.#log === null) {
      this.#log = createAttemptLog()
      this.#log.began(this.#route, this.#startedMs)
      this.#call.noteAttempts(this.#log)
    }
    this.#log.failed(failed, this.#call.elapsedMs())
    if (failed.reason) this.#gateway.onTransportFailure(this.#route.upstream.name, failed.reason)
  }
}

/** What is refused to a client secret is refused to that client, not to the credential of the gateway. */
function isOfUpstream(failure: FailureClass, { hasClientSecret }: Route): boolean {
  return hasClientSecret !== true || FAILURE_POLICIES[failure].upstream !== 'alive'
}
