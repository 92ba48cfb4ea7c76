// Reads facts off an answer while its bytes stream through; says which bytes go on to the caller.
import { type AnswerFacts, factsFrom, mergeFacts, NO_FACTS } from './usage-reading.ts'

export type AnswerMeter = {
  /** False where nothing is read off the answer, whatever it is. */
  reads: boolean
  /** Takes what came from the upstream; answers what goes to the caller, which may be nothing. */
  pass(chunk: Buffer): Buffer
  /** Takes the end; answers what was still held back. */
  end(): Buffer
  facts(): AnswerFacts
  /** True once a chunk with content has passed: the moment of the first token. */
  started(): boolean
  /** True once the event has passed that ends a stream for OpenAI's clients, whatever comes after it. */
  ended(): boolean
}

const NOTHING = Buffer.alloc(0)
// An answer is kept up to here to be read at its end; a longer one passes unread, with its usage unknown.
const READ_MAX_BYTES = 8 * 1024 * 1024
// The Responses API sends no [DONE]; its members may come in any order.
const LAST_RESPONSE_EVENT = /"type"\s*:\s*"response\.(completed|failed|incomplete)"/
// One event of a stream longer than this passes through unread.
const EVENT_MAX_BYTES = 1024 * 1024

/** For answers that nothing is read from: downloads, audio, errors of other kinds. */
export function passThrough(): AnswerMeter {
  let any = false
  return {
    reads: false,
    pass(chunk) {
      any = true
      return chunk
    },
    end: () => NOTHING,
    facts: () => NO_FACTS,
    started: () => any,
    ended: () => false,
  }
}

/** For a JSON answer: bytes pass unchanged and are read at the end. */
export function jsonMeter(): AnswerMeter {
  let kept: Buffer[] = []
  let bytes = 0
  let facts = NO_FACTS
  return {
    reads: true,
    pass(chunk) {
      bytes += chunk.length
      if (bytes <= READ_MAX_BYTES) kept.push(chunk)
      else kept = []
      return chunk
    },
    end() {
      if (bytes <= READ_MAX_BYTES) facts = factsFrom(parsed(Buffer.concat(kept).toString('utf8')))
      kept = []
      return NOTHING
    },
    facts: () => facts,
    started: () => bytes > 0,
    ended: () => false,
  }
}

/**
 * For a stream of server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).
 *
 * With `hideUsage` the gateway itself asked for the usage chunk: that chunk is taken out, and `"usage": null` is taken
 * out of the others, so that the caller sees the stream it asked for. Without it every byte passes as it came, a line
 * at a time: should the upstream break off, an error event can follow a whole line, but not half of one.
 */
export function eventStreamMeter(hideUsage: boolean): AnswerMeter {
  let held: Buffer = NOTHING
  // Without `hideUsage`: the line that has not ended yet.
  let line: Buffer = NOTHING
  let facts = NO_FACTS
  let started = false
  let ended = false
  // Set for an event too long to keep: its rest passes, up to the blank line that ends it.
  let oversized = false

  /** Reads one event, without its blank line; answers it as the caller gets it, null to leave it out. */
  function read(event: Buffer): Buffer | null {
    const data = dataOf(event)
    if (data === null) return event
    if (data === '[DONE]' || (data.includes('"response.') && LAST_RESPONSE_EVENT.test(data))) ended = true
    if (data !== '[DONE]') started = true
    // Most events hold content alone and need no parsing.
    if (!data.includes('"usage"') && !data.includes('"finish_reason":"')) return event
    const answer = parsed(data)
    facts = mergeFacts(facts, factsFrom(answer))
    if (!hideUsage || typeof answer !== 'object' || answer === null || !('usage' in answer)) return event
    const { usage, ...rest } = answer as { usage: unknown; choices?: unknown }
    if (usage !== null && Array.isArray(rest.choices) && rest.choices.length === 0) return null
    return withData(event, JSON.stringify(rest))
  }

  function passEvents(chunk: Buffer): Buffer {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    const out: Buffer[] = []
    for (;;) {
      const boundary = eventBoundary(held)
      if (boundary === null) break
      const event = held.subarray(0, boundary.start)
      const whole = held.subarray(0, boundary.end)
      held = held.subarray(boundary.end)
      if (oversized) {
        oversized = false
        out.push(whole)
        continue
      }
      const passed = read(event)
      if (passed === event) out.push(whole)
      else if (passed !== null) out.push(passed, whole.subarray(event.length))
    }
    if (held.length > EVENT_MAX_BYTES) {
      oversized = true
      started = true
      // The last bytes may be the first half of a blank line.
      out.push(held.subarray(0, held.length - 3))
      held = held.subarray(held.length - 3)
    }
    return out.length === 1 ? (out[0] ?? NOTHING) : Buffer.concat(out)
  }

  function passLines(chunk: Buffer): Buffer {
    const all = line.length === 0 ? chunk : Buffer.concat([line, chunk])
    const whole = all.length > EVENT_MAX_BYTES ? all.length : lineEnd(all)
    line = all.subarray(whole)
    return all.subarray(0, whole)
  }

  return {
    reads: true,
    pass(chunk) {
      if (hideUsage) return passEvents(chunk)
      // The same reading, but the bytes go on as they came.
      passEvents(chunk)
      return passLines(chunk)
    },
    end() {
      const rest = held
      held = NOTHING
      const passed = oversized || rest.length === 0 ? rest : read(rest)
      return hideUsage ? (passed ?? NOTHING) : line
    },
    facts: () => facts,
    started: () => started,
    ended: () => ended,
  }
}

/** The blank line that ends the first event: LF LF, CR LF CR LF, or CR CR. */
function eventBoundary(buffer: Buffer): { start: number; end: number } | null {
  let best: { start: number; end: number } | null = null
  for (const blank of ['\n\n', '\r\n\r\n', '\r\r']) {
    const start = buffer.indexOf(blank)
    if (start !== -1 && (best === null || start < best.start)) best = { start, end: start + blank.length }
  }
  return best
}

/** The byte after the last line that has ended, or 0. */
function lineEnd(buffer: Buffer): number {
  return Math.max(buffer.lastIndexOf(0x0a), buffer.lastIndexOf(0x0d)) + 1
}

/** The same event with other data, in one line; what else it says stays before it. */
function withData(event: Buffer, data: string): Buffer {
  const text = event.toString('utf8')
  const lineBreak = /\r\n|\n|\r/.exec(text)?.[0] ?? ''
  const others = text.split(/\r\n|\n|\r/).filter((line) => !line.startsWith('data:'))
  return Buffer.from([...others, `data: ${data}`].join(lineBreak))
}

/** The data of an event, its lines joined; null for a comment or an event without data. */
function dataOf(event: Buffer): string | null {
  const lines = event.toString('utf8').split(/\r\n|\n|\r/)
  const data = lines
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice(line[5] === ' ' ? 6 : 5))
  return data.length === 0 ? null : data.join('\n')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
