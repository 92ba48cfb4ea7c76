// How an attempt ends: its client disconnects or its key is stopped, its usage is estimated where the upstream reports none, its
// record is written, and only then does the response end. attempt-state.ts has the states and the transitions.

import type { IncomingHttpHeaders } from 'node:http'
import type { CallError } from '../../domain/errors.ts'
import type { LogCode } from '../../domain/logs/log-codes.ts'
import type { UpstreamError } from '../../domain/upstreams/parse-upstream-error.ts'
import type { TransportReason } from '../../domain/upstreams/transport-reason.ts'
import type { TransportError, UpstreamCall, UpstreamListener } from '../../http/client/upstream-client.ts'
import type { Exchange } from '../../http/server/exchange.ts'
import type { Decoder } from '../../http/wire/content-encoding.ts'
import { errorEvent } from '../../http/wire/error-response.ts'
import type { Call } from '../call/call.ts'
import { respondWithError } from '../response/respond-with-error.ts'
import { ResponseWriter } from '../response/response-writer.ts'
import { NO_RESPONSE } from '../response/upstream-response.ts'
import type { AttemptListener, AttemptParts } from './attempt-parts.ts'
import type { AttemptState, Final, Recording } from './attempt-state.ts'
import { type OutboundCall, type OutboundRequest, upstreamRequest } from './outbound-call.ts'
import { type UpstreamRequestProfile, upstreamRequestProfile } from './upstream-request-profile.ts'

type Kept = ReturnType<AttemptParts['estimator']['keep']>

/** Why the call was aborted, for its log alone: the client reads nothing. */
const CLIENT_TOO_SLOW = {
  code: 'caller_too_slow' satisfies LogCode,
  message: 'The client read nothing of its response within the time allowed, and was disconnected.',
}

/** A base class, and not an object beside the attempt: that would be one more for every call. */
export abstract class AttemptEnd implements UpstreamListener {
  protected readonly gateway: AttemptParts
  protected readonly call: Call
  readonly #exchange: Exchange
  protected readonly outbound: OutboundCall
  protected readonly body: OutboundRequest['body']
  protected readonly listener: AttemptListener
  protected readonly profile: UpstreamRequestProfile
  protected readonly writer: ResponseWriter
  protected readonly upstreamCall: UpstreamCall
  protected current: AttemptState = 'awaiting-head'
  protected response = NO_RESPONSE
  protected decoder: Decoder | null = null
  // The response's bytes, in case the usage must be estimated from them; to be released, or given to the estimator.
  protected kept: Kept | null = null
  // Of holding: until the error body is late. Of draining: until it ends.
  protected timer: NodeJS.Timeout | null = null
  // The upstream's error that the client had received when it disconnected.
  #receivedError: UpstreamError | null = null
  // The error event that ends a stream that ended early.
  #lastEvent: Buffer | undefined

  /** Sends the request and returns; the first event comes later. */
  constructor(
    gateway: AttemptParts,
    call: Call,
    exchange: Exchange,
    outbound: OutboundCall,
    request: OutboundRequest,
    listener: AttemptListener,
  ) {
    const { upstream } = request.route
    outbound.binder?.begin(upstream)
    this.gateway = gateway
    this.call = call
    this.#exchange = exchange
    this.outbound = outbound
    this.body = request.body
    this.listener = listener
    this.profile = upstreamRequestProfile(upstream)
    call.capture?.hide(this.profile.secrets)
    this.writer = new ResponseWriter(exchange, gateway.clientIdleMs, this)
    this.upstreamCall = gateway.client.send(upstreamRequest(exchange, outbound, request, this.profile), this)
  }

  abstract onHead(status: number, headers: IncomingHttpHeaders): void
  abstract onChunk(chunk: Buffer): boolean
  abstract onEnd(): void
  abstract onFailure(error: TransportError, begun: boolean, reason?: TransportReason): void

  get state(): AttemptState {
    return this.current
  }

  /** The client takes more. */
  onDrain(): void {
    this.writer.stopWaiting()
    this.resume()
  }

  /** The client has taken nothing for too long. */
  onSlow(): void {
    if (!this.call.finished) this.call.noteError(CLIENT_TOO_SLOW, false)
    this.#exchange.abort()
    this.onDisconnect()
  }

  /**
   * The client has disconnected. An upstream in the middle of a stream is read on for a while, since what it has generated is
   * charged and only the end of the stream reports how much that was; any other is aborted.
   */
  onDisconnect(): void {
    switch (this.current) {
      case 'awaiting-head':
      case 'holding':
        return this.#drain()
      case 'streaming':
        this.#receivedError = this.response.meter.failure()
        return this.#drain()
      case 'recording':
      case 'recording-ended':
        this.#receivedError = this.response.meter.failure()
        this.current = 'recording-disconnected'
        break
      case 'trailing':
        this.current = 'done'
        break
      case 'recording-error':
        break
      default:
        return void (this.current satisfies 'recording-disconnected' | 'draining' | Final)
    }
    this.writer.drop()
    this.abortUpstream()
  }

  /**
   * The client's key was stopped: nothing more passes in either direction, and the record has what the response has cost so
   * far. False where the response is complete already.
   */
  abort(error: CallError): boolean {
    switch (this.current) {
      case 'awaiting-head':
      case 'holding':
      case 'streaming':
        this.clearTimer()
        this.abortUpstream()
        this.writer.drop()
        if (this.writer.begun) this.breakOff(error)
        else this.respondWithError(error)
        return true
      case 'draining':
        this.recordDisconnected()
        return true
      default:
        this.current satisfies Recording | 'trailing' | Final
        return false
    }
  }

  /** The response is complete; what is held of it waits for the record. */
  protected record(state: 'recording' | 'recording-ended'): void {
    this.current = state
    const { meter } = this.response
    this.call.noteResponse(meter.facts())
    const noted = meter.failure() ?? meter.remark()
    if (noted !== null) this.call.noteError(noted)
    const binding = this.outbound.binder?.pending ?? null
    if (binding === null) this.#estimateUsage()
    // A follow-up of the client must find what this response has made.
    else void binding.then(() => this.#estimateUsage())
  }

  /** The head was sent as a success: reports the error where that can be, and no client may take this for the end. */
  protected breakOff(error: CallError): void {
    const { call } = this
    const { meter, isEventStream } = this.response
    call.noteResponse(meter.facts())
    const failure = meter.failure()
    // Without events there is no place in a response that has begun: its connection is closed.
    call.noteError(failure ?? error, isEventStream || failure !== null)
    if (isEventStream && failure === null) {
      this.#lastEvent = errorEvent(error, this.outbound.responses === 'responses' ? meter.eventCount() : null)
      call.passResponse(this.#lastEvent)
    }
    this.current = 'recording-error'
    this.#estimateUsage()
  }

  /** The client has disconnected while the upstream has not ended. */
  #drain(): void {
    this.clearTimer()
    this.writer.drop()
    const { drainMs } = this.gateway
    const { meter, isEventStream } = this.response
    const isWanted = isEventStream && this.outbound.metered && meter.facts().usage === null
    if (!isWanted || drainMs <= 0 || this.call.finished) return this.recordDisconnected()
    this.current = 'draining'
    this.timer = setTimeout(() => this.recordDisconnected(), drainMs)
    this.resume()
  }

  /** The client has disconnected, and no more is read of the upstream's response. */
  protected recordDisconnected(): void {
    this.clearTimer()
    this.abortUpstream()
    this.current = 'recording-disconnected'
    if (!this.call.finished) {
      this.call.noteResponse(this.response.meter.facts())
      if (this.#receivedError !== null) this.call.noteError(this.#receivedError)
    }
    this.#estimateUsage()
  }

  /** Goes on at once where the usage is known or cannot be estimated; else once the estimate is there. */
  #estimateUsage(): void {
    const response = this.takeKept()
    if (response === null) return this.#onUsage()
    const { call, body: request } = this
    const { meter, isEventStream } = this.response
    if (call.finished || meter.facts().usage !== null || !Buffer.isBuffer(request)) {
      response.release()
      return this.#onUsage()
    }
    this.gateway.estimator.estimate({ request, response, isEventStream }).then((usage) => {
      if (usage !== null) call.note({ ...usage, usageSource: 'ESTIMATED' })
      this.#onUsage()
    })
  }

  /** The usage is known, or cannot be: writes the record, and goes on once that is safe. */
  #onUsage(): void {
    switch (this.current) {
      case 'recording':
      case 'recording-ended':
        return this.call.finish(this.response.meter.failure() === null ? 'SUCCESS' : 'ERROR', () =>
          this.#onRecorded(),
        )
      case 'recording-error':
        return this.call.finish('ERROR', () => this.#onRecorded())
      case 'recording-disconnected':
        this.current = 'done'
        // A client that disconnects because it has received an error has not cancelled anything.
        return this.call.finish(this.#receivedError === null ? 'CANCELLED' : 'ERROR')
      default:
        return void (this.current satisfies Exclude<AttemptState, Recording>)
    }
  }

  /** The record is safe: only now is the response ended, so that a call with a complete response is never missing. */
  #onRecorded(): void {
    switch (this.current) {
      case 'recording':
        this.current = 'trailing'
        this.writer.release(0)
        return this.resume()
      case 'recording-ended':
        return this.endWriting()
      case 'recording-error':
        this.current = 'done'
        return this.writer.abort(this.#lastEvent)
      case 'recording-disconnected':
        this.current = 'done'
        return
      default:
        return void (this.current satisfies Exclude<AttemptState, Recording>)
    }
  }

  /** Nothing more is kept after it. */
  protected takeKept(): Kept | null {
    const { kept } = this
    this.kept = null
    return kept
  }

  /** Ends the response with what is held. An error response may have been changed, and is held whole. */
  protected endWriting(): void {
    this.current = 'done'
    this.writer.end(this.response.meter.failure() !== null)
  }

  protected respondWithError(error: CallError): void {
    this.current = 'done'
    this.takeKept()?.release()
    respondWithError(this.call, this.#exchange, error, 'ERROR')
  }

  protected resume(): void {
    this.decoder?.resume()
    this.upstreamCall.resume()
  }

  protected abortUpstream(): void {
    this.upstreamCall.abort()
    this.decoder?.close()
  }

  protected clearTimer(): void {
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = null
  }
}
