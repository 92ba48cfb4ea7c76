// The realtime API's WebSockets as one thing: which requests are theirs, and which sessions are open.
import type { IncomingMessage } from 'node:http'
import { WIRE_ROOT } from '../../domain/endpoints.ts'
import type { Gateway } from '../gateway.ts'
import type { RealtimeLimits } from './limits.ts'
import { type Session, startSession } from './session.ts'

export type Realtime = {
  /** True for what `handle` is for: every request under /v1 for a WebSocket. */
  takes(request: IncomingMessage): boolean
  /** Opens a session on an upgraded connection, or refuses it in plain HTTP; records it either way. */
  handle(request: IncomingMessage, head: Buffer): void
  /** Takes no more sessions, lets those that are open end for up to `graceMs`, closes the rest with 1001. */
  close(graceMs: number): Promise<void>
}

// How long a caller has to answer the last close.
const CUT_MS = 1_000

export function createRealtime(gateway: Gateway, limits: RealtimeLimits): Realtime {
  // Owner: this. Key: the session. Bound: the process's connections. Lifetime: the caller's connection.
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
      }, graceMs + CUT_MS)
      await empty
      clearTimeout(abort)
      clearTimeout(terminate)
    },
  }
}
