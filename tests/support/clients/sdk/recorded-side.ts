// One call with OpenAI's SDK at one server, with everything that can be compared of it: what the application gets, the
// bytes that its fetch got, and the bytes that the upstream behind the server got.
import OpenAI from 'openai'
import { isObject } from '../../openai-upstream/request.ts'
import { plain } from '../../run/plain.ts'
import type { RecordingUpstream } from '../../upstreams/recording-upstream.ts'
import { exactly } from '../as-received.ts'
import { comparable, type Seen, watchedFetch } from '../seen-responses.ts'
import { callMethod } from './sdk-methods.ts'

export type RecordedSide = {
  baseURL: string
  apiKey: string
  /** Where its calls come to in the end. */
  upstream: RecordingUpstream
}

export type RecordedCall = {
  /** What the method returned, read to its end, or `{ thrown }`. */
  result: unknown
  responses: { seen: Seen; body: string }[]
  requests: Record<string, unknown>[]
}

/** Makes one call, with everything that belongs to it, such as further calls of a helper. */
export async function recordCall(
  { baseURL, apiKey, upstream }: RecordedSide,
  name: string,
  args: readonly unknown[],
): Promise<RecordedCall> {
  const seen: Seen[] = []
  const bodies: Promise<string>[] = []
  const watched = watchedFetch(seen)
  const openai = new OpenAI({
    baseURL,
    apiKey,
    adminAPIKey: apiKey,
    organization: null,
    project: null,
    fetch: async (input, init) => {
      const response = await watched(input, init)
      // The SDK finds out what its runtime can do.
      if (String(input).startsWith('data:')) return response
      bodies.push(bytesOf(response.clone()))
      return response
    },
  })
  const before = upstream.received.length
  const result = plain(await outcomeOf(openai, name, args), baseURL)
  const texts = await Promise.all(bodies)
  return {
    result,
    responses: comparable(seen).map((one, index) => ({ seen: one, body: texts[index] ?? '' })),
    requests: upstream.received.slice(before).map(exactly),
  }
}

async function outcomeOf(openai: OpenAI, name: string, args: readonly unknown[]): Promise<unknown> {
  try {
    return await readWhole(await callMethod(openai, name, args))
  } catch (thrown) {
    return { thrown }
  }
}

/** What the SDK returns, read to its end: bytes, a page's members, a stream's events, or a helper's last word. */
async function readWhole(value: unknown): Promise<unknown> {
  if (value instanceof Response) return [value.status, await value.arrayBuffer()]
  if (!isObject(value)) return value
  if (typeof value.getPaginatedItems === 'function') return { ...value, items: value.getPaginatedItems() }
  const events = isAsyncIterable(value) ? await Array.fromAsync(value) : value
  for (const last of ['finalChatCompletion', 'finalResponse', 'finalRun']) {
    const ask = value[last]
    if (typeof ask === 'function') return [events, await Reflect.apply(ask, value, [])]
  }
  return events
}

function isAsyncIterable(value: object): value is AsyncIterable<unknown> {
  return Symbol.asyncIterator in value
}

/** A body, a character a byte; of one that the client aborted, only that. */
async function bytesOf(response: Response): Promise<string> {
  try {
    return Buffer.from(await response.arrayBuffer()).toString('latin1')
  } catch {
    return 'aborted'
  }
}
