// Reads usage, finish reason and error of a response while its bytes pass, and says which bytes go to the client.
import type { LogCode } from '../../domain/logs/log-codes.ts'
import { parseUpstreamError, type UpstreamError } from '../../domain/upstreams/parse-upstream-error.ts'
import { parsedJson } from '../../http/wire/parsed-json.ts'
import { LargeJsonReader } from './large-json-reader.ts'
import { factsFrom, NO_FACTS, type ResponseFacts } from './read-usage.ts'
import { SecretSearch } from './secret-search.ts'

export type ResponseMeter = {
  /** False where nothing is read, whatever the response is. */
  reads: boolean
  /** Takes what came from the upstream; returns what goes to the client, which may be empty. */
  pass(chunk: Buffer): Buffer
  /** Takes the end; returns what was still held. */
  end(): Buffer
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
  /** After the end: what the log should have of a response that is a success; null where that is nothing. */
  remark(): UpstreamError | null
}

/** Takes the JSON of a success, or that of some of its events. */
export type JsonListener = { note(json: unknown): void }

/** Of a response that has its end but is no JSON, as one with a byte order mark or with NaN. It passes as the upstream sent it. */
const NOT_JSON: UpstreamError = {
  code: 'upstream_not_json' satisfies LogCode,
  message: "The upstream's response is not valid JSON. It was passed on as it came.",
}

export const NO_BYTES: Buffer = Buffer.alloc(0)
// A response is kept up to here to be parsed at its end; parsing this much blocks the event loop for some milliseconds.
const PARSED_MAX_BYTES = 1024 * 1024

/** For responses that nothing is read from: downloads, audio, unknown encodings. */
export function passThrough(): ResponseMeter {
  return new PassThrough([])
}

/** For JSON that nothing is read from, but what its upstream was sent in secret, the longest first, which is masked. */
export function searchedPassThrough(secrets: readonly string[]): ResponseMeter {
  return new PassThrough(secrets)
}

class PassThrough extends SecretSearch implements ResponseMeter {
  readonly reads = false
  #any = false

  pass(chunk: Buffer): Buffer {
    this.#any = true
    return this.search(chunk)
  }

  end(): Buffer {
    return this.remainder()
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

  remark(): UpstreamError | null {
    return null
  }
}

/**
 * For JSON: its bytes pass unchanged, but for `secrets`, which are masked, and are read at the end, those of a long one as they pass. It is whole if it parses, or
 * else if it is one object or list whose brackets are closed.
 */
export function jsonMeter(
  secrets: readonly string[] = [],
  listener: JsonListener | null = null,
): ResponseMeter {
  return new JsonMeter(secrets, listener)
}

/** For JSON that is passed on whatever it is, and that only a listener reads. */
export function heardPassThrough(secrets: readonly string[], listener: JsonListener): ResponseMeter {
  return new HeardPassThrough(secrets, listener)
}

class JsonMeter extends SecretSearch implements ResponseMeter {
  readonly reads: boolean = true
  readonly #kept: Buffer[] = []
  #large: LargeJsonReader | null = null
  #bytes = 0
  #facts = NO_FACTS
  #whole = false
  #failure: UpstreamError | null = null
  #remark: UpstreamError | null = null
  readonly #listener: JsonListener | null

  constructor(secrets: readonly string[], listener: JsonListener | null) {
    super(secrets)
    this.#listener = listener
  }

  pass(received: Buffer): Buffer {
    const chunk = this.search(received)
    this.#take(chunk)
    return chunk
  }

  #take(chunk: Buffer): void {
    this.#bytes += chunk.length
    if (this.#large !== null) this.#large.add(chunk)
    else {
      this.#kept.push(chunk)
      if (this.#bytes > PARSED_MAX_BYTES) this.#readLarge()
    }
  }

  end(): Buffer {
    const remainder = this.remainder()
    if (remainder.length > 0) this.#take(remainder)
    const large = this.#large
    if (large !== null) this.#read(large.value(), large.whole, large.items)
    else {
      const [only] = this.#kept
      const all = this.#kept.length === 1 && only !== undefined ? only : Buffer.concat(this.#kept)
      this.#kept.length = 0
      const response = parsedJson(all.toString('utf8'))
      if (response === undefined) this.#readLeniently(all)
      else this.#read(response, true, null)
    }
    return remainder
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

  remark(): UpstreamError | null {
    return this.#remark
  }

  /** It is too long to be kept: what has come of it is read, and nothing is kept any longer. */
  #readLarge(): void {
    this.#large = new LargeJsonReader()
    for (const chunk of this.#kept) this.#large.add(chunk)
    this.#kept.length = 0
  }

  /** Where it is no JSON, it may have broken off, which is reported to the client; or it may be complete as it is. */
  #readLeniently(bytes: Buffer): void {
    const reader = new LargeJsonReader()
    reader.add(bytes)
    this.#read(reader.value(), reader.whole, reader.items)
    if (reader.whole) this.#remark = NOT_JSON
  }

  /** `items`: how many members `data` has, where `response` does not have them. */
  #read(response: unknown, whole: boolean, items: number | null): void {
    this.#whole = whole
    const facts = factsFrom(response)
    this.#facts = items === null ? facts : { ...facts, items }
    // Some upstreams report an error with a 200.
    this.#failure = parseUpstreamError(response, 'upstream_error')
    if (this.#failure === null) this.#listener?.note(response)
  }
}

class HeardPassThrough extends JsonMeter {
  override readonly reads = false

  override facts(): ResponseFacts {
    return NO_FACTS
  }

  override whole(): boolean {
    return true
  }

  override failure(): UpstreamError | null {
    return null
  }

  override remark(): UpstreamError | null {
    return null
  }
}
