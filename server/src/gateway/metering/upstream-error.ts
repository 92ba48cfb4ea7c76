// The error of a whole error response, and texts and bytes without the secrets that were sent to the upstream.
import { numberedCode } from '../../domain/logs/log-codes.ts'
import { REMOVED_SECRET } from '../../domain/upstreams/failure-class.ts'
import { parseUpstreamError, type UpstreamError } from '../../domain/upstreams/parse-upstream-error.ts'
import { parsedJson } from '../../http/wire/parsed-json.ts'

/** The error that an error response with this status reports; without a readable one, the status as its code. */
export function errorOfResponse(status: number, body: Buffer): UpstreamError {
  const code = numberedCode('upstream', status)
  return parseUpstreamError(parsedJson(body.toString('utf8')), code) ?? { code, message: null }
}

/** The text without the secrets that were sent to the upstream, the longest first: some upstreams repeat them. */
export function redacted(text: string, secrets: readonly string[]): string {
  let clean = text
  for (const secret of secrets) clean = clean.replaceAll(secret, REMOVED_SECRET)
  return clean
}

/** The bytes without those secrets; the same Buffer where none is in them. */
export function redactedBytes(bytes: Buffer, secrets: readonly string[]): Buffer {
  if (!secrets.some((secret) => bytes.includes(secret))) return bytes
  return Buffer.from(redacted(bytes.toString('latin1'), secrets), 'latin1')
}
