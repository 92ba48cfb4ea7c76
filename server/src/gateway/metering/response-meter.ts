// Reads usage, finish reason and error of a response while its bytes pass, and says which bytes go to the client.
import { parsedJson } from '../../http/wire/parsed-json.ts'
import { parseUpstreamError, type UpstreamError } from './parse-upstream-error.ts'
import { factsFrom, NO_FACTS, type ResponseFacts } from './read-usage.ts'

export type ResponseMeter = {
  /** False where nothing is read, whatever the response is. */
  reads: boolean
  /** Takes what came from the upstream; returns what goes to the client, which may be empty. */
  pass(chunk: Buffer): Buffer
  /** Takes the end; returns what was still held. */
  end(): Buffer
  /** Where reading takes longer than the end: calls back once the facts are there. Null: they are there at the end. */
  settle: ((then: () => void) => void) | null
  facts(): ResponseFacts
  /** True once a chunk with content has passed: the moment of the first token. */
  started(): boolean
  /** How many events with data have passed: the number of the next, in a stream that numbers them. */
  eventCount(): number
  /** True once the event has passed at which OpenAI's clients stop reading, whatever follows it. */
  ended(): boolean
  /** After the end: false where the response stopped before the end that its own format has. */
  whole(): boolean
  /** The error that the upstream reported; null where it reported none. */
  failure(): UpstreamError | null
}

export const NO_BYTES: Buffer = Buffer.alloc(0)
// A response is kept up to here to be parsed at its end; parsing this much blocks the event loop for some milliseconds.
const PARSED_MAX_BYTES = 1024 * 1024
// Of a longer one the last bytes are kept, where OpenAI and others put the usage of embeddings and images.
const TAIL_BYTES = 64 * 1024

/** For responses that nothing is read from: downloads, audio, unknown encodings. */
export function passThrough(): ResponseMeter {
  return new PassThrough()
}

class PassThrough implements ResponseMeter {
  readonly reads = false
  readonly settle = null
  #any = false

  pass(chunk: Buffer): Buffer {
    this.#any = true
    return chunk
  }

  end(): Buffer {
    return NO_BYTES
  }

  facts(): ResponseFacts {
    return NO_FACTS
  }

  started(): boolean {
    return this.#any
  }

  eventCount(): number {
    return 0
  }

  ended(): boolean {
    return false
  }

  whole(): boolean {
    return true
  }

  failure(): UpstreamError | null {
    return null
  }
}

/** For JSON: its bytes pass unchanged and are read at the end. It is whole if it parses; a long one, if it ends like JSON. */
export function jsonMeter(): ResponseMeter {
  return new JsonMeter()
}

class JsonMeter implements ResponseMeter {
  readonly reads = true
  readonly settle = null
  readonly #kept: Buffer[] = []
  #keptBytes = 0
  #bytes = 0
  #facts = NO_FACTS
  #whole = false
  #failure: UpstreamError | null = null

  pass(chunk: Buffer): Buffer {
    this.#bytes += chunk.length
    this.#keptBytes += chunk.length
    this.#kept.push(chunk)
    if (this.#bytes > PARSED_MAX_BYTES) this.#keepTail()
    return chunk
  }

  end(): Buffer {
    const [only] = this.#kept
    const all = this.#kept.length === 1 && only !== undefined ? only : Buffer.concat(this.#kept)
    this.#kept.length = 0
    if (this.#bytes <= PARSED_MAX_BYTES) {
      const response = parsedJson(all.toString('utf8'))
      this.#whole = response !== undefined
      this.#facts = factsFrom(response)
      // Some upstreams report an error with a 200.
      this.#failure = parseUpstreamError(response, 'upstream_error')
    } else {
      const tail = all.subarray(-TAIL_BYTES).toString('utf8')
      this.#whole = /[}\]]\s*$/.test(tail)
      this.#facts = factsFrom(lastMembers(tail))
    }
    return NO_BYTES
  }

  facts(): ResponseFacts {
    return this.#facts
  }

  started(): boolean {
    return this.#bytes > 0
  }

  eventCount(): number {
    return 0
  }

  ended(): boolean {
    return false
  }

  whole(): boolean {
    return this.#whole
  }

  failure(): UpstreamError | null {
    return this.#failure
  }

  #keepTail(): void {
    const kept = this.#kept
    while (this.#keptBytes - (kept[0]?.length ?? 0) >= TAIL_BYTES)
      this.#keptBytes -= kept.shift()?.length ?? 0
  }
}

/**
 * The last members of a JSON object of which only the last bytes are known, from its `usage` on. A text that closes exactly one
 * object more than it opens ends the outermost one, so a `usage` within another object is not taken for it.
 */
function lastMembers(tail: string): unknown {
  let at = tail.length
  for (let attempts = 0; attempts < 4 && at > 0; attempts++) {
    at = tail.lastIndexOf('"usage"', at - 1)
    if (at === -1) return undefined
    const members = parsedJson(`{${tail.slice(at)}`)
    if (members !== undefined) return members
  }
  return undefined
}
