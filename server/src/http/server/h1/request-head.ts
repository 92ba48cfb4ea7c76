// Parses the head of a request in the narrow grammar of the fast lane. Whatever differs in any detail is left to node:http,
// so that no byte is read by two grammars.
import type { IncomingHttpHeaders } from 'node:http'
import { WIRE_ROOT } from '../../../domain/endpoints/endpoints.ts'
import { rememberNames } from '../../wire/header-name-cache.ts'

export type RequestHead = {
  /** Starts with `/v1/`; letters, digits and `/_.-` alone. */
  path: string
  /** With its question mark, or empty. */
  query: string
  /** As node:http would give them; no name came twice. */
  headers: IncomingHttpHeaders
  contentLength: number
  /** The length of the head, with its blank line: where the body begins. */
  bytes: number
}

// SDKs send 600 to 1,200 bytes; a longer head is rare, and can be read by node:http.
const HEAD_MAX_BYTES = 4_096

const HEAD_END = Buffer.from('\r\n\r\n')

// RFC 9112 §3; of the query, what RFC 3986 §3.4 allows.
const REQUEST_LINE = new RegExp(
  String.raw`POST (${WIRE_ROOT}/[\w/.-]+)(\?[\w~!$&'()*+,;=:@/?%.-]*)? HTTP/1\.1\r\n`,
  'y',
)

// RFC 9110 §5.5 and §5.6.2, without tabs and bytes past ASCII. A folded line, a bare CR or LF and a space before the colon
// do not match.
const HEADER_LINES = /(?:[\w!#$%&'*+.^`|~-]+: *(?:[\x21-\x7e]+(?: +[\x21-\x7e]+)*)? *\r\n)*/y
const SPACE = 0x20

// These change how a message or its connection is read, or node:http gives their values another shape.
const NOT_TAKEN = new Set([
  'transfer-encoding',
  'te',
  'trailer',
  'expect',
  'upgrade',
  'http2-settings',
  'proxy-connection',
  'set-cookie',
])

const takenName = rememberNames((sent) => {
  const name = sent.toLowerCase()
  return NOT_TAKEN.has(name) ? null : name
})

/**
 * Parses the head that these bytes begin with: a JSON `POST` under `/v1/` with one Host, one Content-Length, and a connection
 * that is kept alive. Null where they begin with anything else, or with less than a whole head.
 */
export function readRequestHead(bytes: Buffer): RequestHead | null {
  const end = bytes.indexOf(HEAD_END)
  if (end === -1 || end + HEAD_END.length > HEAD_MAX_BYTES) return null
  const text = bytes.toString('latin1', 0, end + 2)
  REQUEST_LINE.lastIndex = 0
  const line = REQUEST_LINE.exec(text)
  if (line === null) return null
  const headers = readHeaders(text, REQUEST_LINE.lastIndex)
  if (headers === null) return null
  const contentLength = lengthOf(headers)
  if (contentLength === null || !isTaken(headers)) return null
  return { path: line[1] ?? '', query: line[2] ?? '', headers, contentLength, bytes: end + HEAD_END.length }
}

function readHeaders(text: string, start: number): IncomingHttpHeaders | null {
  HEADER_LINES.lastIndex = start
  if (!HEADER_LINES.test(text) || HEADER_LINES.lastIndex !== text.length) return null
  const headers: IncomingHttpHeaders = {}
  for (let at = start; at < text.length; ) {
    const colon = text.indexOf(':', at)
    const lineEnd = text.indexOf('\r\n', colon)
    const name = takenName(text.slice(at, colon))
    // Also true for names that every object inherits, which node:http takes for a header that came before.
    if (name === null || name in headers) return null
    let from = colon + 1
    let to = lineEnd
    while (from < to && text.charCodeAt(from) === SPACE) from++
    while (from < to && text.charCodeAt(to - 1) === SPACE) to--
    headers[name] = text.slice(from, to)
    at = lineEnd + 2
  }
  return headers
}

function isTaken(headers: IncomingHttpHeaders): boolean {
  const { host, connection, 'content-type': type } = headers
  if (host === undefined || host === '') return false
  if (connection !== undefined && connection.toLowerCase() !== 'keep-alive') return false
  return type !== undefined && /^application\/json *(;|$)/i.test(type)
}

function lengthOf(headers: IncomingHttpHeaders): number | null {
  const length = headers['content-length']
  return length !== undefined && /^(0|[1-9]\d{0,9})$/.test(length) ? Number(length) : null
}
