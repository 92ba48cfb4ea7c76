// Tokens that Latchkey makes (sessions, setup links): 256 random bits, stored only as a SHA-256 hash.
import { hash, randomBytes, timingSafeEqual } from 'node:crypto'

const TOKEN_BYTES = 32
// 32 bytes in base64url.
const TOKEN = /^[A-Za-z0-9_-]{43}$/

/** A new token, 43 characters of base64url. */
export function mintToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url')
}

/** True for text that `mintToken` may have made. */
export function isToken(sent: string): boolean {
  return TOKEN.test(sent)
}

/** The stored hash of a token. SHA-256 and no slow hash: 256 random bits cannot be guessed. */
export function tokenHash(token: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hash('sha256', token, 'buffer'))
}

/** Compares two hashes in constant time. */
export function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}
