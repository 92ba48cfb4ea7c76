// Which requests are the gateway's: those under /v1.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { ORGANIZATION_ROOT, PROJECTS_ROOT, WIRE_ROOT } from '../domain/endpoints/endpoints.ts'
import { endpointOf } from '../domain/endpoints/find-endpoint.ts'
import { otherApiError } from '../domain/endpoints/other-apis.ts'
import { type CallError, callError } from '../domain/errors.ts'
import { canonicalSecret } from '../domain/keys/api-key.ts'
import { sentCredential } from '../gateway/identity/credential.ts'
import { GATEWAY_HEADERS } from '../http/server/cors.ts'
import { errorBody, errorHeaders } from '../http/wire/error-response.ts'

/**
 * Passes requests under `/v1` to `gateway`, and all others to `handleOther`. What is meant for the API of another provider, or
 * for this one with a base URL that lacks `/v1`, gets an error that says so, unlogged: it has no key of the gateway.
 */
export function routeRequests(gateway: RequestListener, handleOther: RequestListener): RequestListener {
  return (request, response) => {
    const url = originForm(request)
    if (isUnder(url, WIRE_ROOT) && !isOfAdmin(request, url)) return gateway(request, response)
    if (isUnder(url, WIRE_ROOT)) return handleOther(request, response)
    const queryAt = url.indexOf('?')
    const path = queryAt === -1 ? url : url.slice(0, queryAt)
    const misdirected = otherApiError(path) ?? rootlessError(request, path)
    if (misdirected === null) handleOther(request, response)
    else respond(response, misdirected)
  }
}

/**
 * Whether a request is for OpenAI's admin API. One that comes with an API key is the gateway's, which refuses it as any path that it
 * does not know, with the key in its log: admin tokens have another form.
 */
function isOfAdmin({ headers }: IncomingMessage, url: string): boolean {
  if (!isUnder(url, ORGANIZATION_ROOT) && !isUnder(url, PROJECTS_ROOT)) return false
  const sent = sentCredential(headers)
  return headers.authorization !== undefined && sent !== null && canonicalSecret(sent) === null
}

function respond(response: ServerResponse, error: CallError): void {
  const body = errorBody(error)
  const length = { 'content-length': String(body.length) }
  response.writeHead(error.httpStatus, { ...GATEWAY_HEADERS, ...errorHeaders(error), ...length }).end(body)
}

/** True for a request target whose path is `path`, or begins with `path` and a slash. */
export function isUnder(url: string, path: string): boolean {
  return (
    url.startsWith(path) &&
    (url.length === path.length || url[path.length] === '/' || url[path.length] === '?')
  )
}

/**
 * The request target as a path. A target in absolute form (RFC 9112 §3.2.2) names this server, whatever its host: it is
 * replaced in the request, so that whatever handles it sees one form.
 */
function originForm(request: IncomingMessage): string {
  const { url = '/' } = request
  if (url.startsWith('/')) return url
  const authority = /^https?:\/\/[^/?#]+/i.exec(url)?.[0]
  if (authority === undefined) return url
  const target = url.slice(authority.length)
  request.url = target.startsWith('/') ? target : `/${target}`
  return request.url
}

/** The error of a path of the wire without its root. A browser that asks for a page gets one. */
function rootlessError({ method = 'GET', headers }: IncomingMessage, path: string): CallError | null {
  if (path.length === 1 || headers.accept?.includes('text/html') === true) return null
  if (endpointOf(method, WIRE_ROOT + path) === 'unknown') return null
  const shown = path.slice(0, 200)
  return callError('unknown_url', {
    message: `Unknown request URL: ${method} ${shown}. Did you mean ${WIRE_ROOT}${shown}? The base URL of this API ends with ${WIRE_ROOT}.`,
  })
}
