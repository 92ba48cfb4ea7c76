// The WebSockets of the realtime API: which requests are theirs, and which sessions are open.
import type { IncomingMessage } from 'node:http'
import { WIRE_ROOT } from '../../domain/endpoints/endpoints.ts'
import type { Gateway } from '../gateway.ts'
import type { RealtimeLimits } from './limits.ts'
import { type Session, startSession } from './session.ts'

export type Realtime = {
  /** True for what `handle` is for: every request under /v1 for a WebSocket. */
  takes(request: IncomingMessage): boolean
  /** Opens a session on an upgraded connection, or refuses it in plain HTTP, and records it. */
  handle(request: IncomingMessage, head: Buffer): void
  /** Accepts no more sessions, waits up to `graceMs` for the open ones to end, closes the others with 1001. */
  close(graceMs: number): Promise<void>
}

// How long a client has to respond to the last close.
const CLOSE_MS = 1_000

/** Sessions of this gateway; `close` them before the gateway stops. */
export function createRealtime(gateway: Gateway, limits: RealtimeLimits): Realtime {
  // Owner: this. Key: the session. Bound: the process's connections. Lifetime: the client's connection.
  const sessions = new Set<Session>()
  let closing = false
  let onEmpty = () => {}
  return {
    takes: ({ method, url = '', headers }) =>
      method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket' && url.startsWith(`${WIRE_ROOT}/`),
    handle(request, head) {
      const session = startSession(gateway, limits, request, head)
      sessions.add(session)
      request.socket.once('close', () => {
        sessions.delete(session)
        if (sessions.size === 0) onEmpty()
      })
      if (closing) session.abort()
    },
    async close(graceMs) {
      closing = true
      if (sessions.size === 0) return
      const empty = new Promise<void>((resolve) => {
        onEmpty = resolve
      })
      const abort = setTimeout(() => {
        for (const session of sessions) session.abort()
      }, graceMs)
      const terminate = setTimeout(() => {
        for (const session of sessions) session.terminate()
      }, graceMs + CLOSE_MS)
      await empty
      clearTimeout(abort)
      clearTimeout(terminate)
    },
  }
}
