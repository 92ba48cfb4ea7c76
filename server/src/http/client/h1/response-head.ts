// Parses the head of a response (RFC 9112 §2–6): its status, its headers, and where its body will end.
import type { IncomingHttpHeaders } from 'node:http'
import { rememberNames } from '../../wire/header-name-cache.ts'

export type ResponseHead = {
  status: number
  /** In the form that undici gives: lower-case names, values in latin1, an array where a name comes more than once. */
  headers: IncomingHttpHeaders
  framing: 'none' | 'length' | 'chunked' | 'until-close'
  /** With the framing `length`; else 0. */
  bodyBytes: number
  /** Whether the connection may serve another call after this response. */
  reusable: boolean
  /** The upstream's keep-alive timeout; null where it names none. */
  keptForMs: number | null
}

// No NUL and no other controls, and no CR or LF that are not a pair: one reader takes them for a line's end, another does not.
const SAFE = /^[\t\x20-\x7e\x80-\xff]*(?:\r\n[\t\x20-\x7e\x80-\xff]*)*$/
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/

const tokenName = rememberNames((sent) => {
  const name = sent.toLowerCase()
  return TOKEN.test(name) ? name : null
})

/**
 * Parses a head, without the empty line that ends it. Null for whatever two readers could take differently: lines folded
 * or badly ended, names that are no tokens, a length beside a transfer coding or twice, a coding other than chunked.
 * Also null for 100 and 101, which respond to what this client never requests.
 */
export function readResponseHead(text: string, toHead: boolean): ResponseHead | null {
  if (!SAFE.test(text)) return null
  let lineEnd = text.indexOf('\r\n')
  if (lineEnd === -1) lineEnd = text.length
  const status = readStatusLine(text, lineEnd)
  if (status === 0) return null
  const headers: IncomingHttpHeaders = {}
  const isOld = text.charCodeAt(7) === 48
  let length: string | null = null
  let chunked = false
  let reusable = !isOld
  let keptForMs: number | null = null

  while (lineEnd < text.length) {
    const at = lineEnd + 2
    lineEnd = text.indexOf('\r\n', at)
    if (lineEnd === -1) lineEnd = text.length
    const colon = text.indexOf(':', at)
    if (colon === -1 || colon >= lineEnd) return null
    const name = tokenName(text.slice(at, colon))
    if (name === null) return null
    const value = text.slice(afterBlanks(text, colon + 1, lineEnd), lineEnd)
    switch (name) {
      case 'content-length':
        if (length !== null || !/^\d{1,15}$/.test(value)) return null
        length = value
        break
      case 'transfer-encoding':
        if (chunked || isOld || value.toLowerCase() !== 'chunked') return null
        chunked = true
        break
      case 'connection':
        // With anything beside keep-alive, the connection serves no other call: that costs more, and is never wrong.
        if (value.toLowerCase() !== 'keep-alive') reusable = false
        break
      case 'keep-alive':
        keptForMs = shortestMs(value, keptForMs)
        break
    }
    addHeader(headers, name, value)
  }
  if (chunked && length !== null) return null

  // Nothing may come after an interim response that closes its connection.
  if (status < 200 && !reusable) return null

  const bodiless = toHead || status < 200 || status === 204 || status === 304
  // Some send a body that must not be there, and it would be read as the next response.
  if (toHead || (bodiless && (chunked || (length !== null && Number(length) > 0)))) reusable = false
  const framing = bodiless ? 'none' : chunked ? 'chunked' : length === null ? 'until-close' : 'length'
  return {
    status,
    headers,
    framing,
    bodyBytes: framing === 'length' ? Number(length) : 0,
    reusable: reusable && framing !== 'until-close',
    keptForMs,
  }
}

/** Whether a line is a header field and nothing else; of trailers, only their end is needed. */
export function isPlainTrailer(line: string): boolean {
  if (!SAFE.test(line)) return false
  const name = line.slice(0, Math.max(line.indexOf(':'), 0)).toLowerCase()
  return TOKEN.test(name) && !FRAMING_FIELDS.has(name)
}

// RFC 9110 §6.5.1: a trailer does not change how the message is framed.
const FRAMING_FIELDS = new Set(['content-length', 'transfer-encoding'])

/** The status, or 0 where the line is not one of HTTP/1.0 or HTTP/1.1. */
function readStatusLine(text: string, end: number): number {
  if (!text.startsWith('HTTP/1.') || end < 12) return 0
  const minor = text.charCodeAt(7)
  if ((minor !== 48 && minor !== 49) || text.charCodeAt(8) !== 32) return 0
  if (end > 12 && text.charCodeAt(12) !== 32) return 0
  const digits = text.slice(9, 12)
  if (!/^[1-9]\d\d$/.test(digits) || digits === '100' || digits === '101') return 0
  return Number(digits)
}

/** Of several timeouts the shortest: a connection that is closed too early costs a new one, one closed too late a call. */
function shortestMs(keepAlive: string, before: number | null): number | null {
  let shortest = before
  for (const [, seconds] of keepAlive.matchAll(/timeout=(\d{1,6})/gi)) {
    shortest = Math.min(shortest ?? Number.POSITIVE_INFINITY, Number(seconds) * 1_000)
  }
  return shortest
}

function afterBlanks(text: string, from: number, end: number): number {
  let at = from
  while (at < end && (text.charCodeAt(at) === 32 || text.charCodeAt(at) === 9)) at++
  return at
}

function addHeader(headers: IncomingHttpHeaders, name: string, value: string): void {
  const before = headers[name]
  if (before === undefined && name !== '__proto__') {
    headers[name] = value
  } else if (!Object.hasOwn(headers, name)) {
    // Names such as `constructor` and `__proto__` have a meaning in an object.
    Object.defineProperty(headers, name, { value, writable: true, enumerable: true, configurable: true })
  } else if (Array.isArray(before)) {
    before.push(value)
  } else {
    Object.defineProperty(headers, name, {
      value: [before, value],
      writable: true,
      enumerable: true,
      configurable: true,
    })
  }
}
