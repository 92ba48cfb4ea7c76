// Reads what the gateway must know of a JSON request body, and rewrites the few bytes of it that it may change.

import { isUtf8 } from 'node:buffer'
import { type CallError, callError } from '../../domain/errors.ts'
import { isObject } from '../../domain/is-object.ts'
import { tagsOfBody } from '../../domain/logs/tags.ts'
import { OUTPUT_BOUNDS } from '../../domain/policy/reservation-size.ts'
import { type ObjectScan, type Span, scanObject, scanObjectInSlices } from '../../http/wire/json-scan.ts'
import { PARSED_AT_ONCE_MAX_BYTES, parsedJson } from '../../http/wire/parsed-json.ts'

// No valid value of our members is longer than this, and parsing it would delay other calls.
const VALUE_MAX_BYTES = 64 * 1024
// Longer than any model name; a longer one is an error, and would be stored in every log row.
export const MODEL_MAX_CHARS = 256

const WANTED = ['model', 'stream', 'stream_options', 'store', ...OUTPUT_BOUNDS]
// As they stand in a body. Made once: each body is searched for those that it has.
const QUOTED = WANTED.map((key) => [key, `"${key}"`] as const)
// What a conversation is known by (routing/session-key.ts), and what tags a call, is located in the same scan.
const LOCATED: ReadonlySet<string> = new Set([
  ...WANTED,
  'prompt_cache_key',
  'messages',
  'input',
  'metadata',
  'user',
])

export type RequestBody = {
  bytes: Buffer
  /** Null where the body names none and the endpoint allows that. */
  model: string | null
  /** True only where the body says so. */
  stream: boolean
  /** True where the client itself requests the usage chunk. */
  includesUsage: boolean
  /** Whether the upstream is to keep the response; null: the request does not say. */
  store: boolean | null
  /** What `metadata` and `user` tag the call with, as logs/tags.ts has it; null: nothing. */
  tags: string | null
  /** Places to edit; null where each of them occurs once at most, and has not been located yet. */
  scan: ObjectScan | null
}

/** Whether a body is JSON by its Content-Type. One without a type is taken for JSON, unlike at OpenAI; curl's default form type is not. */
export function isJsonType(type: string | undefined): boolean {
  return type === undefined || /^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(type)
}

/** Reads a body, or returns OpenAI's error for it; a large one in slices, so that other calls proceed. */
export function readRequestBody(
  bytes: Buffer,
  modelOptional: boolean,
): RequestBody | CallError | Promise<RequestBody | CallError> {
  if (!isUtf8(bytes)) return callError('invalid_json')
  // Below this a full parse finds every error; above, the scan's view of the structure must suffice, and the upstream validates
  // what is inside. The scan is split into slices, since a body can be built to make it as slow as possible.
  if (bytes.length > PARSED_AT_ONCE_MAX_BYTES) {
    return scanObjectInSlices(bytes, LOCATED).then((scan) => scannedBody(bytes, scan, modelOptional))
  }
  const text = bytes.toString('utf8')
  const value = parsedJson(text)
  if (!isObject(value)) return callError('invalid_json')
  if (bytes.length > VALUE_MAX_BYTES || mayNameTwice(text, value))
    return scannedBody(bytes, scanObject(bytes, LOCATED), modelOptional)
  const members = (key: string) => (Object.hasOwn(value, key) ? value[key] : undefined)
  return bodyOf(bytes, members, null, modelOptional)
}

function scannedBody(
  bytes: Buffer,
  scan: ObjectScan | null,
  modelOptional: boolean,
): RequestBody | CallError {
  if (scan === null) return callError('invalid_json')
  return bodyOf(bytes, (key) => lastValue(bytes, scan, key), scan, modelOptional)
}

/**
 * False only where each of the keys that we want occurs at most once in the text of the body. Parsed JSON keeps
 * the last of a key's values, so a body that this is false of needs no scan to be read.
 */
function mayNameTwice(text: string, value: Record<string, unknown>): boolean {
  // A key can be written with escapes, too; those that escape other alphabets are none of ours.
  if (text.includes('\\u00')) return true
  for (const [key, quoted] of QUOTED) {
    if (!Object.hasOwn(value, key)) continue
    if (text.indexOf(quoted, text.indexOf(quoted) + 1) !== -1) return true
  }
  return false
}

function bodyOf(
  bytes: Buffer,
  valueIn: (key: string) => unknown,
  scan: ObjectScan | null,
  modelOptional: boolean,
): RequestBody | CallError {
  const named = scan === null ? valueIn('model') !== undefined : scan.members.has('model')
  if (!named && !modelOptional) return callError('model_required', { param: 'model' })
  const model = named ? valueIn('model') : null
  if (named && (typeof model !== 'string' || model === '' || model.length > MODEL_MAX_CHARS)) {
    return callError('model_required', {
      param: 'model',
      message: `Invalid \`model\`: it must be a string of 1 to ${MODEL_MAX_CHARS} characters.`,
    })
  }
  const stream = valueIn('stream')
  if (stream !== undefined && stream !== null && typeof stream !== 'boolean') {
    return callError('invalid_request', {
      param: 'stream',
      message: 'Invalid `stream`: it must be true or false.',
    })
  }
  const options = valueIn('stream_options')
  if (options !== undefined && options !== null && (typeof options !== 'object' || Array.isArray(options))) {
    return callError('invalid_request', {
      param: 'stream_options',
      message: 'Invalid `stream_options`: it must be an object.',
    })
  }
  const store = valueIn('store')
  return {
    bytes,
    model: typeof model === 'string' ? model : null,
    stream: stream === true,
    includesUsage: member(options, 'include_usage') === true,
    store: typeof store === 'boolean' ? store : null,
    tags: tagsOfBody(valueIn('metadata'), valueIn('user')),
    scan,
  }
}

/**
 * The body with another model name, with `stream_options.include_usage` switched on where `askUsage` is true, and with an output limit of
 * `maxOutputTokens` where the request has a higher one or one that is no limit; null: it stays. Everything else stays to the byte. A model named twice is named alike in both places, so that no two parsers differ.
 */
export function rewriteRequestBody(
  body: RequestBody,
  model: string | null,
  askUsage: boolean,
  maxOutputTokens: number | null = null,
): Buffer {
  const { bytes } = body
  if (body.scan === null && model === body.model && !askUsage && maxOutputTokens === null) return bytes
  const scan = locate(body)
  if (scan === null) throw new TypeError('a body that was read cannot be scanned')
  const edits: (Span & { text: string })[] = []
  const models = scan.members.get('model') ?? []
  if (model !== body.model || models.length > 1) {
    for (const span of models) edits.push({ ...span, text: JSON.stringify(model) })
  }
  if (askUsage) {
    const spans = scan.members.get('stream_options') ?? []
    const options = { ...(lastValue(bytes, scan, 'stream_options') as object | null), include_usage: true }
    for (const span of spans) edits.push({ ...span, text: JSON.stringify(options) })
    if (spans.length === 0) {
      const comma = scan.empty ? '' : ','
      edits.push({
        start: scan.end,
        end: scan.end,
        text: `${comma}"stream_options":${JSON.stringify(options)}`,
      })
    }
  }
  if (maxOutputTokens !== null) {
    for (const span of OUTPUT_BOUNDS.flatMap((name) => scan.members.get(name) ?? [])) {
      if (asksForMore(bytes, span, maxOutputTokens)) edits.push({ ...span, text: String(maxOutputTokens) })
    }
  }
  return edits.length === 0 ? bytes : splice(bytes, edits)
}

/** The places of the members that the gateway edits, or knows a conversation by. Kept, so that a body is scanned once. */
export function locate(body: RequestBody): ObjectScan | null {
  body.scan ??= scanObject(body.bytes, LOCATED)
  return body.scan
}

/**
 * Whether a limit allows more than `most`, or is below 1, which to some upstreams is none (policy/reservation-size.ts). Also in a
 * string, which some take for a number, with Python's underscores too.
 */
function asksForMore(bytes: Buffer, span: Span, most: number): boolean {
  const value = valueAt(bytes, span)
  if (value === TOO_LONG) return true
  const isText = typeof value === 'string' && value.trim() !== ''
  const limit = isText ? Number(value.replaceAll('_', '')) : value
  return typeof limit === 'number' && (limit > most || limit < 1)
}

function splice(bytes: Buffer, edits: (Span & { text: string })[]): Buffer {
  const parts: Buffer[] = []
  let at = 0
  for (const edit of edits.sort((a, b) => a.start - b.start)) {
    parts.push(bytes.subarray(at, edit.start), Buffer.from(edit.text))
    at = edit.end
  }
  parts.push(bytes.subarray(at))
  return Buffer.concat(parts)
}

const TOO_LONG = Symbol('too long')

/** The value that counts of a key that may stand more than once; undefined where it is absent or not JSON. */
function lastValue(bytes: Buffer, scan: ObjectScan, key: string): unknown {
  const span = scan.members.get(key)?.at(-1)
  return span === undefined ? undefined : valueAt(bytes, span)
}

function valueAt(bytes: Buffer, span: Span): unknown {
  if (span.end - span.start > VALUE_MAX_BYTES) return TOO_LONG
  try {
    return JSON.parse(bytes.toString('utf8', span.start, span.end))
  } catch {
    return undefined
  }
}

function member(value: unknown, key: string): unknown {
  return isObject(value) ? value[key] : undefined
}
