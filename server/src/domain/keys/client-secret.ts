// The secrets for clients that an upstream makes for a session: `ek_…`, for minutes, for one configuration of a session.
// https://platform.openai.com/docs/api-reference/realtime-sessions/create-realtime-client-secret
import { hash } from 'node:crypto'
import { isObject } from '../is-object.ts'
import { HOUR_MS } from '../time.ts'

export type MadeSecret = {
  value: string
  expiresAtMs: number
  /** What the upstream calls the model of its session; null: it does not say. */
  model: string | null
}

// What a header may hold, and no shorter than could be guessed.
const VALUE = /^[\x21-\x7e]{16,1024}$/
const MODEL_MAX = 256
// The most that OpenAI takes as `expires_after`.
const LIFETIME_MAX_MS = 2 * HOUR_MS
// OpenAI's default, ten minutes, for an upstream that does not say.
const LIFETIME_MS = HOUR_MS / 6

/**
 * The secrets in the response to a request for one: that of `client_secrets`, `{value, expires_at, session}`, or that of the
 * older `sessions`, `{client_secret: {value, expires_at}, model}`. Seconds since the epoch are bounded to two hours from now.
 */
export function madeSecrets(response: unknown, nowMs: number): MadeSecret[] {
  if (!isObject(response)) return []
  const { session, client_secret: inSession } = response
  const model = modelIn(response) ?? modelIn(session)
  return [response, inSession].flatMap((member) => {
    if (!isObject(member) || typeof member.value !== 'string' || !VALUE.test(member.value)) return []
    return [{ value: member.value, expiresAtMs: expiryOf(member.expires_at, nowMs), model }]
  })
}

function modelIn(member: unknown): string | null {
  const model = isObject(member) ? member.model : null
  return typeof model === 'string' && model !== '' && model.length <= MODEL_MAX ? model : null
}

function expiryOf(seconds: unknown, nowMs: number): number {
  const stated =
    typeof seconds === 'number' && Number.isFinite(seconds) ? seconds * 1_000 : nowMs + LIFETIME_MS
  return Math.min(stated, nowMs + LIFETIME_MAX_MS)
}

/** SHA-256 of what a client sent, in hex; null where it cannot be a client secret. */
export function clientSecretHashHex(sent: string): string | null {
  return VALUE.test(sent) ? hash('sha256', sent) : null
}
