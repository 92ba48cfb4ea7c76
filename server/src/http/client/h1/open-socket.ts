// Opens sockets to an origin, over TLS where it is https.
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectSecurely } from 'node:tls'
import type { Origin } from './origin.ts'

/**
 * Begins to connect; calls `onOpen`, never synchronously, when a request can be written, and `onBytes` with what comes, in
 * buffers that may be kept. A failure is the socket's own 'error'.
 */
export type OpenSocket = (origin: Origin, onOpen: () => void, onBytes: (bytes: Buffer) => void) => Duplex

// TCP's own probes find a peer that has vanished.
const PROBE_AFTER_MS = 60_000
// As much as Node reads at once.
const READ_MAX_BYTES = 64 * 1024
// Origins whose TLS session is kept, the newest.
const SESSIONS_MAX = 100

/** With Node's defaults: certificates are verified, and of several addresses the first that accepts is taken. */
export function socketOpener(): OpenSocket {
  // Owner: one client. Key: host and port. Bound: SESSIONS_MAX. A session that the upstream has dropped does no harm: the
  // handshake is a full one then.
  const sessions = new Map<string, Buffer>()

  // Every plain socket reads into this buffer, and its bytes are copied out before another reads: that costs less than a new
  // 64 KiB for each read, and a thousand streams share it.
  const landing = Buffer.allocUnsafeSlow(READ_MAX_BYTES)

  return (origin, onOpen, onBytes) => {
    const { hostname: host, port, servername } = origin
    const found = origin.lookup === null ? {} : { lookup: origin.lookup }
    if (!origin.secure) {
      const onread = {
        buffer: landing,
        callback: (count: number) => {
          const bytes = Buffer.allocUnsafe(count)
          landing.copy(bytes, 0, 0, count)
          onBytes(bytes)
          return true
        },
      }
      const socket = connect({
        host,
        port,
        ...found,
        onread,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: PROBE_AFTER_MS,
      })
      return socket.once('connect', onOpen)
    }
    const key = `${host}:${port}`
    const session = sessions.get(key)
    const socket = connectSecurely({
      host,
      port,
      ...found,
      ALPNProtocols: ['http/1.1'],
      ...(servername === null ? {} : { servername }),
      ...(session === undefined ? {} : { session }),
    })
    socket.on('data', onBytes)
    socket.setNoDelay(true).setKeepAlive(true, PROBE_AFTER_MS)
    socket.on('session', (fresh) => {
      sessions.delete(key)
      sessions.set(key, fresh)
      const [oldest] = sessions.keys()
      if (sessions.size > SESSIONS_MAX && oldest !== undefined) sessions.delete(oldest)
    })
    return socket.once('secureConnect', onOpen)
  }
}
