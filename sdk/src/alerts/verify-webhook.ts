// Verifies the messages of a WEBHOOK channel, as Standard Webhooks signs them: https://www.standardwebhooks.com
// Web Crypto alone, so that it runs in Node, Bun, Deno, workers and browsers.
import { LatchkeyError } from '../transport/errors.ts'
import type { AlertKind, AlertSeverity } from '../types.ts'

/** The message: version 1. Fields may be added to it. Instants are RFC 3339 in UTC. */
export type AlertWebhook = {
  type: 'alert.opened' | 'alert.repeated' | 'alert.resolved' | 'alert.test'
  timestamp: string
  data: {
    version: number
    /** Null in a test. */
    rule: { id: string; name: string; kind: AlertKind; severity: AlertSeverity } | null
    /** How many alerts it is about; `alerts` has the first 20. */
    total: number
    alerts: {
      id: string
      target: { id: string; name: string }
      message: string
      openedAt: string
      resolvedAt: string | null
    }[]
    /** Where the console is, if the server knows. */
    url: string | null
  }
}

/** The message was not sent by the server that has the secret, or long ago. */
export class WebhookVerificationError extends LatchkeyError {}

export type WebhookHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>

export type VerifyOptions = {
  /** How far the sender's clock may be from this one, either way; 300 by default. */
  toleranceSeconds?: number
  /** Milliseconds since the epoch; Date.now() by default. */
  nowMs?: number
}

const PREFIX = 'whsec_'
// A header that a rotation makes has two; a longer list is no list of ours.
const SIGNATURES_MAX = 10

/**
 * The message in a webhook's body, once its signature is verified. `payload`: the body as it was received, not parsed and written
 * again. Rejects with a WebhookVerificationError. The comparison takes the same time whatever differs. A message can come twice:
 * `webhook-id` tells them apart.
 */
export async function verifyWebhook(
  payload: string | Uint8Array,
  headers: WebhookHeaders,
  secret: string,
  { toleranceSeconds = 300, nowMs = Date.now() }: VerifyOptions = {},
): Promise<AlertWebhook> {
  const id = headerIn(headers, 'webhook-id')
  const timestamp = headerIn(headers, 'webhook-timestamp')
  const signatures = headerIn(headers, 'webhook-signature')
  if (!/^\d{1,12}$/.test(timestamp)) throw new WebhookVerificationError('webhook-timestamp is no number.')
  if (Math.abs(nowMs / 1_000 - Number(timestamp)) > toleranceSeconds)
    throw new WebhookVerificationError(
      'webhook-timestamp is too far from now: an old message, or a wrong clock.',
    )
  const key = await crypto.subtle.importKey(
    'raw',
    secretBytes(secret),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['verify'],
  )
  const body = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload
  const signed = joined(new TextEncoder().encode(`${id}.${timestamp}.`), body)
  for (const signature of signatures.split(' ').slice(0, SIGNATURES_MAX)) {
    const bytes = signature.startsWith('v1,') ? base64Bytes(signature.slice(3)) : null
    if (bytes !== null && (await crypto.subtle.verify('HMAC', key, bytes, signed)))
      return JSON.parse(new TextDecoder().decode(body)) as AlertWebhook
  }
  throw new WebhookVerificationError('No signature in webhook-signature is one of this message and secret.')
}

function headerIn(headers: WebhookHeaders, name: string): string {
  const value = headers instanceof Headers ? headers.get(name) : recordHeader(headers, name)
  if (value === null || value === '') throw new WebhookVerificationError(`The header ${name} is missing.`)
  return value
}

function recordHeader(headers: Exclude<WebhookHeaders, Headers>, name: string): string | null {
  for (const [key, value] of Object.entries(headers)) {
    if (key.toLowerCase() === name) return typeof value === 'string' ? value : (value?.[0] ?? null)
  }
  return null
}

function secretBytes(secret: string): Uint8Array<ArrayBuffer> {
  const bytes = base64Bytes(secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret)
  if (bytes === null || bytes.length === 0)
    throw new WebhookVerificationError('The secret must be whsec_ and base64, as the server has shown it.')
  return bytes
}

function base64Bytes(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  } catch {
    return null
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(a.length + b.length)
  bytes.set(a)
  bytes.set(b, a.length)
  return bytes
}
