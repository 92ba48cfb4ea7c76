// The second secret of a session. Browsers send a cookie to every port of its host, and whoever reads it there could use it: so a
// session takes this one beside it, in a header that only pages of Latchkey's own origin can send, since they alone can read the
// storage in which they keep it (sdk/src/transport/session-secret.ts).
import { createHmac, hkdfSync } from 'node:crypto'
import { sameHash } from './secret-token.ts'

/** Of requests; and of the response that starts a session, or ends one (empty). Names are in lower case. */
export const SESSION_HEADER = 'x-latchkey-session'

// 32 bytes in base64url.
const SECRET = /^[A-Za-z0-9_-]{43}$/

/** The secret that belongs to a session's token: a MAC of it, so that nothing more has to be stored. */
export function sessionSecret(encryptionKey: Uint8Array, sessionToken: string): string {
  return mac(encryptionKey, sessionToken).toString('base64url')
}

/** Compares in constant time; false for anything that cannot be a secret. */
export function isSessionSecret(
  encryptionKey: Uint8Array,
  sessionToken: string,
  sent: string | string[] | undefined,
): boolean {
  if (typeof sent !== 'string' || !SECRET.test(sent)) return false
  return sameHash(Buffer.from(sent, 'base64url'), mac(encryptionKey, sessionToken))
}

function mac(encryptionKey: Uint8Array, sessionToken: string): Buffer {
  const key = Buffer.from(hkdfSync('sha256', encryptionKey, '', 'latchkey session', 32))
  return createHmac('sha256', key).update(sessionToken).digest()
}
