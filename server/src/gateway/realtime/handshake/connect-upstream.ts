// Opens a WebSocket to an upstream.
import type { IncomingHttpHeaders, IncomingMessage, RequestOptions } from 'node:http'
import { type LookupFunction, Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { TransportReason } from '../../../domain/upstreams/transport-reason.ts'
import { transportReasonOf } from '../../../domain/upstreams/transport-reason-of.ts'
import { connectSocket } from '../../../http/client/connect-socket.ts'
import type { EgressOptions, TransportError } from '../../../http/client/upstream-client.ts'
import type { RealtimeLimits } from '../limits.ts'

export type UpstreamReply =
  /** Paused, so that no message is lost before somebody listens. */
  | { kind: 'open'; peer: WebSocket; socket: Socket; headers: IncomingHttpHeaders }
  | { kind: 'refused'; status: number; headers: IncomingHttpHeaders; body: Buffer }
  | { kind: 'failed'; failure: TransportError; reason: TransportReason }
  | { kind: 'aborted' }

// A response that refuses a handshake has an error of a few words; a longer body is not read.
const REFUSAL_MAX_BYTES = 1024 * 1024
// Most servers close the connection right after the last frame.
const CLOSE_MS = 5_000

/**
 * Resolves once, within `limits.handshakeMs`, or within the timeouts of the upstream's own egress: one to connect, another to
 * the response. Throws where a header cannot be sent.
 */
export function connectUpstream(
  client: typeof WebSocket,
  url: string,
  headers: Record<string, string | string[]>,
  limits: RealtimeLimits,
  own: { egress: EgressOptions; lookup: LookupFunction } | null,
  signal: AbortSignal,
): Promise<UpstreamReply> {
  const connecting = new AbortController()
  let onConnected = () => {}
  const options = {
    headers,
    ...(own === null
      ? {}
      : { createConnection: createConnectionOn(url, own, connecting.signal, () => onConnected()) }),
    followRedirects: false,
    perMessageDeflate: false,
    maxPayload: limits.messageBytes,
    // Not among its types.
    closeTimeout: CLOSE_MS,
  }
  const peer = new client(url, [], options)
  return new Promise((resolve) => {
    let failure: TransportError = 'unreachable'
    let reply: IncomingMessage | null = null
    const { connectMs = null, headMs = null } = own?.egress.timeouts ?? {}
    let timer = setTimeout(onLate, connectMs ?? limits.handshakeMs)
    // Of a connection that Node makes by itself, the end of connecting is not seen.
    let isConnected = own === null
    onConnected = () => {
      isConnected = true
      if (connectMs === null && headMs === null) return
      clearTimeout(timer)
      timer = setTimeout(onLate, headMs ?? limits.handshakeMs)
    }
    const onAbort = () => {
      peer.terminate()
      settle({ kind: 'aborted' })
    }
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })

    peer.once('upgrade', (response) => {
      reply = response
    })
    peer.once('open', () => {
      if (reply === null) return
      // Messages that came with the response would be emitted in this turn, before anybody listens.
      peer.pause()
      settle({ kind: 'open', peer, socket: reply.socket, headers: reply.headers })
    })
    peer.once('unexpected-response', async (request, response) => {
      const body = await bodyOf(response)
      request.destroy()
      if (body === null) settle({ kind: 'failed', failure, reason: 'CONNECTION_CLOSED' })
      else settle({ kind: 'refused', status: response.statusCode ?? 502, headers: response.headers, body })
    })
    // The listener stays: an attempt that was given up may still fail.
    peer.on('error', (error) => settle({ kind: 'failed', failure, reason: transportReasonOf(error) }))

    function onLate(): void {
      failure = 'timeout'
      peer.terminate()
      settle({ kind: 'failed', failure, reason: isConnected ? 'HEAD_TIMEOUT' : 'CONNECT_TIMEOUT' })
    }

    function settle(result: UpstreamReply): void {
      clearTimeout(timer)
      onConnected = () => {}
      if (result.kind !== 'open') connecting.abort()
      signal.removeEventListener('abort', onAbort)
      resolve(result)
    }
  })
}

function createConnectionOn(
  url: string,
  { egress, lookup }: { egress: EgressOptions; lookup: LookupFunction },
  signal: AbortSignal,
  onConnected: () => void,
): NonNullable<RequestOptions['createConnection']> {
  return (_options, onCreated) => {
    connectSocket(new URL(url), egress.proxyUrl, lookup, signal).then(
      (socket) => {
        onConnected()
        onCreated(socket.destroyed ? new Error('closed at once') : null, socket)
      },
      // With an error the socket is ignored.
      (error: Error) => onCreated(error, new Socket()),
    )
    return undefined
  }
}

/** Null where it is too long or incomplete. */
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
