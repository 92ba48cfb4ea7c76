// The meter of a stream of server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).

import { scanObject } from '../../http/wire/json-scan.ts'
import { parsedJson } from '../../http/wire/parsed-json.ts'
import { plainEvents } from './content-only-events.ts'
import { parseUpstreamError, redacted, type UpstreamError } from './parse-upstream-error.ts'
import { factsFrom, mergeFacts, NO_FACTS } from './read-usage.ts'
import { NO_BYTES, type ResponseMeter } from './response-meter.ts'

/**
 * What tells that a stream has come to its end. Chat (and completions): `[DONE]`, or a finish reason, since some upstreams
 * send no [DONE]. The Responses API: its last event. Others have an end of their own, or none.
 */
export type StreamDialect = 'chat' | 'responses' | 'other'

// One event of a stream longer than this passes through unread.
const EVENT_MAX_BYTES = 1024 * 1024
// Its members may come in any order. Inside of a string its quotes would be escaped.
const LAST_RESPONSE_EVENT = /"type"\s*:\s*"response\.(completed|failed|incomplete)"/
const LF = 0x0a
const CR = 0x0d
const COLON = 0x3a
const LF_LF = Buffer.from('\n\n')
const CLOSE_OBJECT = Buffer.from('}')
const NULL_USAGE_AT_END = ',"usage":null}'

/**
 * Passes whole events on as they come, and comments, which keep a line open, at once: should the upstream break off, an
 * error event can follow a whole one, but not half of one.
 *
 * With `hideUsage` the gateway itself asked for the usage chunk: that chunk is taken out, and `"usage": null` is taken
 * out of the others, so that the caller sees the stream it asked for. Without it every byte passes as it came, but for the
 * `secrets`, the longest first, which are taken out of events that tell of an error.
 */
export function eventStreamMeter(
  hideUsage: boolean,
  dialect: StreamDialect = 'chat',
  secrets: readonly string[] = [],
): ResponseMeter {
  // What comes with an error of null, in the Responses API, tells of more than that.
  const nulls = { usage: hideUsage, error: dialect === 'responses' }
  // The event that has not ended yet, without the comments at its beginning.
  let held: Buffer = NO_BYTES
  let facts = NO_FACTS
  let eventCount = 0
  let ended = false
  let failure: UpstreamError | null = null
  // Set for an event too long to keep: its rest passes, up to the blank line that ends it.
  let oversized = false
  let anyUnread = false
  // A chunk ended with the CR of a blank line: an LF that follows belongs to it, and goes where its event went.
  let openLineEnd: 'passed' | 'left out' | null = null

  /** Reads the event in these bytes, without its blank line; answers what goes to the caller in its place. */
  function read(bytes: Buffer, start: number, end: number): Buffer[] | 'as it is' {
    // One character a byte: what is looked for is ASCII, and most events need no more than a look.
    const text = bytes.toString('latin1', start, end)
    const oneLine = text.startsWith('data:') && !text.includes('\n') && !text.includes('\r')
    const data = oneLine ? text.slice(text.charCodeAt(5) === 0x20 ? 6 : 5) : dataOf(text)
    if (data === null) return 'as it is'
    if (data === '[DONE]') {
      ended = true
      return 'as it is'
    }
    eventCount++
    if (!tells(data)) {
      if (!hideUsage || !data.includes('"usage"')) return 'as it is'
      if (oneLine && data.endsWith(NULL_USAGE_AT_END)) {
        return [bytes.subarray(start, end - NULL_USAGE_AT_END.length), CLOSE_OBJECT]
      }
    }
    const json = Buffer.from(data, 'latin1')
    const response = parsedJson(json.toString('utf8'))
    facts = mergeFacts(facts, factsFrom(response))
    const upstreamError = parseUpstreamError(response, 'upstream_stream_error')
    if (upstreamError !== null) {
      failure ??= {
        code: redacted(upstreamError.code, secrets),
        message: redactedOrNull(upstreamError.message, secrets),
      }
      const clean = redacted(text, secrets)
      if (clean !== text) return [Buffer.from(clean, 'latin1')]
    }
    if (dialect === 'responses' && LAST_RESPONSE_EVENT.test(data)) ended = true
    if (!hideUsage || typeof response !== 'object' || response === null || !('usage' in response))
      return 'as it is'
    if (response.usage !== null && 'choices' in response && isEmptyList(response.choices)) return []
    const without = withoutMember(json, 'usage')
    return without === null ? 'as it is' : withData(text, without)
  }

  /** True where an event holds something to be read: usage, a reason to finish, an error, or the last event's type. */
  function tells(data: string): boolean {
    if (hasValue(data, '"usage"')) return true
    if (dialect !== 'responses') return hasValue(data, '"finish_reason"') || hasValue(data, '"error"')
    return (
      data.includes('"error"') ||
      data.includes('response.completed"') ||
      data.includes('response.failed"') ||
      data.includes('response.incomplete"')
    )
  }

  function pass(chunk: Buffer): Buffer {
    if (held.length === 0 && openLineEnd === null && !oversized) {
      const plain = plainEvents(chunk, nulls)
      eventCount += plain
      if (plain > 0) return chunk
    }
    const before = held.length
    const bytes = before === 0 ? chunk : Buffer.concat([held, chunk])
    const out: Buffer[] = []
    // What goes on runs from `run` to `at`, the beginning of the event that is looked at.
    let at = openLineEnd !== null && bytes[0] === LF ? 1 : 0
    let run = openLineEnd === 'left out' ? at : 0
    openLineEnd = null
    let search = Math.max(at, before - 2)
    for (;;) {
      const blank = blankLine(bytes, at, search)
      if (blank === null) break
      const passed = oversized ? 'as it is' : read(bytes, at, blank.start)
      oversized = false
      if (passed !== 'as it is') {
        if (run < at) out.push(bytes.subarray(run, at))
        // The blank line goes with the event that it ends.
        if (passed.length > 0) out.push(...passed, bytes.subarray(blank.start, blank.end))
        run = blank.end
      }
      at = blank.end
      search = at
      if (at === bytes.length && bytes[at - 1] === CR) openLineEnd = passed.length > 0 ? 'passed' : 'left out'
    }
    if (oversized) {
      // The last bytes may be the first half of a blank line.
      at = Math.max(at, bytes.length - 3)
    } else if (bytes.length - at > EVENT_MAX_BYTES) {
      oversized = true
      anyUnread = true
      eventCount++
      at = bytes.length - 3
    } else if (bytes[at] === COLON || bytes[at] === LF) {
      at = commentsEnd(bytes, at)
    }
    // Not an empty part of them, which would keep them all.
    held = at === bytes.length ? NO_BYTES : bytes.subarray(at)
    if (run < at) out.push(bytes.subarray(run, at))
    return out.length === 1 && out[0] !== undefined ? out[0] : Buffer.concat(out)
  }

  return {
    reads: true,
    pass,
    end() {
      const remainder = held
      held = NO_BYTES
      if (oversized || remainder.length === 0) return remainder
      const passed = read(remainder, 0, remainder.length)
      return passed === 'as it is' ? remainder : Buffer.concat(passed)
    },
    settle: null,
    facts: () => facts,
    started: () => eventCount > 0,
    eventCount: () => eventCount,
    ended: () => ended,
    whole() {
      if (ended || anyUnread || failure !== null || dialect === 'other') return true
      return dialect === 'chat' && facts.finishReason !== null
    },
    failure: () => failure,
  }
}

/**
 * The blank line that ends the event which begins at `from`, of any mixture of line ends: from the line end before it to
 * the byte after it. `search` is where to begin to look for the commonest.
 */
function blankLine(bytes: Buffer, from: number, search: number): { start: number; end: number } | null {
  const start = bytes.indexOf(LF_LF, search)
  const cr = bytes.indexOf(CR, from)
  if (cr === -1 || (start !== -1 && start < cr)) return start === -1 ? null : { start, end: start + 2 }
  let before = from
  let lineStart = from
  for (let at = from; at < bytes.length; at++) {
    if (bytes[at] !== LF && bytes[at] !== CR) continue
    const end = bytes[at] === CR && bytes[at + 1] === LF ? at + 2 : at + 1
    if (at === lineStart) return { start: before, end }
    before = at
    lineStart = end
    at = end - 1
  }
  return null
}

/** The byte after the whole lines at `from` that say nothing: comments and empty ones. */
function commentsEnd(bytes: Buffer, from: number): number {
  let end = from
  while (bytes[end] === COLON || bytes[end] === LF) {
    const lf = bytes.indexOf(LF, end)
    if (lf === -1) break
    end = lf + 1
  }
  return end
}

/** True where a key stands in the text with a value other than null, at any depth. */
function hasValue(text: string, key: string): boolean {
  for (let at = text.indexOf(key); at !== -1; at = text.indexOf(key, at)) {
    at += key.length
    while (text.charCodeAt(at) === 0x20) at++
    if (text.charCodeAt(at) !== COLON) continue
    at++
    while (text.charCodeAt(at) === 0x20) at++
    if (!text.startsWith('null', at)) return true
  }
  return false
}

/** A JSON object without one of its members, every other byte as it was; null where it cannot be done. */
function withoutMember(json: Buffer, key: string): Buffer | null {
  const scan = scanObject(json, new Set([key]))
  const quoted = `"${key}"`
  let remainder = json
  // From the last to the first, so that the places of the others stay true.
  for (const span of scan?.members.get(key)?.toReversed() ?? []) {
    let start = remainder.lastIndexOf(quoted, span.start - 1)
    // A key that is written with escapes.
    if (start === -1 || !/^\s*:\s*$/.test(remainder.toString('latin1', start + quoted.length, span.start)))
      return null
    let end = span.end
    // With the comma before it; with the one after it where it is the first.
    while (isSpace(remainder[start - 1])) start--
    if (remainder[start - 1] === 0x2c) start--
    else {
      while (isSpace(remainder[end])) end++
      if (remainder[end] === 0x2c) end++
    }
    remainder = Buffer.concat([remainder.subarray(0, start), remainder.subarray(end)])
  }
  return scan === null ? null : remainder
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === LF || byte === CR || byte === 0x09
}

/** The same event with other data, in one line; what else it says stays before it. */
function withData(text: string, data: Buffer): Buffer[] {
  const lineBreak = /\r\n|\n|\r/.exec(text)?.[0] ?? ''
  const others = text.split(/\r\n|\n|\r/).filter((line) => !line.startsWith('data:'))
  return [Buffer.from([...others, 'data: '].join(lineBreak), 'latin1'), data]
}

/** The data of an event, its lines joined; null for a comment or an event without data. */
function dataOf(text: string): string | null {
  const data = text
    .split(/\r\n|\n|\r/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice(line[5] === ' ' ? 6 : 5))
  return data.length === 0 ? null : data.join('\n')
}

function redactedOrNull(text: string | null, secrets: readonly string[]): string | null {
  return text === null ? null : redacted(text, secrets)
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}
