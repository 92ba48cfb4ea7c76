// The response of an upstream, and how it is to be read: decided by its head.
import type { IncomingHttpHeaders } from 'node:http'
import { type CallError, callError } from '../../domain/errors.ts'
import { refusesCredential } from '../../domain/upstreams/failure-class.ts'
import type { UpstreamError } from '../../domain/upstreams/parse-upstream-error.ts'
import { type Encoding, encodingOf } from '../../http/wire/content-encoding.ts'
import type { OutboundCall } from '../attempt/outbound-call.ts'
import { isPageType } from '../metering/error-page.ts'
import { eventStreamMeter } from '../metering/event-stream-meter.ts'
import {
  heardPassThrough,
  jsonMeter,
  passThrough,
  type ResponseMeter,
  searchedPassThrough,
} from '../metering/response-meter.ts'
import { errorMeter } from '../metering/upstream-error-meter.ts'

export class UpstreamResponse {
  /** 0 before there is a head. */
  readonly status: number
  readonly headers: IncomingHttpHeaders | null
  readonly isEventStream: boolean
  readonly meter: ResponseMeter
  /** The encoding that is taken off, since the response must be changed or searched for secrets; null: none. */
  readonly decoded: Encoding | null
  /** Without reported usage, the usage may be estimated from the bytes. */
  readonly isEstimable: boolean

  constructor(
    status: number,
    headers: IncomingHttpHeaders | null,
    isEventStream: boolean,
    meter: ResponseMeter,
    decoded: Encoding | null,
    isEstimable: boolean,
  ) {
    this.status = status
    this.headers = headers
    this.isEventStream = isEventStream
    this.meter = meter
    this.decoded = decoded
    this.isEstimable = isEstimable
  }

  /** The error of a stream that begins with one; after another event the stream may have cost something. */
  firstEventError(): UpstreamError | null {
    return this.isEventStream && this.meter.eventCount() === 1 ? this.meter.failure() : null
  }

  /** The error by which the response is judged at its end, while nothing was sent to the client. */
  errorAtEnd(): UpstreamError | null {
    return this.isEventStream ? this.firstEventError() : this.meter.failure()
  }

  /** What the client gets in place of an error response that is about the gateway's credential; null where it is not. */
  credentialRefusal(): CallError | null {
    const { status } = this
    if (status < 400 || !refusesCredential(status, this.meter.failure())) return null
    return callError('upstream_refused_credential')
  }
}

/** The response before its head has come: nothing passes, and nothing is known. */
export const NO_RESPONSE = new UpstreamResponse(0, null, false, passThrough(), null, false)

/** Judges a response by its head: how it is to be read, or why it cannot be the client's. */
export function readHead(
  { metered, responses, isContent, hideUsage, estimable, binder, route }: OutboundCall,
  status: number,
  headers: IncomingHttpHeaders,
  secrets: readonly string[],
): UpstreamResponse | CallError {
  if (status === 401 && route.hasClientSecret !== true) return callError('upstream_refused_credential')
  if (status >= 300 && status < 400 && headers.location !== undefined) return callError('upstream_redirected')
  const encoding = encodingOf(single(headers['content-encoding']))
  const type = single(headers['content-type']) ?? ''
  if (status >= 400 && isPageType(type))
    return new UpstreamResponse(status, headers, false, errorMeter(status, secrets, true), null, false)
  const isEventStream = status < 400 && /^text\/event-stream\b/i.test(type)
  if (encoding === 'unknown')
    return new UpstreamResponse(status, headers, isEventStream, passThrough(), null, false)
  if (status >= 400)
    return new UpstreamResponse(
      status,
      headers,
      isEventStream,
      errorMeter(status, secrets, false),
      encoding,
      false,
    )
  if (isEventStream) {
    const meter = eventStreamMeter(hideUsage, responses ?? 'other', secrets, binder)
    const decoded = metered ? encoding : null
    const isReadable = encoding === null || decoded !== null
    return new UpstreamResponse(status, headers, true, meter, decoded, estimable && isReadable)
  }
  // A page of a proxy in between, or of a login: SDKs would take it for a response.
  if (isContent !== true && isPageType(type)) return callError('upstream_invalid_answer')
  const isJson = /\bjson\b/i.test(type)
  if (!metered && binder !== null && isJson)
    return new UpstreamResponse(status, headers, false, heardPassThrough(secrets, binder), encoding, false)
  if (!metered || !(isJson || (type === '' && responses !== null && status !== 204))) {
    const meter = isJson && encoding === null ? searchedPassThrough(secrets) : passThrough()
    return new UpstreamResponse(status, headers, false, meter, null, false)
  }
  return new UpstreamResponse(status, headers, false, jsonMeter(secrets, binder), encoding, estimable)
}

/** The first value of a header; null where it is absent. */
export function single(value: string | string[] | undefined): string | null {
  return (Array.isArray(value) ? value[0] : value) ?? null
}
