// The headers of an error of the control plane, for GraphQL and REST alike.
import type { ServerResponse } from 'node:http'
import { type AdminError, retryAfterOf } from '../domain/admin-errors.ts'

/** Sets what an error says beside its body: how to authenticate, when to try again, and that an unread body is not read. */
export function setErrorHeaders(response: ServerResponse, error: AdminError): void {
  const { code } = error
  if (code === 'UNAUTHENTICATED') response.setHeader('www-authenticate', 'Bearer')
  if (code === 'PAYLOAD_TOO_LARGE' || code === 'REQUEST_TIMEOUT') response.setHeader('connection', 'close')
  const retryAfter = retryAfterOf(error)
  if (retryAfter !== null) {
    response.setHeader('retry-after', retryAfter)
    response.setHeader('connection', 'close')
  }
}
