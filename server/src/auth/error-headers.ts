// How an error of the control plane is sent, but for its body: for GraphQL and REST alike.
import type { ServerResponse } from 'node:http'
import { AdminError, ClientDisconnected, retryAfterOf } from '../domain/admin-errors.ts'

/**
 * What a client is told of an error, with its headers set. One outside the catalogue is INTERNAL, and goes to `onFault`, since only the
 * log has its details. Null where nothing can be told: the client has gone, or a response has begun and is broken off.
 */
export function beginError(
  response: ServerResponse,
  error: unknown,
  onFault: (error: unknown) => void,
): AdminError | null {
  if (!(error instanceof AdminError)) onFault(error)
  if (response.headersSent || error instanceof ClientDisconnected) {
    response.destroy()
    return null
  }
  const known = error instanceof AdminError ? error : new AdminError('INTERNAL')
  setErrorHeaders(response, known)
  return known
}

/** Sets what an error says beside its body: how to authenticate, when to try again, and that an unread body is not read. */
function setErrorHeaders(response: ServerResponse, error: AdminError): void {
  const { code } = error
  if (code === 'UNAUTHENTICATED') response.setHeader('www-authenticate', 'Bearer')
  if (code === 'PAYLOAD_TOO_LARGE' || code === 'REQUEST_TIMEOUT') response.setHeader('connection', 'close')
  const retryAfter = retryAfterOf(error)
  if (retryAfter !== null) {
    response.setHeader('retry-after', retryAfter)
    response.setHeader('connection', 'close')
  }
}
