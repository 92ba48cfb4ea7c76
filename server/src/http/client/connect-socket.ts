// Opens the connection for a WebSocket with EgressOptions: to a checked address, through a proxy where there is one.
import { type RequestOptions, request } from 'node:http'
import { request as requestSecurely } from 'node:https'
import { connect, isIP, type LookupFunction, type Socket } from 'node:net'
import { connect as connectSecurely, type TLSSocket } from 'node:tls'

/**
 * Resolves when bytes can be written to the server of the URL. Rejects where that fails, or the signal aborts. Errors after
 * that are for whoever uses the socket, and end nothing while nobody does.
 */
export async function connectSocket(
  url: URL,
  proxyUrl: string | null,
  lookup: LookupFunction,
  signal: AbortSignal,
): Promise<Socket> {
  const secure = url.protocol === 'wss:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port)
  const socket =
    proxyUrl === null
      ? await opened(connect({ host, port, lookup }), 'connect', signal)
      : await tunnelThrough(new URL(proxyUrl), `${url.hostname}:${port}`, lookup, signal)
  if (!secure) return socket
  // An address is never sent as a name (RFC 6066 §3).
  return opened(
    connectSecurely({ socket, host, servername: isIP(host) === 0 ? host : '' }),
    'secureConnect',
    signal,
  )
}

/** RFC 9110 §9.3.6; by RFC 6455 §4.1 WebSockets use CONNECT through proxies, encrypted or not. */
function tunnelThrough(
  proxy: URL,
  authority: string,
  lookup: LookupFunction,
  signal: AbortSignal,
): Promise<Socket> {
  const options: RequestOptions = {
    host: proxy.hostname.replace(/^\[|\]$/g, ''),
    port: proxy.port,
    method: 'CONNECT',
    path: authority,
    headers: { host: authority, ...proxyCredentials(proxy) },
    agent: false,
    lookup,
    signal,
  }
  return new Promise((resolve, reject) => {
    const connecting = proxy.protocol === 'https:' ? requestSecurely(options) : request(options)
    connecting.on('error', reject)
    connecting.once('response', (response) => {
      response.destroy()
      reject(proxyRefusal(response.statusCode))
    })
    connecting.once('connect', (response, socket, head) => {
      socket.on('error', () => undefined)
      // Nothing comes through the tunnel before something was sent.
      if (response.statusCode === 200 && head.length === 0) return resolve(socket as Socket)
      socket.destroy()
      reject(proxyRefusal(response.statusCode))
    })
    connecting.end()
  })
}

/** RFC 7617; a URL has both percent-encoded. */
function proxyCredentials({ username, password }: URL): Record<string, string> {
  if (username === '') return {}
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` }
}

function proxyRefusal(status: number | undefined): Error {
  return Object.assign(new Error(`the proxy responded with status ${status}`), { code: 'EPROXYREFUSED' })
}

function opened<T extends Socket | TLSSocket>(socket: T, event: string, signal: AbortSignal): Promise<T> {
  socket.on('error', () => undefined)
  return new Promise((resolve, reject) => {
    const onAbort = () => socket.destroy(new Error('given up'))
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    const onClose = () => reject(Object.assign(new Error('closed'), { code: 'ECLOSED' }))
    socket.once('error', reject)
    socket.once('close', onClose)
    socket.once(event, () => {
      signal.removeEventListener('abort', onAbort)
      socket.off('error', reject)
      socket.off('close', onClose)
      resolve(socket)
    })
  })
}
