// The bytes of a response as node:http would write them: the head, and the framing of what follows it.
import { STATUS_CODES } from 'node:http'

/** How the end of a response is found: by its length, by its last chunk, or by there being no body (RFC 9112 §6.3). */
export type Framing = { kind: 'length'; bytes: number } | { kind: 'chunked' } | { kind: 'none' }

export type ResponseHead = { text: string; framing: Framing }

export type ResponseHeaders = Record<string, string | string[]>

// RFC 9110 §5.5 and §5.6.2. Values come from upstreams, and one with a line end would begin a header or a response.
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/
const CR = 0x0d
const LF = 0x0a
const NAME = /^[\w!#$%&'*+.^`|~-]+$/

// The largest that 32-bit shifts can write in hex.
const PLAIN_CHUNK_MAX_BYTES = 0xffffff

/** Header lines of every response, before and after its own. */
export type FixedLines = { first: string; last: string }

/**
 * Writes a head, in latin1. Throws, as node:http does, a TypeError for a header that would not stay within its line, and a
 * RangeError for a number that is no status.
 */
export function responseHead(
  status: number,
  headers: ResponseHeaders,
  { first, last }: FixedLines,
): ResponseHead {
  if (!(status >= 100 && status <= 999)) throw new RangeError(`not a status: ${status}`)
  let text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'unknown'}\r\n${first}${headerLines(headers)}`
  if (headers.date === undefined) text += dateLine()
  text += last
  if (status === 204 || status === 304) return { text: `${text}\r\n`, framing: { kind: 'none' } }
  const length = headers['content-length']
  if (length === undefined)
    return { text: `${text}Transfer-Encoding: chunked\r\n\r\n`, framing: { kind: 'chunked' } }
  return { text: `${text}\r\n`, framing: { kind: 'length', bytes: Number(length) } }
}

/** Header lines, each with its line end; a list of values makes one line each. */
export function headerLines(headers: ResponseHeaders): string {
  let lines = ''
  for (const name in headers) {
    const value = headers[name]
    if (value === undefined) continue
    if (!NAME.test(name)) throw new TypeError(`not the name of a header: ${JSON.stringify(name)}`)
    if (typeof value === 'string') lines += headerLine(name, value)
    else for (const each of value) lines += headerLine(name, each)
  }
  return lines
}

/** The Connection and Keep-Alive lines of a response: kept for so long, or closed. */
export function connectionLines(keepAliveMs: number | null): string {
  if (keepAliveMs === null) return 'Connection: close\r\n'
  return `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(keepAliveMs / 1_000)}\r\n`
}

/** One piece of a response as one write: the unsent head, the chunk in its frame, and the terminator after the last. */
export function frame(head: string, chunk: Buffer, framing: Framing, isLast: boolean): Buffer {
  const isInMiddle = framing.kind === 'chunked' && head === '' && !isLast
  if (isInMiddle && chunk.length > 0 && chunk.length <= PLAIN_CHUNK_MAX_BYTES) return chunkFrame(chunk)
  let before = head
  let after = ''
  if (framing.kind === 'chunked') {
    if (chunk.length > 0) before += `${chunk.length.toString(16)}\r\n`
    after = `${chunk.length > 0 ? '\r\n' : ''}${isLast ? '0\r\n\r\n' : ''}`
  }
  if (before === '' && after === '') return chunk
  const bytes = Buffer.allocUnsafe(before.length + chunk.length + after.length)
  bytes.write(before, 0, 'latin1')
  bytes.set(chunk, before.length)
  bytes.write(after, before.length + chunk.length, 'latin1')
  return bytes
}

/** A chunk in the middle of a response: every event of a stream but the first and the last. */
function chunkFrame(chunk: Buffer): Buffer {
  const { length } = chunk
  let digits = 1
  while (length >>> (digits * 4) > 0) digits++
  const bytes = Buffer.allocUnsafe(length + digits + 4)
  for (let at = digits - 1, remaining = length; at >= 0; at--, remaining >>>= 4)
    bytes[at] = hexDigit(remaining & 0xf)
  bytes[digits] = CR
  bytes[digits + 1] = LF
  bytes.set(chunk, digits + 2)
  bytes[bytes.length - 2] = CR
  bytes[bytes.length - 1] = LF
  return bytes
}

function hexDigit(value: number): number {
  return value < 10 ? 0x30 + value : 0x57 + value
}

function headerLine(name: string, value: string): string {
  // Without the value, which may be a secret.
  if (!VALUE.test(value)) throw new TypeError(`the value of ${name} does not fit into a header`)
  return `${name}: ${value}\r\n`
}

let dateSecond = 0
let dateText = ''

// RFC 9110 §6.6.1; the text is cached for a second.
function dateLine(): string {
  const second = Math.floor(Date.now() / 1_000)
  if (second !== dateSecond) {
    dateSecond = second
    dateText = `Date: ${new Date(second * 1_000).toUTCString()}\r\n`
  }
  return dateText
}
