// Answers of the REST: JSON, and errors in one form.
import type { ServerResponse } from 'node:http'
import { ADMIN_ERRORS, AdminError } from '../domain/admin-errors.ts'
import type { Requester } from '../domain/admins/actor.ts'
import type { Result, UserError } from '../domain/user-error.ts'
import type { ControlPlane } from '../services/control-plane.ts'

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value)
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  }
  response.writeHead(status, headers).end(body)
}

/** `{"error": {"code", "message", "param"}}`; what is not catalogued is INTERNAL, and only the log learns more. */
export function sendError(
  plane: ControlPlane,
  response: ServerResponse,
  { requestId }: Requester,
  error: unknown,
): void {
  if (!(error instanceof AdminError)) plane.onFault?.(error, requestId)
  if (response.headersSent) return void response.destroy()
  const { code, message, param } = error instanceof AdminError ? error : new AdminError('INTERNAL')
  if (code === 'UNAUTHENTICATED') response.setHeader('www-authenticate', 'Bearer')
  // The rest of the body is not worth waiting for.
  if (code === 'PAYLOAD_TOO_LARGE') response.setHeader('connection', 'close')
  sendJson(response, ADMIN_ERRORS[code].status, { error: { code, message, param } })
}

/** The value of a service's result; its first problem becomes the answer. */
export function valueOrThrow<T>(result: Result<T>): T {
  if (result.ok) return result.value
  const [first] = result.errors
  throw first === undefined ? new AdminError('INTERNAL') : restError(first)
}

// What the original product calls the fields of the services.
const NAMES: Record<string, string> = { expiresInDays: 'expires_days', id: 'key_id' }

function restError({ code, field, message }: UserError): AdminError {
  const param = field === null ? null : (NAMES[field] ?? field)
  const text = field !== null && param !== null ? message.replaceAll(field, param) : message
  return new AdminError(code === 'NOT_FOUND' ? 'NOT_FOUND' : 'BAD_USER_INPUT', text, param)
}
