// The connections to one origin: which call goes onto which.
import type { UpstreamTimeouts } from '../upstream-client.ts'
import { Connection, type ConnectionOwner } from './connection.ts'
import type { Deadlines } from './deadlines.ts'
import type { LeanCall } from './lean-call.ts'
import type { OpenSocket } from './open-socket.ts'
import type { Origin } from './origin.ts'

export type Pool = {
  origin: Origin
  send(call: LeanCall): void
  /** No connection is open, or being opened. */
  isEmpty(): boolean
  /** In-flight calls fail. */
  destroy(): void
}

// More idle connections than this are closed at once.
const IDLE_MAX = 1_024

/** Every call has a connection of its own while it lasts; the one that was idle for the shortest time serves first. */
export function createPool(
  origin: Origin,
  timeouts: UpstreamTimeouts,
  deadlines: Deadlines,
  open: OpenSocket,
): Pool {
  const all = new Set<Connection>()
  const idle: Connection[] = []
  let waiting: LeanCall[] = []

  const owner: ConnectionOwner = {
    onIdle(connection) {
      if (idle.length >= IDLE_MAX) connection.destroy()
      else idle.push(connection)
    },
    onDisconnect(connection) {
      all.delete(connection)
      const at = idle.lastIndexOf(connection)
      if (at !== -1) idle.splice(at, 1)
    },
    onRace(call) {
      // On a new connection, so that this happens to a call once at most.
      connectFor(call)
    },
  }

  function connectFor(call: LeanCall): void {
    all.add(
      new Connection(owner, timeouts, deadlines, call, (onOpen, onBytes) => open(origin, onOpen, onBytes)),
    )
  }

  /** By now, what has come in on an idle connection has been read: a close, or unsolicited bytes. */
  function writeWaiting(): void {
    const calls = waiting
    waiting = []
    for (const call of calls) if (!call.over && call.connection?.write() !== true) connectFor(call)
  }

  return {
    origin,
    send(call) {
      const connection = idle.pop()
      if (connection === undefined) return connectFor(call)
      connection.reserve(call)
      if (waiting.push(call) === 1) setImmediate(writeWaiting)
    },
    isEmpty: () => all.size === 0,
    destroy() {
      for (const connection of [...all]) connection.destroy()
    },
  }
}
