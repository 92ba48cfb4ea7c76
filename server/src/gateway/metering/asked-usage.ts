// Takes the usage that the gateway itself asked for out of the chunks of a stream of chat completions or completions, and leaves
// whatever its upstream sends unasked.
//
// With `stream_options.include_usage` OpenAI sends a last chunk with `choices: []` and the usage, and `usage: null` in all
// others (https://platform.openai.com/docs/api-reference/chat/create). Other upstreams leave `choices` out of that chunk, have
// members of their own in it, or put the usage in the chunk with the finish reason.
import { isObject } from '../../domain/is-object.ts'
import { scanObject } from '../../http/wire/json-scan.ts'

// What every chunk of a stream has. A usage chunk with no other member was sent for its usage alone.
const COMMON_MEMBERS: ReadonlySet<string> = new Set([
  'id',
  'object',
  'created',
  'model',
  'choices',
  'usage',
  'system_fingerprint',
  'service_tier',
  'obfuscation',
  'provider',
])

/** One object a stream, since usage in every chunk shows only in the first of them. */
export class AskedUsage {
  // The upstream reports usage in every chunk, which the gateway does not ask for.
  #isContinuous = false

  /**
   * A chunk without the usage that was asked for: the bytes of its JSON, `leave-out` for a chunk that was sent for that alone,
   * or `as it is`. `hasFinished`: a finish reason was in this chunk or in one before it.
   */
  takeOut(chunk: unknown, json: Buffer, hasFinished: boolean): Buffer | 'leave-out' | 'as it is' {
    if (!isObject(chunk) || !('usage' in chunk)) return 'as it is'
    const { usage, choices } = chunk
    if (!isNothing(usage)) {
      if (!isObject(usage)) return 'as it is'
      if (isNothing(choices)) {
        if (!hasMore(chunk)) return 'leave-out'
      } else if (this.#isContinuous || !hasFinished) {
        this.#isContinuous = true
        return 'as it is'
      }
    }
    if (Object.keys(chunk).length === 1) return 'leave-out'
    return withoutMember(json, 'usage') ?? 'as it is'
  }
}

/** Absent, null and empty mean the same to every client. */
function isNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true
  return typeof value === 'object' && Object.keys(value).length === 0
}

function hasMore(chunk: Record<string, unknown>): boolean {
  for (const name in chunk) if (!COMMON_MEMBERS.has(name) && !isNothing(chunk[name])) return true
  return false
}

/** A JSON object without one of its members, every other byte as it was; null where it cannot be done. */
function withoutMember(json: Buffer, key: string): Buffer | null {
  const scan = scanObject(json, new Set([key]))
  const quoted = `"${key}"`
  let remainder = json
  // From the last to the first, so that the offsets of the others stay valid.
  for (const span of scan?.members.get(key)?.toReversed() ?? []) {
    let start = remainder.lastIndexOf(quoted, span.start - 1)
    // The key is written with escapes.
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
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}
