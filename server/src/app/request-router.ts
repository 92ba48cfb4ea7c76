// Which requests are the gateway's: those under /v1.
import type { RequestListener } from 'node:http'
import { WIRE_ROOT } from '../domain/endpoints.ts'

/** Passes requests under `/v1` to `gateway`, and all others to `handleOther`. */
export function routeRequests(gateway: RequestListener, handleOther: RequestListener): RequestListener {
  return (request, response) => {
    if (isUnder(request.url ?? '/', WIRE_ROOT)) gateway(request, response)
    else handleOther(request, response)
  }
}

/** True for a request target whose path is `path`, or begins with `path` and a slash. */
export function isUnder(url: string, path: string): boolean {
  return (
    url.startsWith(path) &&
    (url.length === path.length || url[path.length] === '/' || url[path.length] === '?')
  )
}
