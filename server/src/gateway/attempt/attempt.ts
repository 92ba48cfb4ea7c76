// Carries one upstream's answer to the caller, metering on the way.

import type { IncomingHttpHeaders } from 'node:http'
import { upstreamPath } from '../../domain/endpoints.ts'
import { type CallError, callError } from '../../domain/errors.ts'
import type { TransportError, UpstreamCall, UpstreamListener } from '../../http/client/upstream-client.ts'
import type { Exchange } from '../../http/server/exchange.ts'
import { createDecoder, type Decoder, type Encoding, encodingOf } from '../../http/wire/content-encoding.ts'
import { errorEvent } from '../../http/wire/error-response.ts'
import { headersToUpstream } from '../../http/wire/headers.ts'
import type { Call } from '../call/call.ts'
import type { Gateway } from '../gateway.ts'
import type { ResponseKeeper } from '../metering/estimate/response-keeper.ts'
import type { StreamKeeper } from '../metering/estimate/stream-keeper.ts'
import type { UpstreamError } from '../metering/parse-upstream-error.ts'
import { NOTHING, type ResponseMeter, UNREAD } from '../metering/response-meter.ts'
import { respondWithError } from '../response/respond-with-error.ts'
import { responseHead } from '../response/response-head.ts'
import { planFor, refusalIn, single } from '../response/response-plan.ts'
import { ResponseWriter } from '../response/response-writer.ts'
import { type AttemptListener, CommitGate } from './commit-gate.ts'
import type { Forwarding, Sending } from './failover.ts'
import { type UpstreamRequestProfile, upstreamRequestProfile } from './upstream-request-profile.ts'

/**
 * One attempt: sends the request, and is then carried by what happens: an end, a failure, or the caller leaving. Where there
 * are other ways, nothing of a stream goes out before its first event, which may tell of an error.
 *
 * One object for a call, and not functions over variables: those would be made anew for every call.
 */
export class Attempt implements UpstreamListener {
  readonly #gateway: Gateway
  readonly #call: Call
  readonly #exchange: Exchange
  readonly #forwarding: Forwarding
  readonly #body: Sending['body']
  readonly #profile: UpstreamRequestProfile
  readonly #gate: CommitGate
  // What would make the answer whole for its caller waits in it until the record is safe.
  readonly #outlet: ResponseWriter
  readonly #upstreamCall: UpstreamCall
  #meter: ResponseMeter = UNREAD
  #decoder: Decoder | null = null
  #status: number | null = null
  #isEventStream = false
  #disconnected = false
  // The error within its answer that the caller had been told of when it left.
  #reportedError: UpstreamError | null = null
  #recorded = false
  #ended = false
  #completing = false
  #kept: ResponseKeeper | StreamKeeper | null = null
  #draining: NodeJS.Timeout | null = null

  /** Sends the request and returns. */
  constructor(
    gateway: Gateway,
    call: Call,
    exchange: Exchange,
    forwarding: Forwarding,
    { route, body, bodyBytes }: Sending,
    owner: AttemptListener,
  ) {
    this.#gateway = gateway
    this.#call = call
    this.#exchange = exchange
    this.#forwarding = forwarding
    const { upstream } = route
    this.#body = body
    this.#profile = upstreamRequestProfile(upstream)
    call.capture?.hide(this.#profile.secrets)
    this.#gate = new CommitGate(owner, this)
    this.#outlet = new ResponseWriter(exchange, gateway.clientIdleMs, this)
    this.#upstreamCall = gateway.client.send(
      {
        baseUrl: upstream.baseUrl,
        method: exchange.method,
        path: upstreamPath(exchange.path) + exchange.query,
        headers: headersToUpstream(exchange.headers, this.#profile.headers, forwarding.metered),
        body,
        bodyBytes,
        egress: this.#profile.egress,
      },
      this,
    )
  }

  onHead(status: number, headers: IncomingHttpHeaders): void {
    const call = this.#call
    const forwarding = this.#forwarding
    const { secrets } = this.#profile
    call.noteUpstreamRequestId(single(headers['x-request-id']))
    const encoding = encodingOf(single(headers['content-encoding']))
    const plan = planFor(forwarding, status, headers, encoding, secrets)
    if ('httpStatus' in plan) {
      this.#upstreamCall.abort()
      if (this.#gate.judgeHead(plan.code, status, headers)) return
      return this.#fail(plan)
    }
    this.#status = status
    this.#meter = plan.meter
    const { isEventStream, decoded } = plan
    this.#isEventStream = isEventStream
    if (decoded !== null) this.#decoder = this.#decode(decoded)
    const readable = encoding === null || decoded !== null
    if (status < 400 && forwarding.estimable && plan.meter.reads && readable)
      this.#kept = this.#gateway.estimator.keep(isEventStream)
    call.noteResponseHead(status, isEventStream)
    const changed = decoded !== null || (isEventStream && forwarding.hideUsage) || status >= 400
    const head = responseHead(call, status, headers, { isEventStream, changed, secrets })
    if (decoded !== null) delete head['content-encoding']
    call.capture?.beginResponse(head)
    this.#outlet.announce(status, head)
    // The first event may take long; of any other answer nothing goes out before its second chunk or its end.
    this.#gate.onHead(status, headers, isEventStream)
    if (isEventStream && this.#gate.isCommitted) this.#outlet.sendHead()
  }

  onChunk(chunk: Buffer): boolean {
    return this.#decoder === null ? this.#take(chunk) : this.#decoder.write(chunk)
  }

  onEnd(): void {
    if (this.#decoder === null) this.#endOfBytes()
    else this.#decoder.end()
  }

  onFailure(failure: TransportError, begun: boolean): void {
    this.#gate.wasSent = begun
    this.#failure(callError(FAILURES[failure]))
  }

  /** The caller takes more. */
  onDrain(): void {
    this.#outlet.stopWaiting()
    this.#resume()
  }

  /** The caller has left what was sent waiting for too long. */
  onSlow(): void {
    if (!this.#call.finished) this.#call.noteError(TOO_SLOW)
    this.#exchange.abort()
    this.onDisconnect()
  }

  /**
   * The caller has left. An upstream that is in the middle of a stream is read on for a while, since what it has done is
   * paid for and only its end tells how much that was; anything else is broken off.
   */
  onDisconnect(): void {
    if (this.#disconnected) return
    this.#disconnected = true
    if (this.#gate.isCommitted) this.#reportedError = this.#meter.failure()
    this.#outlet.drop()
    this.#gate.forget()
    const { drainMs } = this.#gateway
    const worthReading =
      this.#isEventStream && this.#forwarding.metered && this.#meter.facts().usage === null && drainMs > 0
    if (this.#completing || this.#call.finished || !worthReading) return this.#stopDraining()
    this.#draining = setTimeout(() => this.#stopDraining(), drainMs)
    this.#resume()
  }

  /**
   * The caller's key was stopped: nothing more passes either way, and what the answer has cost so far is in its record.
   * False where the answer can no longer be cut.
   */
  abort(error: CallError): boolean {
    if (this.#completing) return false
    this.#gate.forget()
    this.#upstreamCall.abort()
    if (this.#disconnected) this.#stopDraining()
    else {
      this.#outlet.drop()
      this.#decoder?.close()
      if (!this.#outlet.begun) this.#fail(error)
      else {
        this.#completing = true
        this.#call.noteResponse(this.#meter.facts())
        this.#breakOff(error)
      }
    }
    return true
  }

  /** No head is waited for any longer. */
  onLate(): void {
    if (this.#status !== null || this.#disconnected || this.#call.finished) return
    this.#gate.brokenOff = true
    this.#upstreamCall.abort()
    this.#failure(callError('upstream_timeout'))
  }

  /** Another way is gone instead: nothing that is left of this one is wanted. */
  supersede(): void {
    this.#upstreamCall.abort()
    this.#decoder?.close()
    if (this.#gate.isSuperseded) this.#takeKept()?.release()
  }

  /** What a stream tells in its first event; after another one it may have cost something. */
  #errorAtBegin(): UpstreamError | null {
    return this.#isEventStream && this.#meter.eventCount() === 1 ? this.#meter.failure() : null
  }

  #decode(encoding: Encoding): Decoder {
    return createDecoder(encoding, {
      onChunk: (chunk) => this.#take(chunk),
      onEnd: () => this.#endOfBytes(),
      onBroken: () => {
        this.#upstreamCall.abort()
        this.#failure(callError('upstream_invalid_answer'))
      },
      onWanting: () => this.#upstreamCall.resume(),
    })
  }

  /** Takes a part of the answer, unpacked where that is wanted. False: the caller reads slowly. */
  #take(chunk: Buffer): boolean {
    const gate = this.#gate
    const meter = this.#meter
    if (gate.isSuperseded) return true
    this.#kept?.add(chunk)
    const out = meter.pass(chunk)
    // For a caller that has left no other way is gone.
    if (
      !gate.isCommitted &&
      !this.#disconnected &&
      out.length > 0 &&
      gate.judgeResponse(this.#errorAtBegin())
    )
      return true
    if (this.#isEventStream && meter.started()) this.#call.noteFirstToken()
    if (this.#disconnected || out.length === 0) return true
    this.#call.passResponse(out)
    this.#outlet.hold(out)
    // Events go on as they come, up to the one that ends the answer; of any other answer, the newest chunk may be the last.
    if (meter.ended()) {
      this.#complete()
      // The upstream waits for the record, too: it might go on for ever.
      if (!this.#recorded) return false
    }
    return this.#outlet.release(this.#isEventStream ? 0 : 1)
  }

  #resume(): void {
    this.#decoder?.resume()
    this.#upstreamCall.resume()
  }

  /** The answer is whole. Its record is safe before its last byte goes out: an answered call is never missing. */
  #complete(): void {
    if (this.#completing) return
    this.#completing = true
    this.#call.noteResponse(this.#meter.facts())
    const failure = this.#meter.failure()
    if (failure !== null) this.#call.noteError(failure)
    this.#withUsage(() => this.#recordWhole())
  }

  #recordWhole(): void {
    if (this.#disconnected) return this.#call.finish(this.#outcomeOfDisconnect())
    this.#call.finish(this.#meter.failure() === null ? 'SUCCESS' : 'ERROR', () => this.#onRecorded())
  }

  #onRecorded(): void {
    this.#recorded = true
    if (this.#disconnected) return
    if (this.#ended) return this.#finishSending()
    this.#outlet.release(0)
    this.#resume()
  }

  /** Goes on at once where the usage is known or cannot be estimated; else once the estimate is there. */
  #withUsage(then: () => void): void {
    const response = this.#takeKept()
    if (response === null) return then()
    const request = this.#body
    if (this.#meter.facts().usage !== null || !Buffer.isBuffer(request)) {
      response.release()
      return then()
    }
    const isEventStream = this.#isEventStream
    this.#gateway.estimator.estimate({ request, response, isEventStream }).then((usage) => {
      if (usage !== null) this.#call.note({ ...usage, usageSource: 'ESTIMATED' })
      then()
    })
  }

  /** What has been kept of the response for an estimate. Nothing more is kept of it; whoever takes it lets it be released. */
  #takeKept(): ResponseKeeper | StreamKeeper | null {
    const kept = this.#kept
    this.#kept = null
    return kept
  }

  #finishSending(): void {
    // An error answer may have been changed, and is here whole.
    this.#outlet.end(this.#meter.failure() !== null)
  }

  #endOfBytes(): void {
    const meter = this.#meter
    const remainder = meter.end()
    if (meter.settle === null) this.#wholeEnd(remainder)
    else meter.settle(() => this.#wholeEnd(remainder))
  }

  #wholeEnd(remainder: Buffer): void {
    const gate = this.#gate
    const meter = this.#meter
    if (gate.isSuperseded) return
    if (this.#disconnected) return this.#stopDraining()
    if (!this.#completing) {
      const upstreamError = this.#isEventStream ? this.#errorAtBegin() : meter.failure()
      if (!gate.isCommitted && gate.judgeResponse(upstreamError)) return
      const refusal = refusalIn(this.#status, meter)
      if (refusal !== null) return this.#fail(refusal)
      if (!meter.whole()) {
        const code = this.#isEventStream ? 'upstream_interrupted' : 'upstream_invalid_answer'
        return this.#failure(callError(code))
      }
      this.#call.passResponse(remainder)
    }
    if (remainder.length > 0) this.#outlet.hold(remainder)
    this.#ended = true
    if (this.#recorded) this.#finishSending()
    else this.#complete()
  }

  #failure(failure: CallError): void {
    const gate = this.#gate
    if (gate.isSuperseded) return
    if (this.#disconnected) return this.#stopDraining()
    // After the event that ends the answer there is nothing left to lose.
    if (this.#completing) return this.#wholeEnd(NOTHING)
    this.#outlet.stopWaiting()
    this.#decoder?.close()
    const ownFault = this.#forwarding.ownFault()
    const error = ownFault ?? failure
    gate.brokenOff ||= ownFault !== null
    if (!this.#outlet.begun) {
      if (gate.judgeFailure(error.code)) return
      return this.#fail(error)
    }
    this.#call.noteResponse(this.#meter.facts())
    this.#breakOff(error)
  }

  /** The head has gone out as a success: tell what can be told, and let no client take this for the end. */
  #breakOff(error: CallError): void {
    const call = this.#call
    const failure = this.#meter.failure()
    call.noteError(failure ?? error)
    const upstreamError = !this.#isEventStream || failure !== null
    const number = this.#forwarding.responses === 'responses' ? this.#meter.eventCount() : null
    const event = upstreamError ? undefined : errorEvent(error, number)
    if (event !== undefined) call.passResponse(event)
    this.#completing = true
    // What it has written is paid for.
    this.#withUsage(() => call.finish('ERROR', () => this.#outlet.abort(event)))
  }

  #stopDraining(): void {
    if (this.#draining !== null) clearTimeout(this.#draining)
    this.supersede()
    // Where its usage is being estimated, the record waits for that.
    if (this.#completing || this.#call.finished) return
    this.#completing = true
    this.#call.noteResponse(this.#meter.facts())
    if (this.#reportedError !== null) this.#call.noteError(this.#reportedError)
    this.#withUsage(() => this.#call.finish(this.#outcomeOfDisconnect()))
  }

  /** Who leaves because it has been told of an error has not cancelled anything. */
  #outcomeOfDisconnect(): 'CANCELLED' | 'ERROR' {
    return this.#reportedError === null ? 'CANCELLED' : 'ERROR'
  }

  #fail(error: CallError): void {
    this.#takeKept()?.release()
    respondWithError(this.#call, this.#exchange, error, 'ERROR')
  }
}

const FAILURES = {
  unreachable: 'upstream_unreachable',
  timeout: 'upstream_timeout',
  interrupted: 'upstream_interrupted',
} as const satisfies Record<TransportError, string>

/** Why a call was cut off, for its log; its caller is not listening. */
const TOO_SLOW = {
  code: 'caller_too_slow',
  message: 'The caller left its answer waiting for longer than this gateway allows, and was cut off.',
}
