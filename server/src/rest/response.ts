// Responses of the REST API: JSON, and errors in one form.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { beginError } from '../auth/error-headers.ts'
import { requesterOf } from '../auth/identify.ts'
import { ADMIN_ERRORS, AdminError } from '../domain/admin-errors.ts'
import type { Requester } from '../domain/admins/actor.ts'
import type { Result, UserError } from '../domain/user-error.ts'
import type { ControlPlane } from '../services/control-plane.ts'

/** A handler of requests: each response has the headers of all; what `serve` rejects with goes to `fail`. */
export function restHandler(
  serve: (request: IncomingMessage, response: ServerResponse, client: Requester) => Promise<void>,
  fail: (response: ServerResponse, client: Requester, error: unknown) => void,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    const client = requesterOf(request)
    response.setHeader('x-request-id', client.requestId)
    response.setHeader('cache-control', 'no-store')
    response.setHeader('x-content-type-options', 'nosniff')
    try {
      await serve(request, response, client)
    } catch (error) {
      fail(response, client, error)
    }
  }
}

/** Sends a whole response with a JSON body. */
export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  sendText(response, status, JSON.stringify(value))
}

/** The same of a body that is JSON already. */
export function sendText(response: ServerResponse, status: number, body: string): void {
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  }
  response.writeHead(status, headers).end(body)
}

/** `{"error": {"code", "message", "param"}}`; an error outside the catalogue is INTERNAL, with details in the log alone. */
export function sendError(
  plane: ControlPlane,
  response: ServerResponse,
  { requestId }: Requester,
  error: unknown,
): void {
  const known = beginError(response, error, (fault) => plane.onFault?.(fault, requestId))
  if (known === null) return
  const { code, message, param } = known
  sendJson(response, ADMIN_ERRORS[code].status, { error: { code, message, param } })
}

/** The value of a service's result. Throws its first user error. */
export function valueOrThrow<T>(result: Result<T>): T {
  if (result.ok) return result.value
  const [first] = result.errors
  throw first === undefined ? new AdminError('INTERNAL') : restError(first)
}

// The fields of the services that the original product names otherwise.
const NAMES: Record<string, string> = {
  expiresInDays: 'expires_days',
  neverExpires: 'never_expires',
  id: 'key_id',
}

function restError({ code, field, message }: UserError): AdminError {
  const param = field === null ? null : (NAMES[field] ?? field)
  // A message may name other fields than its own; `id` is a word besides.
  let text = field === 'id' ? message.replaceAll('id', 'key_id') : message
  for (const [name, own] of Object.entries(NAMES)) if (name !== 'id') text = text.replaceAll(name, own)
  const known = code === 'NOT_FOUND' || code === 'FORBIDDEN' ? code : 'BAD_USER_INPUT'
  return new AdminError(known, text, param)
}
