// The built-in upstream: responds without a network, to the same request with the same response, so that the first call
// works before any provider is configured. An UpstreamClient like any other; everything around it is the real path.
import type {
  UpstreamCall,
  UpstreamClient,
  UpstreamListener,
  UpstreamRequest,
} from '../../http/client/upstream-client.ts'
import { type EchoResponse, echoResponse } from './echo-endpoints.ts'

/** Sends what is for `echo:` to the echo, and everything else to `network`. */
export function withEcho(network: UpstreamClient, clock: () => number): UpstreamClient {
  return {
    send: (request, listener) =>
      request.baseUrl === 'echo:' ? echo(request, listener, clock) : network.send(request, listener),
    close: () => network.close(),
  }
}

function echo(request: UpstreamRequest, listener: UpstreamListener, clock: () => number): UpstreamCall {
  let aborted = false
  let flowing = true
  let chunks: Buffer[] = []

  /** One chunk a turn, as from a socket, and none while the client is slow. */
  function next(): void {
    if (aborted || !flowing) return
    const chunk = chunks.shift()
    if (chunk === undefined) return listener.onEnd()
    flowing = listener.onChunk(chunk)
    if (flowing) setImmediate(next)
  }

  read(request.body).then((body) => {
    if (aborted) return
    const response: EchoResponse = echoResponse(
      request.method,
      request.path,
      body,
      Math.floor(clock() / 1000),
    )
    chunks = response.chunks
    listener.onHead(response.status, response.headers)
    next()
  })
  return {
    resume: () => {
      if (flowing) return
      flowing = true
      next()
    },
    abort: () => {
      aborted = true
    },
  }
}

/** The body, or nothing for an upload: the echo takes none, but lets it through to its end. */
async function read(body: UpstreamRequest['body']): Promise<Buffer | null> {
  if (body === null || Buffer.isBuffer(body)) return body
  body.on('error', () => undefined)
  body.resume()
  return null
}
