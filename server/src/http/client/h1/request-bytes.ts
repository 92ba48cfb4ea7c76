// Writes a request's head, for the requests that the lean client takes.
import { isIdempotent, type UpstreamRequest } from '../upstream-client.ts'
import type { Origin } from './origin.ts'

/** A request as it is written to the connection. */
export type RequestBytes = {
  /** Its head, in latin1, with the empty line. */
  head: string
  body: Buffer | null
  /** Its response has no body, whatever its head says. */
  toHead: boolean
  /** It may be sent twice (RFC 9110 §9.2.2). */
  idempotent: boolean
}

const WITH_BODY = new Set(['POST', 'PUT', 'PATCH'])
const WITHOUT_BODY = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS'])
// Of the connection or the framing, which are this client's; a request with one of them needs another client.
const NOT_OURS = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])
// RFC 9110 §5.5 and §5.6.2; latin1, so that a character is a byte.
const BAD_VALUE = /[^\t\x20-\x7e\x80-\xff]/
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const PATH = /^\/[\x21-\x7e\x80-\xff]*$/

/** Null for a request that another client must take: a stream, an unusual method, or a header that this one must not send. */
export function requestBytes(origin: Origin, request: UpstreamRequest): RequestBytes | null {
  const { method, body, bodyBytes } = request
  if (body !== null && !Buffer.isBuffer(body)) return null
  if (bodyBytes !== null && bodyBytes !== (body?.length ?? 0)) return null
  const length = body?.length ?? 0
  const takesBody = WITH_BODY.has(method)
  if (!takesBody && (length > 0 || !WITHOUT_BODY.has(method))) return null
  const path = origin.prefix + request.path
  if (!PATH.test(path)) return null
  let head = `${method} ${path} HTTP/1.1\r\nhost: ${origin.host}\r\nconnection: keep-alive\r\n`
  for (const name in request.headers) {
    const value = request.headers[name]
    if (value === undefined) continue
    if (NOT_OURS.has(name.toLowerCase()) || !NAME.test(name)) return null
    if (typeof value === 'string') {
      if (BAD_VALUE.test(value)) return null
      head += `${name}: ${value}\r\n`
      continue
    }
    for (const one of value) {
      if (BAD_VALUE.test(one)) return null
      head += `${name}: ${one}\r\n`
    }
  }
  return {
    head: takesBody ? `${head}content-length: ${length}\r\n\r\n` : `${head}\r\n`,
    body: length > 0 ? body : null,
    toHead: method === 'HEAD',
    idempotent: isIdempotent(method),
  }
}
