// Reads a request to open a WebSocket: RFC 6455 §4.2.1, and OpenAI's subprotocols for browsers, which cannot set headers:
// https://platform.openai.com/docs/guides/realtime-websocket.
import type { IncomingHttpHeaders } from 'node:http'
import { upstreamPath } from '../../../domain/endpoints/find-endpoint.ts'
import { type CallError, callError } from '../../../domain/errors.ts'
import { isCredentialName, queryWithoutSecrets } from '../../../domain/keys/secrets-in-query.ts'
import { headersToUpstream } from '../../../http/wire/headers.ts'
import { sentCredential } from '../../identity/credential.ts'

/** The one subprotocol that is accepted. */
export const REALTIME_PROTOCOL = 'realtime'

const CREDENTIAL_PROTOCOL = 'openai-insecure-api-key.'
const BETA_PROTOCOL = /^openai-beta\.([a-z-]+)-(v[0-9]+)$/

// RFC 9110 §5.6.2: a token.
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/
// 16 bytes in base64.
const KEY = /^[+/0-9A-Za-z]{22}==$/

/** Null where the request can become a WebSocket. */
export function malformed(headers: IncomingHttpHeaders): CallError | null {
  if (!KEY.test(headers['sec-websocket-key'] ?? ''))
    return callError('invalid_request', { message: 'The Sec-WebSocket-Key header is missing or malformed.' })
  if (headers['sec-websocket-version'] !== '13')
    return callError('invalid_request', { message: 'Send `Sec-WebSocket-Version: 13`.' })
  const protocols = subprotocols(headers)
  if (new Set(protocols).size < protocols.length || !protocols.every((protocol) => TOKEN.test(protocol)))
    return callError('invalid_request', {
      message: 'The Sec-WebSocket-Protocol header is malformed: it must name different tokens.',
    })
  return null
}

/** The credential that the client sent: in a header as for any call, else in the subprotocol that browsers use. */
export function handshakeCredential(headers: IncomingHttpHeaders): string | null {
  return sentCredential(headers) ?? protocolCredential(headers)
}

/** The credential in the subprotocol; null where none is. */
export function protocolCredential(headers: IncomingHttpHeaders): string | null {
  const protocol = subprotocols(headers).find((name) => name.startsWith(CREDENTIAL_PROTOCOL))
  return protocol?.slice(CREDENTIAL_PROTOCOL.length) || null
}

/**
 * The URL of the session at the upstream: `path` is of the wire, and `model` takes the place of every model that the client
 * named. The query is kept but for what holds a credential in some dialects.
 */
export function upstreamUrl(baseUrl: string, path: string, query: string, model: string | null): string {
  const parameters = new URLSearchParams(queryWithoutSecrets(query))
  for (const name of [...parameters.keys()]) if (isCredentialName(name)) parameters.delete(name)
  if (model !== null) parameters.set('model', model)
  return `${baseUrl.replace(/^http/, 'ws')}${upstreamPath(path)}${parameters.size > 0 ? `?${parameters}` : ''}`
}

/**
 * The headers of the handshake with the upstream, beside those of WebSocket itself. No subprotocol is sent: headers say the same,
 * and not every upstream accepts one.
 */
export function handshakeHeaders(
  headers: IncomingHttpHeaders,
  own: Readonly<Record<string, string>>,
): Record<string, string | string[]> {
  const out = headersToUpstream(headers, own, false)
  for (const protocol of subprotocols(headers)) {
    const beta = BETA_PROTOCOL.exec(protocol)
    if (beta !== null) out['openai-beta'] ??= `${beta[1]}=${beta[2]}`
  }
  return out
}

/** In the order of the client's preference. */
function subprotocols(headers: IncomingHttpHeaders): string[] {
  const sent = headers['sec-websocket-protocol']
  return sent === undefined ? [] : sent.split(',').map((name) => name.trim())
}
