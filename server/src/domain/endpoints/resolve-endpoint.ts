// The endpoint of a request target, or the error of a target that has none: for the gateway and for explain.
import { type CallError, callError } from '../errors.ts'
import { type Endpoint, WIRE_ROOT } from './endpoints.ts'
import { endpointOf } from './find-endpoint.ts'
import { otherApiError } from './other-apis.ts'
import { isPlainPath, isQuery, isRequestTarget } from './wire-path.ts'

/** The error of what is no request target, or whose path could mean another at an upstream; null where it is well-formed. */
export function targetError(path: string, query: string): CallError | null {
  // A plain path has the characters of one.
  if (isPlainPath(path)) return isQuery(query) ? null : NO_TARGET
  return isRequestTarget(path, query) ? callError('unknown_url') : NO_TARGET
}

const NO_TARGET = callError('invalid_request', {
  message:
    'The request target is not well-formed (RFC 9112, section 3.2): it must have no `#`, and other characters than those of a URL must be percent-encoded.',
})

/** `path` in its normal form; `query` with its question mark, or empty. A path that only a WebSocket opens has an error. */
export function resolveEndpoint(method: string, path: string, query: string): Endpoint | CallError {
  const fault = targetError(path, query)
  if (fault !== null) return fault
  const endpoint = endpointOf(method, path)
  if (typeof endpoint === 'object' && 'served' in endpoint) return endpoint
  if (endpoint === 'websocket') return callError('upgrade_required')
  const otherApi = otherApiError(path)
  if (otherApi !== null) return otherApi
  const shown = path.slice(0, 200)
  if (endpoint === 'unknown') {
    return callError('unknown_url', {
      message: `Unknown request URL: ${method} ${shown}. ${hint(method, path)}`,
    })
  }
  return callError('method_not_allowed', {
    allow: endpoint.allow,
    message: `Not allowed to ${method} on ${shown} (allowed: ${endpoint.allow.join(', ')}).`,
  })
}

/** What a client may change whose path is not known. Many append the version to a base URL that ends with it. */
function hint(method: string, path: string): string {
  const once = path.slice(WIRE_ROOT.length)
  if (!once.startsWith(`${WIRE_ROOT}/`) || endpointOf(method, once) === 'unknown')
    return 'Check the path and the method against the OpenAI API reference.'
  return `Did you mean ${once.slice(0, 200)}? The base URL of the client ends with ${WIRE_ROOT}, and the client adds ${WIRE_ROOT} itself: take one of them away.`
}
