// What an admin token looks like: `lka_`, 36 random characters, and a checksum of these in 6 more, so that a scanner for secrets
// knows one that it finds, and a mistyped one is known without a query. As GitHub's tokens:
// https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
import { hash, randomInt } from 'node:crypto'

const PREFIX = 'lka_'
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
// 62^36 is 214 bits.
const RANDOM_LENGTH = 36
const CHECKSUM_LENGTH = 6
const FORM = new RegExp(`^${PREFIX}[0-9A-Za-z]{${RANDOM_LENGTH + CHECKSUM_LENGTH}}$`)
const START_LENGTH = 12

/** A new token, 46 characters. */
export function mintAdminToken(): string {
  const random = Array.from({ length: RANDOM_LENGTH }, () => DIGITS[randomInt(DIGITS.length)]).join('')
  return `${PREFIX}${random}${checksumOf(random)}`
}

/** False for text with the prefix of our tokens that is none of them: it is mistyped, or cut off. */
export function mayBeAdminToken(sent: string): boolean {
  if (!sent.startsWith(PREFIX)) return true
  return (
    FORM.test(sent) &&
    checksumOf(sent.slice(PREFIX.length, -CHECKSUM_LENGTH)) === sent.slice(-CHECKSUM_LENGTH)
  )
}

/** The token's first twelve characters, safe to show: the prefix and 48 of the 214 bits. */
export function adminTokenStart(token: string): string {
  return token.slice(0, START_LENGTH)
}

/** The stored hash of a token. SHA-256 and no slow hash: what is random cannot be guessed. */
export function adminTokenHash(token: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hash('sha256', token, 'buffer'))
}

/** CRC-32 of the random characters, in base 62, the highest digit first. */
function checksumOf(random: string): string {
  let rest = crc32(random)
  let text = ''
  for (let i = 0; i < CHECKSUM_LENGTH; i++) {
    text = DIGITS.charAt(rest % DIGITS.length) + text
    rest = Math.floor(rest / DIGITS.length)
  }
  return text
}

/** CRC-32 as zip has it (ISO 3309), bit by bit: of some 40 characters, and seldom. */
function crc32(text: string): number {
  let crc = 0xffffffff
  for (const byte of Buffer.from(text, 'latin1')) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return ~crc >>> 0
}
