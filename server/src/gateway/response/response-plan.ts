// How the answer of an upstream is to be read.
import type { IncomingHttpHeaders } from 'node:http'
import { type CallError, callError } from '../../domain/errors.ts'
import { refusesCredential } from '../../domain/upstreams/failure-class.ts'
import type { Encoding, encodingOf } from '../../http/wire/content-encoding.ts'
import type { Forwarding } from '../attempt/failover.ts'
import { encodedJsonMeter } from '../metering/encoded-json-meter.ts'
import { eventStreamMeter } from '../metering/event-stream-meter.ts'
import { jsonMeter, passThrough, type ResponseMeter } from '../metering/response-meter.ts'
import { errorMeter } from '../metering/upstream-error-meter.ts'

/** How an answer is read. `decoded`: unpacked on its way, since it must be changed, or looked through for secrets. */
export type Plan = { meter: ResponseMeter; isEventStream: boolean; decoded: Encoding | null }

/** Judges an answer by its head: how it is to be read, or why it cannot be the caller's. */
export function planFor(
  forwarding: Forwarding,
  status: number,
  headers: IncomingHttpHeaders,
  encoding: ReturnType<typeof encodingOf>,
  secrets: readonly string[],
): Plan | CallError {
  if (status === 401) return callError('upstream_refused_credential')
  if (status >= 300 && status < 400 && headers.location !== undefined) return callError('upstream_redirected')
  const type = single(headers['content-type']) ?? ''
  const isEventStream = status < 400 && /^text\/event-stream\b/i.test(type)
  if (encoding === 'unknown') return unread(isEventStream)
  if (status >= 400) return { meter: errorMeter(status, secrets), isEventStream, decoded: encoding }
  if (isEventStream) {
    const { responses, hideUsage, metered } = forwarding
    const meter = eventStreamMeter(hideUsage, responses ?? 'other', secrets)
    return { meter, isEventStream, decoded: metered ? encoding : null }
  }
  if (!forwarding.metered) return unread(isEventStream)
  // A page of a proxy on the way, or of a login: SDKs would take it for an answer.
  if (forwarding.responses !== null && /^text\/html\b/i.test(type))
    return callError('upstream_invalid_answer')
  const isJson = /\bjson\b/i.test(type) || (type === '' && forwarding.responses !== null && status !== 204)
  if (!isJson) return unread(isEventStream)
  return { meter: encoding === null ? jsonMeter() : encodedJsonMeter(encoding), isEventStream, decoded: null }
}

function unread(isEventStream: boolean): Plan {
  return { meter: passThrough(), isEventStream, decoded: null }
}

/** What the caller is told instead of an error answer that is about the gateway's credential; null where it is not. */
export function refusalIn(status: number | null, meter: ResponseMeter): CallError | null {
  if (status === null || status < 400 || !refusesCredential(status, meter.failure())) return null
  return callError('upstream_refused_credential')
}

/** The first value of a header; null where it is absent. */
export function single(value: string | string[] | undefined): string | null {
  return (Array.isArray(value) ? value[0] : value) ?? null
}
