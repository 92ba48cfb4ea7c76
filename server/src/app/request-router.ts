// Which requests are the gateway's: those under /v1.
import type { RequestListener, ServerResponse } from 'node:http'
import { WIRE_ROOT } from '../domain/endpoints.ts'
import type { CallError } from '../domain/errors.ts'
import { otherApiError } from '../domain/other-apis.ts'
import { GATEWAY_HEADERS } from '../http/server/cors.ts'
import { errorBody, errorHeaders } from '../http/wire/error-response.ts'

/**
 * Passes requests under `/v1` to `gateway`, and all others to `handleOther`. What is meant for the API of another provider gets
 * an error that says so, unlogged: it has no key of the gateway.
 */
export function routeRequests(gateway: RequestListener, handleOther: RequestListener): RequestListener {
  return (request, response) => {
    const url = request.url ?? '/'
    if (isUnder(url, WIRE_ROOT)) return gateway(request, response)
    const queryAt = url.indexOf('?')
    const otherApi = otherApiError(queryAt === -1 ? url : url.slice(0, queryAt))
    if (otherApi === null) handleOther(request, response)
    else respond(response, otherApi)
  }
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
