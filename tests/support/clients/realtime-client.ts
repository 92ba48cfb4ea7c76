// Realtime sessions as an application opens them.
import { once } from 'node:events'
import type { IncomingHttpHeaders } from 'node:http'
import { type ClientOptions, WebSocket } from 'ws'
import type { TestLatchkey } from '../server/latchkey.ts'

export type RealtimeClient = {
  socket: WebSocket
  /** The headers of the 101. */
  headers: IncomingHttpHeaders
  /** The next message that has not been taken yet. */
  message(): Promise<{ data: Buffer; isBinary: boolean }>
  /** The code and reason, once the connection is closed. */
  closed: Promise<{ code: number; reason: string }>
}

type Asked = {
  /** Absent: that of the realtime API. */
  path?: string
  query?: string
  protocols?: string[]
  headers?: Record<string, string>
  options?: ClientOptions
}

/** Opens a session; rejects where it is refused. */
export async function openRealtime(
  { url }: Pick<TestLatchkey, 'url'>,
  secret: string | null,
  { path = '/v1/realtime', query = '?model=m1', protocols = [], headers = {}, options = {} }: Asked = {},
): Promise<RealtimeClient> {
  const authorization: Record<string, string> = secret === null ? {} : { authorization: `Bearer ${secret}` }
  const socket = new WebSocket(`${url.replace('http', 'ws')}${path}${query}`, protocols, {
    headers: { ...authorization, ...headers },
    ...options,
  })
  const messages: { data: Buffer; isBinary: boolean }[] = []
  let wake = () => {}
  socket.on('message', (data: Buffer, isBinary) => {
    messages.push({ data, isBinary })
    wake()
  })
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString('utf8') }))
  })
  let succeeded: IncomingHttpHeaders = {}
  socket.on('upgrade', (response) => {
    succeeded = response.headers
  })
  await once(socket, 'open')
  socket.on('error', () => undefined)
  return {
    socket,
    headers: succeeded,
    async message() {
      for (;;) {
        const next = messages.shift()
        if (next !== undefined) return next
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
    closed,
  }
}

/** A whole handshake by the byte, for `sendRaw`: what a refusal is read from. */
export function handshake(path: string, headers: string[] = []): string {
  const lines = [
    `GET ${path} HTTP/1.1`,
    'Host: x',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
  ]
  return `${lines.join('\r\n')}\r\n\r\n`
}
