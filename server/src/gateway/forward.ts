// Forwards a call to its upstream and its answer to the caller, metering on the way.
import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import { type CallError, callError } from '../domain/errors.ts'
import { type AnswerMeter, eventStreamMeter, jsonMeter, passThrough } from './answer-meter.ts'
import { answerWithError } from './answer-with-error.ts'
import { type Call, printable } from './call.ts'
import { errorEvent } from './error-answer.ts'
import { type AnswerKeeper, createAnswerKeeper } from './estimate/answer-keeper.ts'
import type { Exchange } from './exchange.ts'
import type { Gateway } from './gateway.ts'
import { headersToCaller, headersToUpstream } from './headers.ts'
import type { Route } from './routes.ts'
import type { UpstreamFailure } from './upstream-client.ts'
import { upstreamErrorOf } from './upstream-error.ts'

export type Forwarding = {
  route: Route
  body: Buffer | Readable | null
  bodyBytes: number | null
  /** Read usage off the answer. */
  metered: boolean
  /** The gateway asked for the usage chunk, so the caller must not see it. */
  hideUsage: boolean
  /** A model writes text here: where its upstream tells no usage, it can be estimated from the bodies. */
  estimable: boolean
  /** Where the gateway itself broke the request off: why. */
  ownFault(): CallError | null
}

// An error answer longer than this is passed on all the same, but not read for the log.
const ERROR_READ_MAX_BYTES = 64 * 1024

/** Starts forwarding and returns; the call is finished by what happens: an end, a failure, or the caller leaving. */
export function forward(gateway: Gateway, call: Call, exchange: Exchange, forwarding: Forwarding): void {
  const { route, hideUsage } = forwarding
  const { upstream } = route
  call.note({ upstream: upstream.name, resolvedModel: printable(route.model, 256) })
  gateway.open(call.opened())
  let meter: AnswerMeter = passThrough()
  let errorBytes: Buffer | null = null
  let status: number | null = null
  let isEventStream = false
  let gone = false
  // What would make the answer whole for its caller waits here until the record is safe.
  let held: Buffer[] = []
  let head: Record<string, string | string[]> | null = null
  let recorded = false
  let ended = false
  let completing = false
  let kept: AnswerKeeper | null = null
  let draining: NodeJS.Timeout | null = null

  const upstreamCall = gateway.client.send(
    {
      baseUrl: upstream.baseUrl,
      method: exchange.method,
      path: exchange.path.slice('/v1'.length) + exchange.query,
      headers: headersToUpstream(exchange.headers, upstream.credential, forwarding.metered),
      body: forwarding.body,
      bodyBytes: forwarding.bodyBytes,
    },
    { onHead, onChunk, onEnd, onFailure },
  )
  exchange.onDrain(() => upstreamCall.resume())
  exchange.onGone(onGone)

  function onHead(answerStatus: number, headers: IncomingHttpHeaders): void {
    call.note({ upstreamRequestId: printable(single(headers['x-request-id']), 128) })
    if (answerStatus === 401) {
      upstreamCall.abort()
      return fail(callError('upstream_refused_credential'))
    }
    if (answerStatus >= 300 && answerStatus < 400 && headers.location !== undefined) {
      upstreamCall.abort()
      return fail(callError('upstream_redirected'))
    }
    status = answerStatus
    const type = single(headers['content-type']) ?? ''
    isEventStream = /^text\/event-stream\b/i.test(type)
    meter = meterFor(forwarding, headers, isEventStream)
    if (status >= 400) errorBytes = Buffer.alloc(0)
    else if (forwarding.estimable && meter.reads) kept = createAnswerKeeper()
    if (isEventStream) call.note({ streamed: true })
    call.note({ httpStatus: status })
    head = {
      ...headersToCaller(headers, !(isEventStream && hideUsage)),
      ...(isEventStream ? STREAM_HEADERS : {}),
      ...(status >= 400 ? { 'x-latchkey-error-source': 'upstream' } : {}),
      ...(headers['openai-processing-ms'] === undefined
        ? { 'openai-processing-ms': String(Math.round(call.elapsedMs())) }
        : {}),
      'x-request-id': call.id,
    }
    // The first event may take long; of any other answer nothing goes out before its second chunk or its end.
    if (isEventStream) sendHead()
  }

  function sendHead(): void {
    if (head !== null && status !== null) exchange.sendHead(status, head)
    head = null
  }

  function onChunk(chunk: Buffer): boolean {
    if (errorBytes !== null && errorBytes.length < ERROR_READ_MAX_BYTES)
      errorBytes = Buffer.concat([errorBytes, chunk])
    kept?.add(chunk)
    const out = meter.pass(chunk)
    if (isEventStream && meter.started()) call.noteFirstToken()
    if (gone || out.length === 0) return true
    call.countResponseBytes(out.length)
    held.push(out)
    // Events go on as they come, up to the one that ends the answer; of any other answer, the newest chunk may be the last.
    if (!isEventStream) return release(1)
    if (!meter.ended()) return release(0)
    complete()
    return true
  }

  /** The answer is whole. Its record is safe before its last byte goes out: an answered call is never missing. */
  function complete(): void {
    if (completing) return
    completing = true
    call.noteAnswer(meter.facts())
    if (errorBytes !== null) call.noteError(upstreamErrorOf(errorBytes, status, upstream.credential))
    withUsage(() => {
      call.finish(errorBytes === null ? 'SUCCESS' : 'ERROR', () => {
        recorded = true
        if (!ended) release(0)
        else finishSending()
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
    release(1)
    sendHead()
    exchange.end(held.shift())
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
    if (gone) return stopDraining()
    if (rest.length > 0) held.push(rest)
    if (!completing) call.countResponseBytes(rest.length)
    ended = true
    if (recorded) finishSending()
    else complete()
  }

  function onFailure(failure: UpstreamFailure): void {
    if (gone) return stopDraining()
    // After the event that ends the answer there is nothing left to lose.
    if (completing || call.finished) return onEnd()
    const error = forwarding.ownFault() ?? callError(FAILURES[failure])
    if (status === null || head !== null) return fail(error)
    // The head has gone out as a success: tell what can be told, and let no client take this for the end.
    call.noteAnswer(meter.facts())
    call.noteError(error)
    const event = isEventStream ? errorEvent(error, exchange.path === '/v1/responses') : undefined
    call.countResponseBytes(event?.length ?? 0)
    call.finish('ERROR', () => {
      release(0)
      exchange.cut(event)
    })
  }

  /**
   * The caller has left. An upstream that is in the middle of a stream is read on for a while, since what it has done is
   * paid for and only its end tells how much that was; anything else is broken off.
   */
  function onGone(): void {
    gone = true
    held = []
    const worthReading =
      isEventStream && forwarding.metered && meter.facts().usage === null && gateway.drainMs > 0
    if (call.finished || !worthReading) return stopDraining()
    draining = setTimeout(stopDraining, gateway.drainMs)
    upstreamCall.resume()
  }

  function stopDraining(): void {
    if (draining !== null) clearTimeout(draining)
    upstreamCall.abort()
    if (completing || call.finished) return call.finish('CANCELLED')
    completing = true
    call.noteAnswer(meter.facts())
    withUsage(() => call.finish('CANCELLED'))
  }

  function fail(error: CallError): void {
    answerWithError(call, exchange, error, 'ERROR')
  }
}

const NOTHING = Buffer.alloc(0)

const FAILURES = {
  unreachable: 'upstream_unreachable',
  timeout: 'upstream_timeout',
  interrupted: 'upstream_interrupted',
} as const satisfies Record<UpstreamFailure, string>

// No proxy between the gateway and the caller may hold events back.
const STREAM_HEADERS = { 'cache-control': 'no-cache', 'x-accel-buffering': 'no' }

function meterFor(forwarding: Forwarding, headers: IncomingHttpHeaders, isEventStream: boolean): AnswerMeter {
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') return passThrough()
  if (isEventStream) return eventStreamMeter(forwarding.hideUsage)
  const isJson = /\bjson\b/i.test(single(headers['content-type']) ?? '')
  return isJson && forwarding.metered ? jsonMeter() : passThrough()
}

function single(value: string | string[] | undefined): string | null {
  return (Array.isArray(value) ? value[0] : value) ?? null
}
