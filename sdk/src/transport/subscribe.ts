// One subscription: an operation whose response is a stream of events, until either side ends it.
import { type DocumentNode, print } from 'graphql'
import { toApiError } from './api-error.ts'
import { ConnectionError, LatchkeyError, TimeoutError } from './errors.ts'
import { readEvents } from './event-stream.ts'
import type { ResolvedOptions } from './options.ts'

/**
 * Yields what each event holds; returns when the server completes the stream. Throws what a query would throw, and a
 * TimeoutError where nothing arrives for `timeoutMs`: the server sends a comment every 12 seconds. Aborting `signal` ends
 * it with the signal's reason.
 */
export type Subscribe = <Data>(
  document: DocumentNode,
  variables: Record<string, unknown>,
  signal: AbortSignal | undefined,
) => AsyncGenerator<Data, void, undefined>

export function createSubscribe(options: ResolvedOptions): Subscribe {
  return async function* subscribe<Data>(
    document: DocumentNode,
    variables: Record<string, unknown>,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Data, void, undefined> {
    const silence = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const heard = () => {
      clearTimeout(timer)
      timer = setTimeout(() => silence.abort(), options.timeoutMs)
    }
    try {
      heard()
      const response = await open(
        options,
        { query: print(document), variables },
        signal === undefined ? silence.signal : AbortSignal.any([signal, silence.signal]),
      )
      if (response.body === null) throw new ConnectionError('The server could not be reached.')
      for await (const { event, data } of readEvents(response.body, heard)) {
        if (event === 'complete') return
        if (event === 'next') yield dataOf<Data>(response, data)
      }
      throw new ConnectionError('The stream ended before it was complete.')
    } catch (thrown) {
      if (signal?.aborted) throw signal.reason
      if (silence.signal.aborted) throw new TimeoutError(`Nothing came for ${options.timeoutMs} ms.`)
      if (thrown instanceof LatchkeyError) throw thrown
      throw new ConnectionError('The server could not be reached.', { cause: thrown })
    } finally {
      clearTimeout(timer)
    }
  }
}

async function open({ fetch, endpoint, adminToken }: ResolvedOptions, body: unknown, signal: AbortSignal) {
  const response = await fetch(endpoint, {
    method: 'POST',
    credentials: adminToken === undefined ? 'same-origin' : 'omit',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      ...(adminToken !== undefined && { authorization: `Bearer ${adminToken}` }),
    },
    body: JSON.stringify(body),
    signal,
  })
  if (response.ok && response.headers.get('content-type')?.startsWith('text/event-stream')) return response
  dataOf(response, await response.text())
  throw new LatchkeyError('The response was no stream. Is the url that of a Latchkey server?')
}

/** The data of a response, or an ApiError for its first error. */
function dataOf<Data>({ status, headers }: Response, text: string): Data {
  let body: { data?: Data | null; errors?: { message: string; extensions?: Record<string, unknown> }[] }
  try {
    body = JSON.parse(text)
  } catch {
    body = {}
  }
  if (body.errors === undefined && body.data != null && status < 400) return body.data
  throw toApiError({ response: { status, headers, errors: body.errors } })
}
