// One subscription: an operation whose response is a stream of events, until either side ends it.
import { ConnectionError, LatchkeyError, TimeoutError } from './errors.ts'
import { readEvents } from './event-stream.ts'
import { unreachable } from './fetch-whole.ts'
import type { ResolvedOptions } from './options.ts'
import { dataOf, post } from './post.ts'

/**
 * Yields what each event holds; returns when the server completes the stream. Throws what a query would throw, and a
 * TimeoutError where nothing arrives for `timeoutMs`: the server sends a comment every 12 seconds. Aborting `signal` ends
 * it with the signal's reason.
 */
export type Subscribe = <Data>(
  document: string,
  variables: Record<string, unknown>,
  signal: AbortSignal | undefined,
) => AsyncGenerator<Data, void, undefined>

/**
 * Subscriptions over server-sent events, each on a connection of its own
 * (https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md). One that is lost or silent throws, and is not opened again.
 */
export function createSubscribe(options: ResolvedOptions): Subscribe {
  return async function* subscribe<Data>(
    document: string,
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
      const either = signal === undefined ? silence.signal : AbortSignal.any([signal, silence.signal])
      const response = await open(options, document, variables, either)
      if (response.body === null) throw unreachable(options.endpoint, undefined)
      for await (const { event, data } of readEvents(response.body, heard)) {
        if (event === 'complete') return
        if (event === 'next') yield dataOf<Data>(response, data)
      }
      throw new ConnectionError('The stream ended before it was complete.')
    } catch (thrown) {
      if (signal?.aborted) throw signal.reason
      if (silence.signal.aborted) throw new TimeoutError(`Nothing came for ${options.timeoutMs} ms.`)
      if (thrown instanceof LatchkeyError) throw thrown
      throw unreachable(options.endpoint, thrown)
    } finally {
      clearTimeout(timer)
    }
  }
}

async function open(
  options: ResolvedOptions,
  document: string,
  variables: Record<string, unknown>,
  signal: AbortSignal,
): Promise<Response> {
  const response = await post(options, document, variables, 'text/event-stream', signal)
  if (response.ok && response.headers.get('content-type')?.startsWith('text/event-stream')) return response
  dataOf(response, await response.text())
  throw new LatchkeyError('The response was no stream. Is the url that of a Latchkey server?')
}
