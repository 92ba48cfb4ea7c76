// Forwards a call to its upstream and its answer to the caller, metering on the way.
import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import { type CallError, callError } from '../domain/errors.ts'
import { type AnswerMeter, eventStreamMeter, jsonMeter, passThrough } from './answer-meter.ts'
import { answerWithError } from './answer-with-error.ts'
import { type Call, printable } from './call.ts'
import { errorEvent } from './error-answer.ts'
import type { Exchange } from './exchange.ts'
import type { Gateway } from './gateway.ts'
import { headersToCaller, headersToUpstream } from './headers.ts'
import type { Route } from './routes.ts'
import type { UpstreamFailure } from './upstream-client.ts'

export type Forwarding = {
  route: Route
  body: Buffer | Readable | null
  bodyBytes: number | null
  /** Read usage off the answer. */
  metered: boolean
  /** The gateway asked for the usage chunk, so the caller must not see it. */
  hideUsage: boolean
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
  exchange.onGone(() => {
    upstreamCall.abort()
    call.noteAnswer(meter.facts())
    call.finish('CANCELLED')
  })

  function onHead(answerStatus: number, headers: IncomingHttpHeaders): void {
    call.note({ upstreamRequestId: printable(single(headers['x-request-id']), 128) })
    if (answerStatus === 401) {
      upstreamCall.abort()
      return fail(callError('upstream_refused_credential'))
    }
    status = answerStatus
    const type = single(headers['content-type']) ?? ''
    isEventStream = /^text\/event-stream\b/i.test(type)
    meter = meterFor(forwarding, headers, isEventStream)
    if (status >= 400) errorBytes = Buffer.alloc(0)
    if (isEventStream) call.note({ streamed: true })
    call.note({ httpStatus: status })
    exchange.sendHead(status, {
      ...headersToCaller(headers, !(isEventStream && hideUsage)),
      ...(isEventStream ? STREAM_HEADERS : {}),
      ...(status >= 400 ? { 'x-latchkey-error-source': 'upstream' } : {}),
      ...(headers['openai-processing-ms'] === undefined
        ? { 'openai-processing-ms': String(Math.round(call.elapsedMs())) }
        : {}),
      'x-request-id': call.id,
    })
  }

  function onChunk(chunk: Buffer): boolean {
    if (errorBytes !== null && errorBytes.length < ERROR_READ_MAX_BYTES)
      errorBytes = Buffer.concat([errorBytes, chunk])
    const out = meter.pass(chunk)
    if (isEventStream && meter.started()) call.noteFirstToken()
    if (out.length === 0) return true
    call.countResponseBytes(out.length)
    return exchange.sendChunk(out)
  }

  function onEnd(): void {
    const rest = meter.end()
    call.countResponseBytes(rest.length)
    call.noteAnswer(meter.facts())
    if (errorBytes !== null) call.noteError(errorOf(errorBytes, status))
    // The record is safe before the last byte goes out: an answered call is never missing.
    call.finish(errorBytes === null ? 'SUCCESS' : 'ERROR', () => exchange.end(rest))
  }

  function onFailure(failure: UpstreamFailure): void {
    if (call.finished) return
    const error = forwarding.ownFault() ?? callError(FAILURES[failure])
    if (status === null) return fail(error)
    // The head has gone out as a success: tell what can be told, and let no client take this for the end.
    call.noteAnswer(meter.facts())
    call.noteError(error)
    const event = isEventStream ? errorEvent(error, exchange.path === '/v1/responses') : undefined
    call.countResponseBytes(event?.length ?? 0)
    call.finish('ERROR', () => exchange.cut(event))
  }

  function fail(error: CallError): void {
    answerWithError(call, exchange, error, 'ERROR')
  }
}

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

/** What an upstream's error answer says, for the log. */
function errorOf(bytes: Buffer, status: number | null): { code: string; message: string | null } {
  const fallback = { code: `upstream_${status ?? 'error'}`, message: null }
  try {
    const { error } = JSON.parse(bytes.toString('utf8')) as {
      error?: { code?: unknown; type?: unknown; message?: unknown }
    }
    const code = [error?.code, error?.type].find((name) => typeof name === 'string')
    return {
      code: typeof code === 'string' ? code : fallback.code,
      message: typeof error?.message === 'string' ? error.message : null,
    }
  } catch {
    return fallback
  }
}

function single(value: string | string[] | undefined): string | null {
  return (Array.isArray(value) ? value[0] : value) ?? null
}
