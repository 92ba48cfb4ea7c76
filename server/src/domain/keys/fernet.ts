// Fernet, the format that encrypted copies of secrets are kept in: https://github.com/fernet/spec/blob/master/Spec.md
//
// Token: 0x80 ‖ seconds since the epoch, 64 bits ‖ IV, 128 bits ‖ AES-128-CBC, PKCS #7 ‖ HMAC-SHA256 of all before it,
// in base64url with padding. Key: 16 bytes that sign, then 16 that encrypt.
import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

export const FERNET_KEY_BYTES = 32

const VERSION = 0x80
const HEADER_BYTES = 1 + 8
const IV_BYTES = 16
const BLOCK_BYTES = 16
const HMAC_BYTES = 32
const TOKEN_BYTES_MIN = HEADER_BYTES + IV_BYTES + BLOCK_BYTES + HMAC_BYTES
// The specification's own figure for clocks that disagree.
const CLOCK_SKEW_SECONDS = 60

/** `iv` is for the specification's vectors alone: used twice under one key, it reveals what two messages share. */
export type EncryptOptions = { nowMs: number; iv?: Uint8Array }

/** A Fernet token of the text (UTF-8). Throws RangeError unless the key has 32 bytes. */
export function encrypt(
  key: Uint8Array,
  text: string,
  { nowMs, iv = randomBytes(IV_BYTES) }: EncryptOptions,
): string {
  const { signing, encryption } = split(key)
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt8(VERSION)
  header.writeBigUInt64BE(BigInt(Math.floor(nowMs / 1_000)), 1)
  const cipher = createCipheriv('aes-128-cbc', encryption, iv)
  const signed = Buffer.concat([header, iv, cipher.update(text, 'utf8'), cipher.final()])
  return base64url(Buffer.concat([signed, hmac(signing, signed)]))
}

/** With `ttlSeconds`, tokens older than that, or made in the future, are refused too. */
export type DecryptOptions = { nowMs?: number; ttlSeconds?: number }

/**
 * The text in a token, or null where the token is malformed, was made under another key, was changed, or is too old.
 * The signature is checked, in constant time, before anything in the token is believed.
 */
export function decrypt(
  key: Uint8Array,
  token: string,
  { nowMs, ttlSeconds }: DecryptOptions = {},
): string | null {
  const { signing, encryption } = split(key)
  const bytes = fromBase64url(token)
  if (bytes === null || bytes.length < TOKEN_BYTES_MIN) return null
  const signed = bytes.subarray(0, -HMAC_BYTES)
  if (!timingSafeEqual(hmac(signing, signed), bytes.subarray(-HMAC_BYTES))) return null
  if (signed.readUInt8(0) !== VERSION) return null
  if (ttlSeconds !== undefined && !isFresh(signed, nowMs ?? 0, ttlSeconds)) return null
  const ciphertext = signed.subarray(HEADER_BYTES + IV_BYTES)
  if (ciphertext.length % BLOCK_BYTES !== 0) return null
  try {
    const decipher = createDecipheriv(
      'aes-128-cbc',
      encryption,
      signed.subarray(HEADER_BYTES, HEADER_BYTES + IV_BYTES),
    )
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8')
  } catch {
    // Wrong padding under a right signature: made by a faulty program, never by an attacker.
    return null
  }
}

function isFresh(signed: Buffer, nowMs: number, ttlSeconds: number): boolean {
  const ageSeconds = Math.floor(nowMs / 1_000) - Number(signed.readBigUInt64BE(1))
  return ageSeconds <= ttlSeconds && ageSeconds >= -CLOCK_SKEW_SECONDS
}

function split(key: Uint8Array): { signing: Uint8Array; encryption: Uint8Array } {
  if (key.length !== FERNET_KEY_BYTES) throw new RangeError('A Fernet key has 32 bytes')
  return { signing: key.subarray(0, 16), encryption: key.subarray(16) }
}

function hmac(signing: Uint8Array, signed: Uint8Array): Buffer {
  return createHmac('sha256', signing).update(signed).digest()
}

/** With padding, as the specification and Python's `cryptography` write it. */
function base64url(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_')
}

/**
 * Null for any other spelling than `base64url` writes: Node skips what is not base64, which the specification wants refused, and bits
 * that the last character has too many (RFC 4648 §3.5). A token that was used is known by its text, so it must have one.
 */
function fromBase64url(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64url')
  return base64url(bytes) === text ? bytes : null
}
