// undici, loaded with the first call that needs it: 25 MB that a gateway saves as long as all calls are of the usual
// kind, which the lean client takes.
import type { LookupFunction } from 'node:net'
import { Readable } from 'node:stream'
import type { UpstreamCall, UpstreamClient, UpstreamTimeouts } from './upstream-client.ts'

/** The same as `undiciClient`; its first call waits for the module. */
export function undiciWhenNeeded(timeouts: UpstreamTimeouts, lookup: LookupFunction): UpstreamClient {
  let client: UpstreamClient | null = null
  let loading: Promise<UpstreamClient> | null = null
  let closed = false

  async function load(): Promise<UpstreamClient> {
    const { undiciClient } = await import('./undici-client.ts')
    client = undiciClient(timeouts, lookup)
    if (closed) await client.close()
    return client
  }

  return {
    send(request, listener) {
      if (client !== null) return client.send(request, listener)
      // Until undici has the body, nothing else handles its errors.
      if (request.body instanceof Readable) request.body.on('error', () => undefined)
      let call: UpstreamCall | null = null
      let aborted = false
      loading ??= load()
      loading.then(
        (loaded) => {
          if (!aborted) call = loaded.send(request, listener)
        },
        () => {
          if (!aborted) listener.onFailure('unreachable', false, 'UNKNOWN')
        },
      )
      return {
        resume: () => call?.resume(),
        abort() {
          aborted = true
          call?.abort()
        },
      }
    },
    async close() {
      closed = true
      await client?.close()
    },
  }
}
