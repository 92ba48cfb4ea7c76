// Where a client may send its API key.
import type { IncomingHttpHeaders } from 'node:http'

const BEARER = /^Bearer +([^ ]+) *$/i

/**
 * What the client sent as its key: `Authorization: Bearer`, `X-API-Key`, `api-key` (Azure's) or `x-goog-api-key`
 * (Gemini's), the first that is there. Null where none is. It may be anything, and goes nowhere but into a hash.
 */
export function sentCredential(headers: IncomingHttpHeaders): string | null {
  const bearer = headers.authorization === undefined ? null : BEARER.exec(headers.authorization)
  if (bearer?.[1] !== undefined) return bearer[1]
  for (const name of ['x-api-key', 'api-key', 'x-goog-api-key']) {
    const value = headers[name]
    if (typeof value === 'string' && value.trim() !== '') return value.trim()
  }
  // Nothing, or `Bearer` alone: what an SDK sends for an empty key. Else another scheme, or a malformed header:
  // something was sent, and it is no key of ours.
  return /^\s*(Bearer\s*)?$/i.test(headers.authorization ?? '') ? null : (headers.authorization ?? null)
}
