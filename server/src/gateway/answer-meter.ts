// Reads facts off an answer while its bytes stream through; says which bytes go on to the caller.
import { type ToldError, toldError } from './told-error.ts'
import { type AnswerFacts, factsFrom, NO_FACTS } from './usage-reading.ts'

export type AnswerMeter = {
  /** False where nothing is read off the answer, whatever it is. */
  reads: boolean
  /** Takes what came from the upstream; answers what goes to the caller, which may be nothing. */
  pass(chunk: Buffer): Buffer
  /** Takes the end; answers what was still held back. */
  end(): Buffer
  /** Where reading goes on after the end: calls back once the facts are there. */
  settle: ((then: () => void) => void) | null
  facts(): AnswerFacts
  /** True once a chunk with content has passed: the moment of the first token. */
  started(): boolean
  /** How many events with data have passed: the number of the next, in a stream that numbers them. */
  eventCount(): number
  /** True once the event has passed that ends a stream for OpenAI's clients, whatever comes after it. */
  ended(): boolean
  /** After the end: false where the answer stopped short of what its own form says is its end. */
  whole(): boolean
  /** The error that the upstream told of; null where it told of none. */
  failure(): ToldError | null
}

export const NOTHING: Buffer = Buffer.alloc(0)
// An answer is kept up to here to be parsed at its end; parsing this much takes some milliseconds of everyone's time.
const PARSED_MAX_BYTES = 1024 * 1024
// Of a longer one the end is kept, where OpenAI and others put the usage of embeddings and images.
const TAIL_BYTES = 64 * 1024

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
    settle: null,
    facts: () => NO_FACTS,
    started: () => any,
    eventCount: () => 0,
    ended: () => false,
    whole: () => true,
    failure: () => null,
  }
}

/** For a JSON answer: bytes pass unchanged and are read at the end. It is whole if it is JSON; if long, if it ends like it. */
export function jsonMeter(): AnswerMeter {
  let kept: Buffer[] = []
  let keptBytes = 0
  let bytes = 0
  let facts = NO_FACTS
  let whole = false
  let failure: ToldError | null = null

  function keep(chunk: Buffer): void {
    bytes += chunk.length
    keptBytes += chunk.length
    kept.push(chunk)
    if (bytes <= PARSED_MAX_BYTES) return
    while (keptBytes - (kept[0]?.length ?? 0) >= TAIL_BYTES) keptBytes -= kept.shift()?.length ?? 0
  }

  return {
    reads: true,
    pass(chunk) {
      keep(chunk)
      return chunk
    },
    end() {
      const all = kept.length === 1 && kept[0] !== undefined ? kept[0] : Buffer.concat(kept)
      kept = []
      if (bytes <= PARSED_MAX_BYTES) {
        const answer = parsedJson(all.toString('utf8'))
        whole = answer !== undefined
        facts = factsFrom(answer)
        // Some say so with a 200.
        failure = toldError(answer, 'upstream_error')
      } else {
        const tail = all.subarray(-TAIL_BYTES).toString('utf8')
        whole = /[}\]]\s*$/.test(tail)
        facts = factsFrom(lastMembers(tail))
      }
      return NOTHING
    },
    settle: null,
    facts: () => facts,
    started: () => bytes > 0,
    eventCount: () => 0,
    ended: () => false,
    whole: () => whole,
    failure: () => failure,
  }
}

/**
 * The last members of a JSON object of which only the end is at hand, from its `usage` on. A text that closes exactly one
 * object more than it opens ends the outermost one, so a `usage` inside anything else is not taken for it.
 */
function lastMembers(tail: string): unknown {
  let at = tail.length
  for (let tries = 0; tries < 4 && at > 0; tries++) {
    at = tail.lastIndexOf('"usage"', at - 1)
    if (at === -1) return undefined
    const members = parsedJson(`{${tail.slice(at)}`)
    if (members !== undefined) return members
  }
  return undefined
}

/** Undefined where the text is no JSON. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
