// Reads what the gateway must know of an event of the Responses API that arrives as a message of a WebSocket.
import { isObject } from '../../../domain/is-object.ts'
import { scanObjectInSlices } from '../../../http/wire/json-scan.ts'
import { parsedJson } from '../../../http/wire/parsed-json.ts'

export type ResponsesEvent = {
  type: string
  /** The request that it belongs to, where several are in flight; null: it names none. */
  streamId: string | null
  /** The event, parsed; of a large one the members of the response that are counted, without its text. */
  parsed: unknown
}

// Deltas are some hundred bytes; a parse of this much takes less than 0.2 ms.
const PARSED_MAX_BYTES = 128 * 1024
const EVENT_MEMBERS: ReadonlySet<string> = new Set(['type', 'stream_id', 'response', 'error'])
const RESPONSE_MEMBERS: ReadonlySet<string> = new Set([
  'id',
  'object',
  'model',
  'status',
  'incomplete_details',
  'usage',
  'error',
])
// What is counted of a response is shorter than this.
const VALUE_MAX_BYTES = 64 * 1024
const ID_MAX = 256

/** Null for what is no event. A large event is read in slices, while other calls go on. Never rejects. */
export function readEvent(message: Buffer): ResponsesEvent | null | Promise<ResponsesEvent | null> {
  if (message.length > PARSED_MAX_BYTES) return readLargeEvent(message)
  return eventOf(parsedJson(message.toString('utf8')))
}

async function readLargeEvent(message: Buffer): Promise<ResponsesEvent | null> {
  const event = await membersOf(message, EVENT_MEMBERS)
  return event === null ? null : eventOf(event)
}

async function membersOf(
  bytes: Buffer,
  wanted: ReadonlySet<string>,
): Promise<Record<string, unknown> | null> {
  const scan = await scanObjectInSlices(bytes, wanted)
  if (scan === null) return null
  const members: Record<string, unknown> = {}
  for (const [name, spans] of scan.members) {
    const span = spans.at(-1)
    if (span === undefined) continue
    const value = bytes.subarray(span.start, span.end)
    if (name === 'response') members[name] = await membersOf(value, RESPONSE_MEMBERS)
    else if (value.length <= VALUE_MAX_BYTES) members[name] = parsedJson(value.toString('utf8'))
  }
  return members
}

function eventOf(parsed: unknown): ResponsesEvent | null {
  if (!isObject(parsed) || typeof parsed.type !== 'string') return null
  return { type: parsed.type, streamId: streamIdOf(parsed.stream_id), parsed }
}

/** The id of a request among those in flight; null where the value is none. */
export function streamIdOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' && value.length <= ID_MAX ? value : null
}
