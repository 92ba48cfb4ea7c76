// Reads what the gateway must know of an event of the Responses API that arrives as a message of a WebSocket.
import { isObject } from '../../../domain/is-object.ts'
import { nextTurn } from '../../../http/wire/json-scan.ts'
import { PARSED_AT_ONCE_MAX_BYTES, parsedJson } from '../../../http/wire/parsed-json.ts'
import { LargeJsonReader } from '../../metering/large-json-reader.ts'

export type ResponsesEvent = {
  type: string
  /** The request that it belongs to, where several are in flight; null: it names none. */
  streamId: string | null
  /** The response that it is of; null: it names none. */
  responseId: string | null
  /** The event, parsed; of a large one the members of the response that are counted, without its text. */
  parsed: unknown
}

const SLICE_BYTES = 64 * 1024
const ID_MAX = 256

/** Null for what is no event. A large event is read in slices, while other calls go on. Never rejects. */
export function readEvent(message: Buffer): ResponsesEvent | null | Promise<ResponsesEvent | null> {
  if (message.length > PARSED_AT_ONCE_MAX_BYTES) return readLargeEvent(message)
  return eventOf(parsedJson(message.toString('utf8')))
}

/** As a large response over HTTP is read: the same members are counted of both. */
async function readLargeEvent(message: Buffer): Promise<ResponsesEvent | null> {
  const reader = new LargeJsonReader()
  for (let at = 0; at < message.length; at += SLICE_BYTES) {
    if (at > 0) await nextTurn()
    reader.add(message.subarray(at, at + SLICE_BYTES))
  }
  return eventOf(reader.value())
}

function eventOf(parsed: unknown): ResponsesEvent | null {
  if (!isObject(parsed) || typeof parsed.type !== 'string') return null
  const { response } = parsed
  const responseId = streamIdOf(isObject(response) ? response.id : parsed.response_id)
  return { type: parsed.type, streamId: streamIdOf(parsed.stream_id), responseId, parsed }
}

/** The id of a request among those in flight, or of a response; null where the value is none. */
export function streamIdOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' && value.length <= ID_MAX ? value : null
}
