// The meter of an event stream: reads usage, finish reason and error out of its events while they pass.
//
// Which bytes are an event is http/wire/event-stream.ts; what is held of a chunk that ends within one stays here, since the same
// pass over a chunk decides what of it goes on as one run of bytes, without a copy.

import type { StreamDialect } from '../../domain/endpoints/endpoints.ts'
import { isObject } from '../../domain/is-object.ts'
import type { LogCode } from '../../domain/logs/log-codes.ts'
import { parseUpstreamError, type UpstreamError } from '../../domain/upstreams/parse-upstream-error.ts'
import { blankLine, COLON, CR, commentsEnd, dataOf, LF, withData } from '../../http/wire/event-stream.ts'
import { parsedJson } from '../../http/wire/parsed-json.ts'
import { AskedUsage } from './asked-usage.ts'
import { countContentOnlyEvents } from './content-only-events.ts'
import { LargeEventReader } from './large-event-reader.ts'
import { factsFrom, mergeFacts, NO_FACTS } from './read-usage.ts'
import { type JsonListener, NO_BYTES, type ResponseMeter } from './response-meter.ts'
import { redacted } from './upstream-error.ts'

// A longer event passes as it comes, and is read meanwhile.
const EVENT_MAX_BYTES = 1024 * 1024
// An event's members may come in any order. Within a string its quotes would be escaped.
const LAST_RESPONSE_EVENT = /"type"\s*:\s*"response\.(completed|failed|incomplete)"/
const LAST_RESPONSE_TYPES: ReadonlySet<unknown> = new Set(
  ['completed', 'failed', 'incomplete'].map((end) => `response.${end}`),
)
// Events which another must follow: https://platform.openai.com/docs/api-reference/images-streaming, and for speech and
// transcriptions https://platform.openai.com/docs/api-reference/audio.
const UNFINISHED_TYPE =
  /"type"\s*:\s*"(?:(?:image_generation|image_edit)\.partial_image|(?:transcript\.text|speech\.audio)\.delta)"/
const CLOSE_OBJECT = Buffer.from('}')
const NULL_USAGE_AT_END = ',"usage":null}'

/**
 * Passes whole events on as they come, and comments, which keep a connection open, at once: where the upstream breaks off, an
 * error event can follow a whole event, but not half of one.
 *
 * With `hideUsage` the gateway itself asked for usage, which is taken out again (asked-usage.ts), so that the client gets the
 * stream that it asked for. Without it every byte passes as it came, but for the
 * `secrets`, the longest first, which are removed from events that report an error. `listener` gets the first event,
 * which has the id of what is made, and those that are parsed anyway.
 */
export function eventStreamMeter(
  hideUsage: boolean,
  dialect: StreamDialect = 'chat',
  secrets: readonly string[] = [],
  listener: JsonListener | null = null,
): ResponseMeter {
  // An event of the Responses API with an error of null carries other metadata.
  const nulls = { usage: hideUsage, error: dialect === 'responses' }
  // The bytes of the event that has not ended yet, without the comments before it.
  let held: Buffer = NO_BYTES
  const askedUsage = hideUsage ? new AskedUsage() : null
  let facts = NO_FACTS
  let eventCount = 0
  let ended = false
  let failure: UpstreamError | null = null
  // Set for an event too long to hold: what is left of it passes, up to the blank line that ends it.
  let large: LargeEventReader | null = null
  // The stream ended within an event.
  let brokeOff = false
  // Of a stream of the dialect `other`: its newest event, or the newest events that came together. Else nothing.
  let newest: Buffer = NO_BYTES
  // A chunk ended with the CR of a blank line: an LF that follows belongs to it, and is passed or removed as its event was.
  let openLineEnd: 'passed' | 'removed' | null = null

  /** Reads the event in these bytes, without its blank line; returns what goes to the client in its place. */
  function read(bytes: Buffer, start: number, end: number): Buffer[] | 'as it is' {
    // One character a byte: what is searched for is ASCII, and most events need no parsing.
    const text = bytes.toString('latin1', start, end)
    const oneLine = text.startsWith('data:') && !text.includes('\n') && !text.includes('\r')
    const data = oneLine ? text.slice(text.charCodeAt(5) === 0x20 ? 6 : 5) : dataOf(text)
    if (data === null) return 'as it is'
    if (data === '[DONE]') {
      ended = true
      return 'as it is'
    }
    eventCount++
    if (dialect === 'other') newest = bytes.subarray(start, end)
    if (!carriesMetadata(data)) {
      if (!hideUsage || !data.includes('"usage"')) return 'as it is'
      if (oneLine && data.endsWith(NULL_USAGE_AT_END)) {
        return [bytes.subarray(start, end - NULL_USAGE_AT_END.length), CLOSE_OBJECT]
      }
    }
    const json = Buffer.from(data, 'latin1')
    const response = parsedJson(json.toString('utf8'))
    if (noteEvent(response)) {
      const clean = redacted(text, secrets)
      if (clean !== text) return [Buffer.from(clean, 'latin1')]
    }
    if (dialect === 'responses' && LAST_RESPONSE_EVENT.test(data)) ended = true
    if (askedUsage === null) return 'as it is'
    const without = askedUsage.takeOut(response, json, facts.finishReason !== null)
    if (without === 'as it is') return without
    return without === 'leave-out' ? [] : withData(text, without)
  }

  /** What a parsed event says of the stream; true where it reports an error. */
  function noteEvent(response: unknown): boolean {
    facts = mergeFacts(facts, factsFrom(response))
    const upstreamError = parseUpstreamError(response, 'upstream_stream_error' satisfies LogCode)
    if (upstreamError === null) {
      listener?.note(response)
      return false
    }
    failure ??= {
      code: redacted(upstreamError.code, secrets),
      message: redactedOrNull(upstreamError.message, secrets),
    }
    return true
  }

  /** The last bytes of an event that was too long to hold. */
  function endLarge(reader: LargeEventReader, remainder: Buffer): void {
    reader.add(remainder)
    const response = reader.json.value()
    noteEvent(response)
    const type = isObject(response) ? response.type : null
    if (dialect === 'responses' && LAST_RESPONSE_TYPES.has(type)) ended = true
    if (dialect === 'other') newest = Buffer.from(JSON.stringify({ type }))
  }

  /**
   * True where an event must be parsed: it has usage, a finish reason, an error, or the type of a last event. A further key belongs
   * into content-only-events.ts, too, which passes over the events without any.
   */
  function carriesMetadata(data: string): boolean {
    if (hasValue(data, '"usage"') || (listener !== null && eventCount === 1)) return true
    if (dialect !== 'responses') return hasValue(data, '"finish_reason"') || hasValue(data, '"error"')
    return (
      data.includes('"error"') ||
      data.includes('response.completed"') ||
      data.includes('response.failed"') ||
      data.includes('response.incomplete"')
    )
  }

  function pass(chunk: Buffer): Buffer {
    const isAwaited = listener !== null && eventCount === 0
    if (held.length === 0 && openLineEnd === null && large === null && !isAwaited) {
      const count = countContentOnlyEvents(chunk, nulls)
      eventCount += count
      if (count > 0) {
        if (dialect === 'other') newest = chunk
        return chunk
      }
    }
    const before = held.length
    const bytes = before === 0 ? chunk : Buffer.concat([held, chunk])
    const out: Buffer[] = []
    // The bytes from `run` to `at`, where the current event begins, go on as one part.
    let at = openLineEnd !== null && bytes[0] === LF ? 1 : 0
    let run = openLineEnd === 'removed' ? at : 0
    openLineEnd = null
    let search = Math.max(at, before - 2)
    for (;;) {
      const blank = blankLine(bytes, at, search)
      if (blank === null) break
      let passed: Buffer[] | 'as it is' = 'as it is'
      if (large === null) passed = read(bytes, at, blank.start)
      else endLarge(large, bytes.subarray(at, blank.start))
      large = null
      if (passed !== 'as it is') {
        if (run < at) out.push(bytes.subarray(run, at))
        // The blank line goes with the event that it ends, or stays out with it.
        if (passed.length > 0) out.push(...passed, bytes.subarray(blank.start, blank.end))
        run = blank.end
      }
      at = blank.end
      search = at
      if (at === bytes.length && bytes[at - 1] === CR) openLineEnd = passed.length > 0 ? 'passed' : 'removed'
    }
    if (large === null && bytes.length - at > EVENT_MAX_BYTES) {
      large = new LargeEventReader()
      eventCount++
    }
    if (large !== null) {
      // The last bytes may be the first half of a blank line.
      const end = Math.max(at, bytes.length - 3)
      large.add(bytes.subarray(at, end))
      at = end
    } else if (bytes[at] === COLON || bytes[at] === LF) {
      at = commentsEnd(bytes, at)
    }
    // Not an empty slice, which would keep all the bytes in memory.
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
      if (large !== null) {
        endLarge(large, remainder)
        brokeOff = !large.json.whole
        return remainder
      }
      if (remainder.length === 0) return remainder
      const passed = read(remainder, 0, remainder.length)
      brokeOff = isOpenObject(remainder)
      return passed === 'as it is' ? remainder : Buffer.concat(passed)
    },
    facts: () => facts,
    started: () => eventCount > 0,
    eventCount: () => eventCount,
    ended: () => ended,
    whole() {
      if (ended || failure !== null) return true
      if (dialect === 'other') return !brokeOff && !UNFINISHED_TYPE.test(lastEvent(newest.toString('latin1')))
      return dialect === 'chat' && facts.finishReason !== null
    },
    failure: () => failure,
    remark: () => null,
  }
}

/** True for an event, or the beginning of one, whose data begins as a JSON object does, and is none. */
function isOpenObject(event: Buffer): boolean {
  const data = dataOf(event.toString('latin1'))
  return data?.trimStart().startsWith('{') === true && parsedJson(data) === undefined
}

/** The last of some whole events. */
function lastEvent(text: string): string {
  return text.slice(text.lastIndexOf('\n\n', text.length - 3) + 1)
}

/** True where a key is in the text with a value other than null, at any depth. */
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

function redactedOrNull(text: string | null, secrets: readonly string[]): string | null {
  return text === null ? null : redacted(text, secrets)
}
