// Carries one upstream's answer to the caller, metering on the way.
import type { IncomingHttpHeaders } from 'node:http'
import { type CallError, callError } from '../domain/errors.ts'
import { answerHead } from './answer-head.ts'
import { type AnswerMeter, NOTHING, passThrough } from './answer-meter.ts'
import { planFor, refusalIn, single } from './answer-plan.ts'
import { answerWithError } from './answer-with-error.ts'
import { type Call, printable } from './call.ts'
import { createDecoder, type Decoder, type Encoding, encodingOf } from './encoded-answer.ts'
import { errorEvent } from './error-answer.ts'
import { type AnswerKeeper, createAnswerKeeper } from './estimate/answer-keeper.ts'
import type { Exchange } from './exchange.ts'
import type { Forwarding } from './forward.ts'
import type { Gateway } from './gateway.ts'
import { headersToUpstream } from './headers.ts'
import { type AttemptOwner, AttemptVerdict } from './routing/attempt-verdict.ts'
import type { ToldError } from './told-error.ts'
import type { UpstreamFailure } from './upstream-client.ts'
import { wayTo } from './way.ts'

/** What the attempt under way is told of the caller. */
export type AnswerRelay = {
  onDrain(): void
  onGone(): void
  /** The caller's key was stopped: false where the answer can no longer be cut. */
  cut(error: CallError): boolean
  /** No head is waited for any longer. */
  onLate(): void
}

/**
 * Sends the request and returns; the call is finished by what happens: an end, a failure, or the caller leaving. Where there
 * are other ways, nothing of a stream goes out before its first event, which may tell of an error.
 */
export function relayAnswer(
  gateway: Gateway,
  call: Call,
  exchange: Exchange,
  forwarding: Forwarding,
  owner: AttemptOwner,
): AnswerRelay {
  const { hideUsage } = forwarding
  const { upstream } = forwarding.route
  const way = wayTo(upstream)
  call.capture?.hide(way.secrets)
  let meter: AnswerMeter = passThrough()
  let decoder: Decoder | null = null
  let status: number | null = null
  let isEventStream = false
  let gone = false
  // The error within its answer that the caller had been told of when it left.
  let toldOf: ToldError | null = null
  // What would make the answer whole for its caller waits here until the record is safe.
  let held: Buffer[] = []
  let head: Record<string, string | string[]> | null = null
  let recorded = false
  let ended = false
  let completing = false
  let kept: AnswerKeeper | null = null
  let draining: NodeJS.Timeout | null = null
  let slow: NodeJS.Timeout | null = null

  const verdict = new AttemptVerdict(owner, () => {
    upstreamCall.abort()
    decoder?.close()
  })

  const upstreamCall = gateway.client.send(
    {
      baseUrl: upstream.baseUrl,
      method: exchange.method,
      path: exchange.path.slice('/v1'.length) + exchange.query,
      headers: headersToUpstream(exchange.headers, way.headers, forwarding.metered),
      body: forwarding.body,
      bodyBytes: forwarding.bodyBytes,
      via: way.via,
    },
    {
      onHead,
      onChunk: (chunk) => (decoder === null ? onChunk(chunk) : decoder.write(chunk)),
      onEnd: () => (decoder === null ? onEnd() : decoder.end()),
      onFailure: (failure, begun) => {
        verdict.wasSent = begun
        onFailure(callError(FAILURES[failure]))
      },
    },
  )

  function onHead(answerStatus: number, headers: IncomingHttpHeaders): void {
    call.note({ upstreamRequestId: printable(single(headers['x-request-id']), 128) })
    const encoding = encodingOf(single(headers['content-encoding']))
    const plan = planFor(forwarding, answerStatus, headers, encoding, way.secrets)
    if ('httpStatus' in plan) {
      upstreamCall.abort()
      if (verdict.byHead(plan.code, answerStatus, headers)) return
      return fail(plan)
    }
    status = answerStatus
    meter = plan.meter
    isEventStream = plan.isEventStream
    if (plan.decoded !== null) decoder = decode(plan.decoded)
    const readable = encoding === null || plan.decoded !== null
    if (status < 400 && forwarding.estimable && meter.reads && readable) kept = createAnswerKeeper()
    if (isEventStream) call.note({ streamed: true })
    call.note({ httpStatus: status })
    const changed = plan.decoded !== null || (isEventStream && hideUsage) || status >= 400
    head = answerHead(call, status, headers, { isEventStream, changed, secrets: way.secrets })
    if (plan.decoded !== null) delete head['content-encoding']
    call.capture?.beginResponse(head)
    // The first event may take long; of any other answer nothing goes out before its second chunk or its end.
    verdict.onHead(status, headers, isEventStream)
    if (isEventStream && verdict.isGiven) sendHead()
  }

  /** What a stream tells in its first event; after another one it may have cost something. */
  function errorAtBegin(): ToldError | null {
    return isEventStream && meter.eventCount() === 1 ? meter.failure() : null
  }

  function decode(encoding: Encoding): Decoder {
    return createDecoder(encoding, {
      onChunk,
      onEnd,
      onBroken: () => {
        upstreamCall.abort()
        onFailure(callError('upstream_invalid_answer'))
      },
      onWanting: () => upstreamCall.resume(),
    })
  }

  function sendHead(): void {
    if (head !== null && status !== null) exchange.sendHead(status, head)
    head = null
  }

  function onChunk(chunk: Buffer): boolean {
    if (verdict.isTakenOver) return true
    kept?.add(chunk)
    const out = meter.pass(chunk)
    // For a caller that has left no other way is gone.
    if (!verdict.isGiven && !gone && out.length > 0 && verdict.byAnswer(errorAtBegin())) return true
    if (isEventStream && meter.started()) call.noteFirstToken()
    if (gone || out.length === 0) return true
    call.passResponse(out)
    held.push(out)
    // Events go on as they come, up to the one that ends the answer; of any other answer, the newest chunk may be the last.
    if (meter.ended()) {
      complete()
      // The upstream waits for the record, too: it might go on for ever.
      if (!recorded) return false
    }
    const fast = release(isEventStream ? 0 : 1)
    // A caller that leaves it waiting for too long holds a place at the upstream, too.
    if (!fast) slow ??= setTimeout(onSlow, gateway.callerIdleMs)
    return fast
  }

  function resume(): void {
    decoder?.resume()
    upstreamCall.resume()
  }

  function onDrain(): void {
    stopWaiting()
    resume()
  }

  function onSlow(): void {
    call.noteError(TOO_SLOW)
    exchange.cut()
    onGone()
  }

  function stopWaiting(): void {
    if (slow !== null) clearTimeout(slow)
    slow = null
  }

  /** The answer is whole. Its record is safe before its last byte goes out: an answered call is never missing. */
  function complete(): void {
    if (completing) return
    completing = true
    call.noteAnswer(meter.facts())
    const failure = meter.failure()
    if (failure !== null) call.noteError(failure)
    withUsage(() => {
      if (gone) return call.finish(outcomeOfGone())
      call.finish(failure === null ? 'SUCCESS' : 'ERROR', () => {
        recorded = true
        if (gone) return
        if (ended) return finishSending()
        release(0)
        resume()
      })
    })
  }

  /** Goes on at once where the usage is known or cannot be estimated; else once the estimate is there. */
  function withUsage(then: () => void): void {
    const answer = meter.facts().usage === null ? (kept?.text() ?? null) : null
    if (answer === null || !Buffer.isBuffer(forwarding.body)) return then()
    const request = forwarding.body.toString('utf8')
    gateway.estimator.estimate({ request, answer, isEventStream }).then((usage) => {
      if (usage !== null) call.note({ ...usage, usageSource: 'ESTIMATED' })
      then()
    })
  }

  function finishSending(): void {
    stopWaiting()
    release(1)
    const last = held.shift()
    // An error answer may have been changed, and is here whole.
    if (head !== null && meter.failure() !== null) head['content-length'] = String(last?.length ?? 0)
    sendHead()
    exchange.end(last)
  }

  /** Sends what is held, but for the newest `keep` chunks. False: the caller reads slowly. */
  function release(keep: number): boolean {
    let fast = true
    while (held.length > keep) {
      sendHead()
      fast = exchange.sendChunk(held.shift() ?? NOTHING)
    }
    return fast
  }

  function onEnd(): void {
    const rest = meter.end()
    if (meter.settle === null) onWholeEnd(rest)
    else meter.settle(() => onWholeEnd(rest))
  }

  function onWholeEnd(rest: Buffer): void {
    if (verdict.isTakenOver) return
    if (gone) return stopDraining()
    if (!completing) {
      if (!verdict.isGiven && verdict.byAnswer(isEventStream ? errorAtBegin() : meter.failure())) return
      const refusal = refusalIn(status, meter)
      if (refusal !== null) return fail(refusal)
      if (!meter.whole())
        return onFailure(callError(isEventStream ? 'upstream_interrupted' : 'upstream_invalid_answer'))
      call.passResponse(rest)
    }
    if (rest.length > 0) held.push(rest)
    ended = true
    if (recorded) finishSending()
    else complete()
  }

  function onFailure(failure: CallError): void {
    if (verdict.isTakenOver) return
    if (gone) return stopDraining()
    // After the event that ends the answer there is nothing left to lose.
    if (completing) return onWholeEnd(NOTHING)
    stopWaiting()
    decoder?.close()
    const error = forwarding.ownFault() ?? failure
    verdict.brokenOff ||= forwarding.ownFault() !== null
    if (status === null || head !== null) {
      if (verdict.byFailure(error.code)) return
      return fail(error)
    }
    call.noteAnswer(meter.facts())
    breakOff(error)
  }

  /** The head has gone out as a success: tell what can be told, and let no client take this for the end. */
  function breakOff(error: CallError): void {
    call.noteError(meter.failure() ?? error)
    const told = !isEventStream || meter.failure() !== null
    const number = forwarding.answers === 'responses' ? meter.eventCount() : null
    const event = told ? undefined : errorEvent(error, number)
    if (event !== undefined) call.passResponse(event)
    completing = true
    // What it has written is paid for.
    withUsage(() =>
      call.finish('ERROR', () => {
        release(0)
        exchange.cut(event)
      }),
    )
  }

  /** The caller's key was stopped: nothing more passes either way, and what the answer has cost so far is in its record. */
  function cut(error: CallError): boolean {
    if (completing) return false
    verdict.forget()
    upstreamCall.abort()
    if (gone) stopDraining()
    else {
      stopWaiting()
      decoder?.close()
      held = []
      if (status === null || head !== null) fail(error)
      else {
        completing = true
        call.noteAnswer(meter.facts())
        breakOff(error)
      }
    }
    return true
  }

  /**
   * The caller has left. An upstream that is in the middle of a stream is read on for a while, since what it has done is
   * paid for and only its end tells how much that was; anything else is broken off.
   */
  function onGone(): void {
    if (gone) return
    gone = true
    if (verdict.isGiven) toldOf = meter.failure()
    held = []
    stopWaiting()
    verdict.forget()
    const worthReading =
      isEventStream && forwarding.metered && meter.facts().usage === null && gateway.drainMs > 0
    if (completing || call.finished || !worthReading) return stopDraining()
    draining = setTimeout(stopDraining, gateway.drainMs)
    resume()
  }

  function stopDraining(): void {
    if (draining !== null) clearTimeout(draining)
    upstreamCall.abort()
    decoder?.close()
    // Where its usage is being estimated, the record waits for that.
    if (completing || call.finished) return
    completing = true
    call.noteAnswer(meter.facts())
    if (toldOf !== null) call.noteError(toldOf)
    withUsage(() => call.finish(outcomeOfGone()))
  }

  /** Who leaves because it has been told of an error has not cancelled anything. */
  function outcomeOfGone(): 'CANCELLED' | 'ERROR' {
    return toldOf === null ? 'CANCELLED' : 'ERROR'
  }

  function onLate(): void {
    if (status !== null || gone || call.finished) return
    verdict.brokenOff = true
    upstreamCall.abort()
    onFailure(callError('upstream_timeout'))
  }

  function fail(error: CallError): void {
    answerWithError(call, exchange, error, 'ERROR')
  }

  return { onDrain, onGone, cut, onLate }
}

const FAILURES = {
  unreachable: 'upstream_unreachable',
  timeout: 'upstream_timeout',
  interrupted: 'upstream_interrupted',
} as const satisfies Record<UpstreamFailure, string>

/** Why a call was cut off, for its log; its caller is not listening. */
const TOO_SLOW = {
  code: 'caller_too_slow',
  message: 'The caller left its answer waiting for longer than this gateway allows, and was cut off.',
}
