// One attempt: one request to one upstream, until its response, or an error, has reached the client and the record is written.
//
// A state machine: every event of the upstream, the client, a timer or the journal is a method, which switches on the state and
// makes one transition. It is in one file although that is long, since its parts would only call each other back. The states:
//
//   awaiting-head           no response head has come
//   holding                 the head has come, nothing was sent to the client: the attempt may still fail over
//   streaming               committed: the response is the client's
//   recording               the last event of a stream has come, and is held until the record is written
//   recording-ended         the same, and the upstream has ended; or a response that is no stream is whole
//   recording-error         the response ended early after its head was sent; the client is aborted once the record is written
//   recording-disconnected  the client has disconnected; the record waits for an estimate of the usage, or is being written
//   trailing                recorded; what follows the last event is sent on until the upstream ends
//   draining                the client has disconnected; the stream is read on, since only its end reports the usage
//   superseded, done        final
//
// The transitions; in a state that is not named an event is ignored (attempt.test.ts has every pair):
//
//   head             awaiting-head → holding, where it may fail over; else → streaming. A head that cannot be the client's: fail
//   bytes            holding: judge. streaming, trailing: sent. recording: held. draining: read. A last event: → recording
//   end              holding: judge, then as streaming. streaming → recording-ended; a response that is not whole: fail
//                    recording → recording-ended, trailing → done, draining → recording-disconnected
//   transport error  awaiting-head, holding, streaming: fail. Others as `end`: after the last event nothing can be lost
//   deadline         awaiting-head: fail
//   error body late  holding: judge
//   disconnect       awaiting-head, holding, streaming → draining, for a stream without usage; else → recording-disconnected
//                    recording, recording-ended → recording-disconnected, trailing → done, recording-error stays
//   drain timeout    draining → recording-disconnected
//   abort            awaiting-head, holding → done, draining → recording-disconnected
//                    streaming → recording-error; while no head was sent → done
//   recorded         recording → trailing; recording-ended, recording-error, recording-disconnected → done
//
//   judge            an error: fail; else → streaming
//   fail             → superseded, where the listener has another attempt follow. Without one the client gets an error, → done;
//                    or the upstream's error response, → streaming. After a head was sent: → recording-error
import type { IncomingHttpHeaders } from 'node:http'
import { type CallError, callError } from '../../domain/errors.ts'
import { upstreamPath } from '../../domain/find-endpoint.ts'
import { classifyResponse, classifyStreamError } from '../../domain/upstreams/failure-class.ts'
import type { TransportError, UpstreamCall, UpstreamListener } from '../../http/client/upstream-client.ts'
import type { Exchange } from '../../http/server/exchange.ts'
import { createDecoder, type Decoder, type Encoding } from '../../http/wire/content-encoding.ts'
import { errorEvent } from '../../http/wire/error-response.ts'
import { headersToUpstream } from '../../http/wire/headers.ts'
import type { Call } from '../call/call.ts'
import type { Gateway } from '../gateway.ts'
import type { ResponseKeeper } from '../metering/estimate/response-keeper.ts'
import type { StreamKeeper } from '../metering/estimate/stream-keeper.ts'
import type { UpstreamError } from '../metering/parse-upstream-error.ts'
import { NO_BYTES } from '../metering/response-meter.ts'
import { respondWithError } from '../response/respond-with-error.ts'
import { responseHead } from '../response/response-head.ts'
import { ResponseWriter } from '../response/response-writer.ts'
import { NO_RESPONSE, readHead, single, UpstreamResponse } from '../response/upstream-response.ts'
import { refusesUsageRequest } from '../routing/usage-requests.ts'
import { classifyTransportError, type FailedAttempt, TRANSPORT_ERROR_CODES } from './failed-attempt.ts'
import type { OutboundCall, OutboundRequest } from './outbound-call.ts'
import { type UpstreamRequestProfile, upstreamRequestProfile } from './upstream-request-profile.ts'

export type AttemptState =
  | 'awaiting-head'
  | 'holding'
  | 'streaming'
  | Recording
  | 'trailing'
  | 'draining'
  | Final

type Recording = 'recording' | Settling
type Settling = 'recording-ended' | 'recording-error' | 'recording-disconnected'
type Final = 'superseded' | 'done'

/** What an attempt reads and reports while nothing was sent to the client. */
export type AttemptListener = {
  /** True while a failure could lead to another candidate, so that the response must be held until it is judged. */
  readonly mayFailOver: boolean
  /** At most once: the response is the client's from here on. */
  onCommitted(): void
  /** At most once, instead. True: another attempt follows, and this one is superseded; false: the failure is the client's. */
  onFailed(failed: FailedAttempt): boolean
}

/** What an attempt needs of the gateway. */
export type AttemptParts = Pick<Gateway, 'client' | 'clientIdleMs' | 'drainMs' | 'estimator'>

// The body of a held error response is awaited this long, to learn what the error is.
const ERROR_BODY_MS = 2_000

/** Why the call was aborted, for its log alone: the client reads nothing. */
const CLIENT_TOO_SLOW = {
  code: 'caller_too_slow',
  message:
    'The client read nothing of its response for longer than this gateway allows, and was disconnected.',
}

/** One object an attempt, and not functions over variables: those would be allocated anew for every call. */
export class Attempt implements UpstreamListener {
  readonly #gateway: AttemptParts
  readonly #call: Call
  readonly #exchange: Exchange
  readonly #outbound: OutboundCall
  readonly #body: OutboundRequest['body']
  readonly #listener: AttemptListener
  readonly #profile: UpstreamRequestProfile
  readonly #writer: ResponseWriter
  readonly #upstreamCall: UpstreamCall
  #state: AttemptState = 'awaiting-head'
  #response = NO_RESPONSE
  #decoder: Decoder | null = null
  // The response's bytes, in case the usage must be estimated from them; to be released, or given to the estimator.
  #kept: ResponseKeeper | StreamKeeper | null = null
  // Of holding: until the error body is late. Of draining: until it ends.
  #timer: NodeJS.Timeout | null = null
  // The upstream's error that the client had received when it disconnected.
  #receivedError: UpstreamError | null = null
  // The error event that ends a stream that ended early.
  #lastEvent: Buffer | undefined

  /** Sends the request and returns. */
  constructor(
    gateway: AttemptParts,
    call: Call,
    exchange: Exchange,
    outbound: OutboundCall,
    { route, body, bodyBytes }: OutboundRequest,
    listener: AttemptListener,
  ) {
    this.#gateway = gateway
    this.#call = call
    this.#exchange = exchange
    this.#outbound = outbound
    this.#listener = listener
    const { upstream } = route
    this.#body = body
    this.#profile = upstreamRequestProfile(upstream)
    call.capture?.hide(this.#profile.secrets)
    this.#writer = new ResponseWriter(exchange, gateway.clientIdleMs, this)
    this.#upstreamCall = gateway.client.send(
      {
        baseUrl: upstream.baseUrl,
        method: exchange.method,
        path: upstreamPath(exchange.path) + exchange.query,
        headers: headersToUpstream(exchange.headers, this.#profile.headers, outbound.metered),
        body,
        bodyBytes,
        egress: this.#profile.egress,
      },
      this,
    )
  }

  get state(): AttemptState {
    return this.#state
  }

  onHead(status: number, headers: IncomingHttpHeaders): void {
    if (this.#state !== 'awaiting-head') return
    const call = this.#call
    const { secrets } = this.#profile
    call.noteUpstreamRequestId(single(headers['x-request-id']))
    const response = readHead(this.#outbound, status, headers, secrets)
    if (!(response instanceof UpstreamResponse)) return this.#refuseHead(response, status, headers)
    this.#response = response
    const { isEventStream, decoded } = response
    if (decoded !== null) this.#decoder = this.#createDecoder(decoded)
    if (response.isEstimable) this.#kept = this.#gateway.estimator.keep(isEventStream)
    call.noteResponseHead(status, isEventStream)
    const head = responseHead(call, response, this.#outbound.hideUsage, secrets)
    call.capture?.beginResponse(head)
    this.#writer.announce(status, head)
    const { mayFailOver } = this.#listener
    if (status >= 400 || (isEventStream && mayFailOver)) {
      this.#state = 'holding'
      // The first event of a stream is awaited as long as the stream lives.
      if (status >= 400 && mayFailOver) this.#timer = setTimeout(() => this.#onErrorBodyLate(), ERROR_BODY_MS)
      return
    }
    this.#commit()
    // The first event may take long; of any other response nothing is sent before its second chunk or its end.
    if (isEventStream) this.#writer.sendHead()
  }

  onChunk(chunk: Buffer): boolean {
    return this.#decoder === null ? this.#onBytes(chunk) : this.#decoder.write(chunk)
  }

  onEnd(): void {
    if (this.#decoder === null) this.#onBytesEnd()
    else this.#decoder.end()
  }

  onFailure(error: TransportError, begun: boolean): void {
    this.#onFailure(callError(TRANSPORT_ERROR_CODES[error]), begun)
  }

  /** The client takes more. */
  onDrain(): void {
    this.#writer.stopWaiting()
    this.#resume()
  }

  /** The client has taken nothing for too long. */
  onSlow(): void {
    if (!this.#call.finished) this.#call.noteError(CLIENT_TOO_SLOW, false)
    this.#exchange.abort()
    this.onDisconnect()
  }

  /**
   * The client has disconnected. An upstream in the middle of a stream is read on for a while, since what it has generated is
   * charged and only the end of the stream reports how much that was; any other is aborted.
   */
  onDisconnect(): void {
    switch (this.#state) {
      case 'awaiting-head':
      case 'holding':
        return this.#drain()
      case 'streaming':
        this.#receivedError = this.#response.meter.failure()
        return this.#drain()
      case 'recording':
      case 'recording-ended':
        this.#receivedError = this.#response.meter.failure()
        this.#state = 'recording-disconnected'
        break
      case 'trailing':
        this.#state = 'done'
        break
      case 'recording-error':
        break
      default:
        return void (this.#state satisfies 'recording-disconnected' | 'draining' | Final)
    }
    this.#writer.drop()
    this.#abortUpstream()
  }

  /**
   * The client's key was stopped: nothing more passes in either direction, and the record has what the response has cost so
   * far. False where the response is complete already.
   */
  abort(error: CallError): boolean {
    switch (this.#state) {
      case 'awaiting-head':
      case 'holding':
      case 'streaming':
        this.#clearTimer()
        this.#abortUpstream()
        this.#writer.drop()
        if (this.#writer.begun) this.#breakOff(error)
        else this.#respondWithError(error)
        return true
      case 'draining':
        this.#recordDisconnected()
        return true
      default:
        this.#state satisfies Recording | 'trailing' | Final
        return false
    }
  }

  /** No response head is awaited any longer. */
  onDeadline(): void {
    if (this.#state !== 'awaiting-head' || this.#call.finished) return
    this.#upstreamCall.abort()
    this.#onFailure(callError('upstream_timeout'), true, false)
  }

  /** Bytes of the response, decoded where that is wanted. False: no more until `resume`. */
  #onBytes(chunk: Buffer): boolean {
    const { meter, isEventStream } = this.#response
    switch (this.#state) {
      case 'streaming':
      case 'holding':
      case 'recording':
      case 'trailing':
      case 'draining':
        break
      default:
        this.#state satisfies 'awaiting-head' | Settling | Final
        return true
    }
    this.#kept?.add(chunk)
    const out = meter.pass(chunk)
    if (this.#state === 'holding' && out.length > 0 && this.#judge(this.#response.firstEventError()))
      return true
    if (isEventStream && meter.started()) this.#call.noteFirstToken()
    if (out.length === 0 || this.#is('draining')) return true
    this.#call.passResponse(out)
    this.#writer.hold(out)
    if (this.#is('streaming') && meter.ended()) this.#record('recording')
    // The upstream waits for the record, too: it might send for ever.
    if (this.#is('recording')) return false
    // Events are sent on as they come; of any other response the newest chunk may be the last, which waits for the record.
    return this.#writer.release(isEventStream ? 0 : 1)
  }

  #onBytesEnd(): void {
    this.#onResponseEnd(this.#response.meter.end())
  }

  /** The upstream has ended, and the meter has read what there is. */
  #onResponseEnd(remainder: Buffer): void {
    switch (this.#state) {
      case 'holding':
        if (!this.#judge(this.#response.errorAtEnd(), remainder)) this.#endResponse(remainder)
        return
      case 'streaming':
        return this.#endResponse(remainder)
      case 'recording':
        this.#writer.hold(remainder)
        this.#state = 'recording-ended'
        return
      case 'trailing':
        this.#writer.hold(remainder)
        return this.#endWriting()
      case 'draining':
        return this.#recordDisconnected()
      default:
        return void (this.#state satisfies 'awaiting-head' | Settling | Final)
    }
  }

  /** `isUpstreamFault`: false where the gateway itself has aborted the attempt. */
  #onFailure(failure: CallError, wasSent = true, isUpstreamFault = true): void {
    const state = this.#state
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
        return this.#recordDisconnected()
      default:
        return void (state satisfies Settling | Final)
    }
    this.#writer.stopWaiting()
    this.#decoder?.close()
    const ownFault = this.#outbound.ownFault()
    const error = ownFault ?? failure
    if (this.#writer.begun) return this.#breakOff(error)
    if (state !== 'streaming') {
      const { status, headers } = this.#response
      const { code } = error
      const failure =
        status === 0
          ? classifyTransportError(code, wasSent)
          : status < 400
            ? 'INTERRUPTED'
            : classifyResponse(status, null)
      const isFault = isUpstreamFault && ownFault === null
      if (this.#fail({ failure, code, httpStatus: status || null, headers, isUpstreamFault: isFault })) return
    }
    this.#respondWithError(error)
  }

  #onErrorBodyLate(): void {
    if (this.#state === 'holding') this.#judge(null)
  }

  /** The usage is known, or cannot be: writes the record, and goes on once that is safe. */
  #onUsage(): void {
    const call = this.#call
    switch (this.#state) {
      case 'recording':
      case 'recording-ended':
        return call.finish(this.#response.meter.failure() === null ? 'SUCCESS' : 'ERROR', () =>
          this.#onRecorded(),
        )
      case 'recording-error':
        return call.finish('ERROR', () => this.#onRecorded())
      case 'recording-disconnected':
        this.#state = 'done'
        // A client that disconnects because it has received an error has not cancelled anything.
        return call.finish(this.#receivedError === null ? 'CANCELLED' : 'ERROR')
      default:
        return void (this.#state satisfies Exclude<AttemptState, Recording>)
    }
  }

  /** The record is safe: only now is the response ended, so that a call with a complete response is never missing. */
  #onRecorded(): void {
    switch (this.#state) {
      case 'recording':
        this.#state = 'trailing'
        this.#writer.release(0)
        return this.#resume()
      case 'recording-ended':
        return this.#endWriting()
      case 'recording-error':
        this.#state = 'done'
        return this.#writer.abort(this.#lastEvent)
      case 'recording-disconnected':
        this.#state = 'done'
        return
      default:
        return void (this.#state satisfies Exclude<AttemptState, Recording>)
    }
  }

  /** The head says that the response cannot be the client's. */
  #refuseHead(error: CallError, httpStatus: number, headers: IncomingHttpHeaders): void {
    this.#upstreamCall.abort()
    const { code } = error
    const failure = code === 'upstream_refused_credential' ? 'CREDENTIAL_REFUSED' : 'INVALID_ANSWER'
    if (!this.#fail({ failure, code, httpStatus, headers, isUpstreamFault: true }))
      this.#respondWithError(error)
  }

  /**
   * Judges what is held by its status and the error that it reports; `body`: what is held of an error response that has ended.
   * True: superseded; false: the response is the client's.
   */
  #judge(error: UpstreamError | null, body: Buffer = NO_BYTES): boolean {
    const { status, headers } = this.#response
    if (status < 400 && error === null) {
      this.#commit()
      return false
    }
    const code = error?.code ?? `upstream_${status}`
    const failure =
      status < 400 && error !== null ? classifyStreamError(error) : classifyResponse(status, error)
    const failed = { failure, code, httpStatus: status, headers, isUpstreamFault: true }
    return this.#fail(
      this.#outbound.hideUsage && refusesUsageRequest(status, body)
        ? { ...failed, refusesUsageRequest: true }
        : failed,
    )
  }

  #commit(): void {
    this.#state = 'streaming'
    this.#listener.onCommitted()
  }

  /** The attempt has failed. True: superseded; false: the failure, or the upstream's error response, is the client's. */
  #fail(failed: FailedAttempt): boolean {
    this.#clearTimer()
    this.#state = 'streaming'
    if (!this.#listener.onFailed(failed)) return false
    this.#state = 'superseded'
    this.#abortUpstream()
    this.#takeKept()?.release()
    return true
  }

  #createDecoder(encoding: Encoding): Decoder {
    return createDecoder(encoding, {
      onChunk: (chunk) => this.#onBytes(chunk),
      onEnd: () => this.#onBytesEnd(),
      onBroken: () => {
        this.#upstreamCall.abort()
        this.#onFailure(callError('upstream_invalid_answer'))
      },
      onWanting: () => this.#upstreamCall.resume(),
    })
  }

  #endResponse(remainder: Buffer): void {
    const { meter, isEventStream } = this.#response
    const refusal = this.#response.credentialRefusal()
    if (refusal !== null) return this.#respondWithError(refusal)
    if (!meter.whole())
      return this.#onFailure(callError(isEventStream ? 'upstream_interrupted' : 'upstream_invalid_answer'))
    this.#call.passResponse(remainder)
    this.#writer.hold(remainder)
    this.#record('recording-ended')
  }

  /** The response is complete; what is held of it waits for the record. */
  #record(state: 'recording' | 'recording-ended'): void {
    this.#state = state
    const { meter } = this.#response
    this.#call.noteResponse(meter.facts())
    const noted = meter.failure() ?? meter.remark()
    if (noted !== null) this.#call.noteError(noted)
    this.#estimateUsage()
  }

  /** The head was sent as a success: reports the error where that can be, and no client may take this for the end. */
  #breakOff(error: CallError): void {
    const call = this.#call
    const { meter, isEventStream } = this.#response
    call.noteResponse(meter.facts())
    const failure = meter.failure()
    // Without events there is no place in a response that has begun: its connection is closed.
    call.noteError(failure ?? error, isEventStream || failure !== null)
    if (isEventStream && failure === null) {
      const number = this.#outbound.responses === 'responses' ? meter.eventCount() : null
      this.#lastEvent = errorEvent(error, number)
      call.passResponse(this.#lastEvent)
    }
    this.#state = 'recording-error'
    this.#estimateUsage()
  }

  /** The client has disconnected while the upstream has not ended. */
  #drain(): void {
    this.#clearTimer()
    this.#writer.drop()
    const { drainMs } = this.#gateway
    const { meter, isEventStream } = this.#response
    const isWanted = isEventStream && this.#outbound.metered && meter.facts().usage === null
    if (!isWanted || drainMs <= 0 || this.#call.finished) return this.#recordDisconnected()
    this.#state = 'draining'
    this.#timer = setTimeout(() => this.#recordDisconnected(), drainMs)
    this.#resume()
  }

  #recordDisconnected(): void {
    const call = this.#call
    this.#clearTimer()
    this.#abortUpstream()
    this.#state = 'recording-disconnected'
    if (!call.finished) {
      call.noteResponse(this.#response.meter.facts())
      if (this.#receivedError !== null) call.noteError(this.#receivedError)
    }
    this.#estimateUsage()
  }

  /** Goes on at once where the usage is known or cannot be estimated; else once the estimate is there. */
  #estimateUsage(): void {
    const response = this.#takeKept()
    if (response === null) return this.#onUsage()
    const call = this.#call
    const request = this.#body
    const { meter, isEventStream } = this.#response
    if (call.finished || meter.facts().usage !== null || !Buffer.isBuffer(request)) {
      response.release()
      return this.#onUsage()
    }
    this.#gateway.estimator.estimate({ request, response, isEventStream }).then((usage) => {
      if (usage !== null) call.note({ ...usage, usageSource: 'ESTIMATED' })
      this.#onUsage()
    })
  }

  /** Nothing more is kept after it. */
  #takeKept(): ResponseKeeper | StreamKeeper | null {
    const kept = this.#kept
    this.#kept = null
    return kept
  }

  /** Ends the response with what is held. An error response may have been changed, and is held whole. */
  #endWriting(): void {
    this.#state = 'done'
    this.#writer.end(this.#response.meter.failure() !== null)
  }

  #respondWithError(error: CallError): void {
    this.#state = 'done'
    this.#takeKept()?.release()
    respondWithError(this.#call, this.#exchange, error, 'ERROR')
  }

  #resume(): void {
    this.#decoder?.resume()
    this.#upstreamCall.resume()
  }

  #abortUpstream(): void {
    this.#upstreamCall.abort()
    this.#decoder?.close()
  }

  #clearTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  /** The state now: what was called since may have changed it. */
  #is(state: AttemptState): boolean {
    return this.#state === state
  }
}
