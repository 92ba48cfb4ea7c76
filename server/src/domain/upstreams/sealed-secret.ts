// Secrets that only the gateway uses, as they are stored: Fernet tokens, each bound to the origin that it was sealed for.
import { decrypt, encrypt } from '../keys/fernet.ts'

/** Seals a secret for an origin, `https://api.openai.com`: under another origin it cannot be opened. */
export function seal(key: Uint8Array, origin: string, secret: string, nowMs: number): string {
  return encrypt(key, `${origin}\n${secret}`, { nowMs })
}

/** The secret; null where it was changed, was sealed for another origin, or under another key. */
export function unseal(key: Uint8Array, origin: string, sealed: string): string | null {
  const text = decrypt(key, sealed)
  return text?.startsWith(`${origin}\n`) === true ? text.slice(origin.length + 1) : null
}

/** The end of a secret, to distinguish it from others; null where that would reveal too much of it. */
export function lastFourOf(secret: string): string | null {
  return secret.length >= 16 ? secret.slice(-4) : null
}
