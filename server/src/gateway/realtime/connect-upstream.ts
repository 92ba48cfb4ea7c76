// Opens a WebSocket to an upstream.
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { UpstreamFailure } from '../upstream-client.ts'
import type { RealtimeLimits } from './limits.ts'

export type UpstreamAnswer =
  /** Paused, so that nothing is lost before somebody listens. */
  | { kind: 'open'; peer: WebSocket; socket: Socket; headers: IncomingHttpHeaders }
  | { kind: 'refused'; status: number; headers: IncomingHttpHeaders; body: Buffer }
  | { kind: 'failed'; failure: UpstreamFailure }
  | { kind: 'aborted' }

// An answer that refuses says why in a few words; one that is longer is not what it says it is.
const REFUSAL_MAX_BYTES = 1024 * 1024
// Most servers close the connection right after the last frame.
const CLOSE_MS = 5_000

/** Resolves once, within `limits.handshakeMs`. Throws where a header cannot be sent. */
export function connectUpstream(
  client: typeof WebSocket,
  url: string,
  headers: Record<string, string | string[]>,
  limits: RealtimeLimits,
  signal: AbortSignal,
): Promise<UpstreamAnswer> {
  const options = {
    headers,
    followRedirects: false,
    perMessageDeflate: false,
    maxPayload: limits.messageBytes,
    // Not among its types.
    closeTimeout: CLOSE_MS,
  }
  const peer = new client(url, [], options)
  return new Promise((resolve) => {
    let failure: UpstreamFailure = 'unreachable'
    let answer: IncomingMessage | null = null
    const timer = setTimeout(() => {
      failure = 'timeout'
      peer.terminate()
      settle({ kind: 'failed', failure })
    }, limits.handshakeMs)
    const onAbort = () => {
      peer.terminate()
      settle({ kind: 'aborted' })
    }
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })

    peer.once('upgrade', (response) => {
      answer = response
    })
    peer.once('open', () => {
      if (answer === null) return
      // What came with the answer would be told in this very turn.
      peer.pause()
      settle({ kind: 'open', peer, socket: answer.socket, headers: answer.headers })
    })
    peer.once('unexpected-response', async (request, response) => {
      const body = await bodyOf(response)
      request.destroy()
      if (body === null) settle({ kind: 'failed', failure })
      else settle({ kind: 'refused', status: response.statusCode ?? 502, headers: response.headers, body })
    })
    // It stays: whatever is left of an attempt that was given up may still fail.
    peer.on('error', () => settle({ kind: 'failed', failure }))

    function settle(result: UpstreamAnswer): void {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      resolve(result)
    }
  })
}

/** Null where it is too long or breaks off. */
async function bodyOf(response: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of response) {
      bytes += (chunk as Buffer).length
      if (bytes > REFUSAL_MAX_BYTES) return null
      chunks.push(chunk as Buffer)
    }
  } catch {
    return null
  }
  return Buffer.concat(chunks)
}
