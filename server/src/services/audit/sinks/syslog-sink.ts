// Audit events as messages of syslog (RFC 5424): over UDP (RFC 5426), TCP (RFC 6587, counted octets) or TLS (RFC 5425).
import { createSocket } from 'node:dgram'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { hostname } from 'node:os'
import { connect as connectTls } from 'node:tls'
import { octetCounted, syslogMessage } from '../../../domain/audit/syslog-message.ts'
import type { AuditSink } from './audit-sink.ts'

export type SyslogTarget = { protocol: 'udp' | 'tcp' | 'tls'; host: string; port: number }

const TIMEOUT_MS = 10_000

/**
 * A message counts as sent once the system has taken it: syslog has no reply. `ca`: the authorities whose certificates are taken, PEM;
 * absent: those of the process.
 */
export function syslogSink(target: SyslogTarget, ca?: string): AuditSink {
  const send = target.protocol === 'udp' ? datagrams(target) : stream(target, ca)
  return {
    name: 'syslog',
    send: (event, closing) => send.write(syslogMessage(event, hostname()), closing),
    close: send.close,
  }
}

type Sender = { write(message: string, closing: AbortSignal): Promise<void>; close(): void }

function datagrams({ host, port }: SyslogTarget): Sender {
  return {
    write: (message) =>
      new Promise((resolve, reject) => {
        const socket = createSocket(isIP(host) === 6 ? 'udp6' : 'udp4')
        const end = (error: Error | null) => {
          if (error === null) resolve()
          else reject(error)
        }
        // The callback of send comes once; an error of the socket may come beside it.
        socket.once('error', end)
        socket.send(message, port, host, (error) => {
          end(error)
          socket.close()
        })
      }),
    close: () => undefined,
  }
}

function stream(target: SyslogTarget, ca: string | undefined): Sender {
  let open: Socket | null = null

  async function connected(closing: AbortSignal): Promise<Socket> {
    if (open?.writable === true) return open
    open?.destroy()
    const socket = await connect(target, ca, closing)
    // What is sent to a receiver that has closed is lost to it: better a new connection.
    socket.on('end', () => socket.destroy())
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      if (open === socket) open = null
    })
    socket.resume()
    socket.unref()
    open = socket
    return socket
  }

  return {
    async write(message, closing) {
      const socket = await connected(closing)
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const timer = setTimeout(
        () => socket.destroy(new Error('the syslog receiver does not read')),
        TIMEOUT_MS,
      )
      const stop = () => socket.destroy(new Error('stopping'))
      closing.addEventListener('abort', stop, { once: true })
      const lost = () => reject(new Error('the connection to the syslog receiver was closed'))
      socket.once('close', lost)
      socket.write(octetCounted(message), (error) => (error == null ? resolve() : reject(error)))
      try {
        await promise
      } finally {
        clearTimeout(timer)
        closing.removeEventListener('abort', stop)
        socket.off('close', lost)
      }
    },
    close: () => open?.destroy(),
  }
}

function connect(
  { protocol, host, port }: SyslogTarget,
  ca: string | undefined,
  closing: AbortSignal,
): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const name = isIP(host) === 0 ? { servername: host } : {}
  const socket =
    protocol === 'tls'
      ? connectTls({ host, port, ...name, ...(ca !== undefined && { ca }) }, () => resolve(socket))
      : connectTcp({ host, port }, () => resolve(socket))
  const signal = AbortSignal.any([closing, AbortSignal.timeout(TIMEOUT_MS)])
  const stop = () => socket.destroy(new Error('the syslog receiver cannot be reached in time'))
  signal.addEventListener('abort', stop, { once: true })
  socket.once('error', reject)
  socket.once('close', () => reject(new Error('the syslog receiver closed the connection')))
  return promise.finally(() => {
    signal.removeEventListener('abort', stop)
    socket.off('error', reject)
  })
}
