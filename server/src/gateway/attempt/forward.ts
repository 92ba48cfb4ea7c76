// Forwards an HTTP call: runs its attempts one after the other until one has a response for the client.
import { type CallError, callError } from '../../domain/errors.ts'
import type { Exchange, ExchangeListener } from '../../http/server/exchange.ts'
import type { Abortable, Call } from '../call/call.ts'
import type { Gateway } from '../gateway.ts'
import { respondWithError } from '../response/respond-with-error.ts'
import { Attempt } from './attempt.ts'
import type { AttemptListener } from './attempt-parts.ts'
import type { FailedAttempt } from './failed-attempt.ts'
import { Failover } from './failover.ts'
import type { OutboundCall, OutboundRequest } from './outbound-call.ts'

/**
 * Starts forwarding and returns. The call is finished by the events of its attempts and of its client.
 *
 * As long as nothing of a response was sent to the client, a failed attempt may be followed by another (failover.ts decides).
 * Where there are several candidates, all attempts together have until a deadline for a response head.
 */
export function forward(gateway: Gateway, call: Call, exchange: Exchange, outbound: OutboundCall): void {
  const forwarded = new ForwardedCall(gateway, call, exchange, outbound)
  forwarded.start()
  exchange.listen(forwarded)
  call.abortWith(forwarded)
}

/** One object a call, and not functions over variables: those would be allocated again for every call. */
class ForwardedCall implements AttemptListener, ExchangeListener, Abortable {
  readonly #gateway: Gateway
  readonly #call: Call
  readonly #exchange: Exchange
  readonly #outbound: OutboundCall
  readonly #failover: Failover
  #request: OutboundRequest
  // Null between a failed attempt and its retry.
  #attempt: Attempt | null = null
  #retry: NodeJS.Timeout | null = null
  readonly #deadline: NodeJS.Timeout | null
  /** The current route has refused the gateway's usage request, and is tried without it. */
  #withoutUsageRequest = false

  constructor(gateway: Gateway, call: Call, exchange: Exchange, outbound: OutboundCall) {
    this.#gateway = gateway
    this.#call = call
    this.#exchange = exchange
    this.#outbound = outbound
    this.#failover = new Failover(gateway, call, outbound)
    this.#request = outbound
    this.#deadline =
      outbound.others.length === 0
        ? null
        : setTimeout(() => this.#onDeadline(), gateway.routing.deadlineMs).unref()
  }

  /** Begins an attempt with the current request. */
  start(): void {
    this.#retry = null
    this.#failover.begin()
    this.#attempt = new Attempt(
      this.#gateway,
      this.#call,
      this.#exchange,
      this.#outbound,
      this.#request,
      this,
    )
  }

  get mayFailOver(): boolean {
    return this.#failover.mayFailOver
  }

  onCommitted(): void {
    this.#clearDeadline()
    if (this.#withoutUsageRequest) this.#gateway.usageRequests.noteRefusal(this.#failover.route)
    this.#failover.succeeded()
  }

  onFailed(failed: FailedAttempt): boolean {
    if (this.#call.finished) return true
    const failover = this.#failover
    if (failed.refusesUsageRequest === true) {
      const { route } = failover
      const body = this.#outbound.bodyWithoutUsageRequest(route)
      if (body !== null) {
        failover.noteRepeat(failed)
        this.#withoutUsageRequest = true
        this.#request = { route, body, bodyBytes: body.length }
        this.start()
        return true
      }
    }
    this.#withoutUsageRequest = false
    switch (failover.decide(failed)) {
      case 'stop':
        this.#clearDeadline()
        return false
      case 'retry':
        this.#attempt = null
        if (!isReplayable(this.#request.body)) this.#request = this.#outbound.requestFor(failover.route)
        this.#retry = setTimeout(() => this.start(), failover.retryDelayMs())
        return true
      case 'failover':
        this.#request = this.#outbound.requestFor(failover.route)
        this.start()
        return true
    }
  }

  onBroken(failed: FailedAttempt): void {
    if (!this.#call.finished) this.#failover.noteBroken(failed)
  }

  onDrain(): void {
    this.#attempt?.onDrain()
  }

  onDisconnect(): void {
    this.#clearDeadline()
    if (this.#attempt !== null) return this.#attempt.onDisconnect()
    this.#clearRetry()
    this.#call.finish('CANCELLED')
  }

  abort(error: CallError): boolean {
    this.#clearDeadline()
    if (this.#attempt !== null) return this.#attempt.abort(error)
    this.#clearRetry()
    respondWithError(this.#call, this.#exchange, error, 'ERROR')
    return true
  }

  #onDeadline(): void {
    this.#failover.passDeadline()
    if (this.#retry === null) return this.#attempt?.onDeadline()
    this.#clearRetry()
    respondWithError(this.#call, this.#exchange, callError('upstream_unreachable'), 'ERROR')
  }

  #clearDeadline(): void {
    if (this.#deadline !== null) clearTimeout(this.#deadline)
  }

  #clearRetry(): void {
    if (this.#retry !== null) clearTimeout(this.#retry)
  }
}

/** Whether the same body can be sent again; a stream has been read. */
function isReplayable(body: OutboundRequest['body']): boolean {
  return body === null || Buffer.isBuffer(body)
}
