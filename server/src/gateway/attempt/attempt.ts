// One attempt: one request to one upstream, until its response, or an error, has reached the client and the record is written.
//
// A state machine: every event of the upstream, the client, a timer or the journal is a method, which switches on the state and
// makes one transition. attempt-state.ts has the table of them. attempt-end.ts has the events of the client and of the journal;
// both are one class in two files, so that a call has one object.
import type { IncomingHttpHeaders } from 'node:http'
import { type CallError, callError } from '../../domain/errors.ts'
import type { UpstreamError } from '../../domain/upstreams/parse-upstream-error.ts'
import type { TransportReason } from '../../domain/upstreams/transport-reason.ts'
import type { TransportError } from '../../http/client/upstream-client.ts'
import { createDecoder, type Decoder, type Encoding } from '../../http/wire/content-encoding.ts'
import { NO_BYTES } from '../metering/response-meter.ts'
import { responseHead } from '../response/response-head.ts'
import { readHead, single, UpstreamResponse } from '../response/upstream-response.ts'
import { AttemptEnd } from './attempt-end.ts'
import type { AttemptState, Final, Settling } from './attempt-state.ts'
import {
  type FailedAttempt,
  failedByHead,
  failedByResponse,
  failedByTransport,
  TRANSPORT_ERROR_CODES,
} from './failed-attempt.ts'

// The body of a held error response is awaited this long, to learn what the error is.
const ERROR_BODY_MS = 2_000

/** One object an attempt, and not functions over variables: those would be allocated again for every call. */
export class Attempt extends AttemptEnd {
  onHead(status: number, headers: IncomingHttpHeaders): void {
    if (this.current !== 'awaiting-head') return
    const { call } = this
    const { secrets } = this.profile
    call.noteUpstreamRequestId(single(headers['x-request-id']))
    const response = readHead(this.outbound, status, headers, secrets)
    if (!(response instanceof UpstreamResponse)) return this.#refuseHead(response, status, headers)
    this.response = response
    const { isEventStream, decoded } = response
    if (decoded !== null) this.decoder = this.#createDecoder(decoded)
    if (response.isEstimable) this.kept = this.gateway.estimator.keep(isEventStream)
    call.noteResponseHead(status, isEventStream)
    if (status < 300) this.outbound.binder?.noteLocation(single(headers.location))
    const head = responseHead(call, response, this.outbound.hideUsage, secrets)
    call.capture?.hide(this.profile.secrets)
    call.capture?.beginResponse(head)
    this.writer.announce(status, head)
    const { mayFailOver } = this.listener
    if (status >= 400 || (isEventStream && mayFailOver)) {
      this.current = 'holding'
      // The first event of a stream is awaited as long as the stream lives.
      if (status >= 400 && mayFailOver) this.timer = setTimeout(() => this.#onErrorBodyLate(), ERROR_BODY_MS)
      return
    }
    this.#commit()
    // The first event may take long; of any other response nothing is sent before its second chunk or its end.
    if (isEventStream) this.writer.sendHead()
  }

  onChunk(chunk: Buffer): boolean {
    return this.decoder === null ? this.#onBytes(chunk) : this.decoder.write(chunk)
  }

  onEnd(): void {
    if (this.decoder === null) this.#onBytesEnd()
    else this.decoder.end()
  }

  onFailure(error: TransportError, begun: boolean, reason: TransportReason | null = null): void {
    this.#onFailure(callError(TRANSPORT_ERROR_CODES[error]), begun, true, reason)
  }

  /** No response head is awaited any longer. */
  onDeadline(): void {
    if (this.current !== 'awaiting-head' || this.call.finished) return
    this.upstreamCall.abort()
    this.#onFailure(callError('upstream_timeout'), true, false)
  }

  /** Bytes of the response, decoded where that is wanted. False: no more until `resume`. */
  #onBytes(chunk: Buffer): boolean {
    const { meter, isEventStream } = this.response
    switch (this.current) {
      case 'streaming':
      case 'holding':
      case 'recording':
      case 'trailing':
      case 'draining':
        break
      default:
        this.current satisfies 'awaiting-head' | Settling | Final
        return true
    }
    this.kept?.add(chunk)
    const out = meter.pass(chunk)
    if (this.current === 'holding' && out.length > 0 && this.#judge(this.response.firstEventError()))
      return true
    if (isEventStream && meter.started()) this.call.noteFirstToken()
    if (out.length === 0 || this.#is('draining')) return true
    this.call.passResponse(out)
    this.writer.hold(out)
    if (this.#is('streaming') && meter.ended()) this.record('recording')
    // The upstream waits for the record, too: it might send for ever.
    if (this.#is('recording')) return false
    // Events are sent on as they come; of any other response the newest chunk may be the last, which waits for the record.
    return this.writer.release(isEventStream ? 0 : 1)
  }

  #onBytesEnd(): void {
    this.#onResponseEnd(this.response.meter.end())
  }

  /** The upstream has ended, and the meter has read what there is. */
  #onResponseEnd(remainder: Buffer): void {
    switch (this.current) {
      case 'holding':
        if (!this.#judge(this.response.errorAtEnd(), remainder)) this.#endResponse(remainder)
        return
      case 'streaming':
        return this.#endResponse(remainder)
      case 'recording':
        this.writer.hold(remainder)
        this.current = 'recording-ended'
        return
      case 'trailing':
        this.writer.hold(remainder)
        return this.endWriting()
      case 'draining':
        return this.recordDisconnected()
      default:
        return void (this.current satisfies 'awaiting-head' | Settling | Final)
    }
  }

  /** `isUpstreamFault`: false where the gateway itself has aborted the attempt. */
  #onFailure(
    failure: CallError,
    wasSent = true,
    isUpstreamFault = true,
    reason: TransportReason | null = null,
  ): void {
    const state = this.current
    switch (state) {
      case 'awaiting-head':
      case 'holding':
      case 'streaming':
        break
      case 'recording':
      case 'trailing':
        // After the last event there is nothing left to lose.
        return this.#onResponseEnd(NO_BYTES)
      case 'draining':
        return this.recordDisconnected()
      default:
        return void (state satisfies Settling | Final)
    }
    this.writer.stopWaiting()
    this.decoder?.close()
    const ownFault = this.outbound.ownFault()
    const error = ownFault ?? failure
    const isFault = isUpstreamFault && ownFault === null
    const failed = failedByTransport(this.response, error.code, wasSent, isFault, isFault ? reason : null)
    if (state === 'streaming' && failed.reason) this.listener.onBroken(failed)
    if (this.writer.begun) return this.breakOff(error)
    if (state !== 'streaming' && this.#fail(failed)) return
    this.respondWithError(error)
  }

  #onErrorBodyLate(): void {
    if (this.current === 'holding') this.#judge(null)
  }

  /** The head says that the response cannot be the client's. */
  #refuseHead(error: CallError, httpStatus: number, headers: IncomingHttpHeaders): void {
    this.upstreamCall.abort()
    if (!this.#fail(failedByHead(error.code, httpStatus, headers))) this.respondWithError(error)
  }

  /**
   * Judges what is held by its status and the error that it reports; `body`: what is held of an error response that has ended.
   * True: superseded; false: the response is the client's.
   */
  #judge(error: UpstreamError | null, body: Buffer = NO_BYTES): boolean {
    if (this.response.status >= 400 || error !== null)
      return this.#fail(failedByResponse(this.outbound, this.response, error, body))
    this.#commit()
    return false
  }

  #commit(): void {
    this.current = 'streaming'
    this.listener.onCommitted()
  }

  /** The attempt has failed. True: superseded; false: the failure, or the upstream's error response, is the client's. */
  #fail(failed: FailedAttempt): boolean {
    this.clearTimer()
    this.current = 'streaming'
    if (!this.listener.onFailed(failed)) return false
    this.current = 'superseded'
    this.abortUpstream()
    this.takeKept()?.release()
    return true
  }

  #createDecoder(encoding: Encoding): Decoder {
    return createDecoder(encoding, {
      onChunk: (chunk) => this.#onBytes(chunk),
      onEnd: () => this.#onBytesEnd(),
      onBroken: () => {
        this.upstreamCall.abort()
        this.#onFailure(callError('upstream_invalid_answer'))
      },
      onWanting: () => this.upstreamCall.resume(),
    })
  }

  #endResponse(remainder: Buffer): void {
    const { meter, isEventStream } = this.response
    const refusal = this.response.credentialRefusal()
    if (refusal !== null && this.outbound.route.hasClientSecret !== true)
      return this.respondWithError(refusal)
    if (!meter.whole())
      return this.#onFailure(callError(isEventStream ? 'upstream_interrupted' : 'upstream_invalid_answer'))
    this.call.passResponse(remainder)
    this.writer.hold(remainder)
    this.record('recording-ended')
  }

  /** The state now: what was called since may have changed it. */
  #is(state: AttemptState): boolean {
    return this.current === state
  }
}
