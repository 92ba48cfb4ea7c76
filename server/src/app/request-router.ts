// Which requests are the gateway's, and which are everything else's.
import type { RequestListener } from 'node:http'

/** Hands requests under `/v1` to the gateway and all others to `rest`. */
export function routeRequests(gateway: RequestListener, rest: RequestListener): RequestListener {
  return (request, response) => {
    if (isUnder(request.url ?? '/', '/v1')) gateway(request, response)
    else rest(request, response)
  }
}

/** True where a URL's path is `path` or lies under it. */
export function isUnder(url: string, path: string): boolean {
  return (
    url.startsWith(path) &&
    (url.length === path.length || url[path.length] === '/' || url[path.length] === '?')
  )
}
