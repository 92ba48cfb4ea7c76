// What an API key is: its secret's form, its status, and whether it admits a call.
import { hash, randomUUID } from 'node:crypto'

export const API_KEY_STATUSES = ['ACTIVE', 'DISABLED', 'EXPIRED', 'REVOKED'] as const
export type ApiKeyStatus = (typeof API_KEY_STATUSES)[number]

/** The part of a key that decides whether it is admitted; instants in milliseconds since the epoch. */
export type ApiKeyState = {
  expiresAtMs: number | null
  revokedAtMs: number | null
  disabledAtMs: number | null
  /** Since when the owner that it belongs to is disabled. */
  ownerDisabledAtMs: number | null
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** A new secret: a version 4 UUID, 122 random bits (RFC 9562 §5.4). */
export function mintSecret(): string {
  return randomUUID()
}

/**
 * The UUID in what a client sent: `<uuid>`, `sk-<uuid>` and `sk-lk-<uuid>` are the same key, in any letter case. Null where it is
 * no secret that was made here.
 */
export function canonicalSecret(sent: string): string | null {
  if (sent.length > 64) return null
  const lower = sent.trim().toLowerCase()
  const secret = lower.startsWith('sk-') ? lower.slice(lower.startsWith('lk-', 3) ? 6 : 3) : lower
  return UUID.test(secret) ? secret : null
}

/** SHA-256 of a canonical secret, in hex: what the directory is keyed by. */
export function secretHashHex(secret: string): string {
  return hash('sha256', secret)
}

/** The secret's first eight characters: enough to recognise it, too few to guess it. */
export function secretStart(secret: string): string {
  return secret.slice(0, 8)
}

/** What of a secret's start a list prints: `sk-77ea5adb…` and `sk-lk-77ea5adb…` are `77ea5adb`. */
export function printedStart(text: string): string {
  return withoutEllipsis(text).replace(/^sk-(?:lk-)?/i, '')
}

/** The same of an imported secret, whose prefix is its own: `acme-77ea…` is `acme-77ea`. */
export function withoutEllipsis(text: string): string {
  return text.replace(/(?:…|\.\.\.)$/, '')
}

/**
 * The status at an instant. What cannot be undone comes first: a disabled key that has expired is EXPIRED, since enabling it
 * would not bring it back.
 */
export function statusAt(key: ApiKeyState, nowMs: number): ApiKeyStatus {
  if (key.revokedAtMs !== null) return 'REVOKED'
  if (key.expiresAtMs !== null && key.expiresAtMs <= nowMs) return 'EXPIRED'
  return key.disabledAtMs === null && key.ownerDisabledAtMs === null ? 'ACTIVE' : 'DISABLED'
}
