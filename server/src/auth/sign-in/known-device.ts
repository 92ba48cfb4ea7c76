// The cookie of a browser from which an account has signed in before. It grants no access: it keeps other people's failed sign-ins
// from holding up this browser's.
import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'
import { DAY_MS } from '../../domain/time.ts'

const NAME = 'latchkey_device'
// Over https, as the session's (session-cookie.ts).
const HTTPS_NAME = `__Host-${NAME}`
const LIFETIME_MS = 180 * DAY_MS
// Other ports of the host may set cookies of the same name beside it.
const VERIFIED_MAX = 8
const TOKEN = /^(\d{10})\.([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/

/** A token for the browser of this account: when it was made, 128 random bits, and a MAC of both with the username. */
export function mintDeviceToken(encryptionKey: Uint8Array, username: string, nowMs: number): string {
  const text = `${String(Math.floor(nowMs / 1_000)).padStart(10, '0')}.${randomBytes(16).toString('base64url')}`
  return `${text}.${mac(encryptionKey, username, text).toString('base64url')}`
}

/** The id of the device whose token for this account the Cookie header holds; null where there is none that is valid. */
export function knownDevice(
  encryptionKey: Uint8Array,
  cookieHeader: string | undefined,
  username: string,
  nowMs: number,
): string | null {
  let verified = 0
  for (const pair of cookieHeader?.split(';') ?? []) {
    const [name, value] = pair.trim().split('=')
    // Under either name: its MAC says whose it is.
    if ((name !== NAME && name !== HTTPS_NAME) || value === undefined) continue
    const [, seconds, id, sent] = TOKEN.exec(value) ?? []
    if (seconds === undefined || id === undefined || sent === undefined) continue
    if (nowMs - Number(seconds) * 1_000 >= LIFETIME_MS) continue
    if (++verified > VERIFIED_MAX) return null
    const right = mac(encryptionKey, username, `${seconds}.${id}`)
    if (timingSafeEqual(Buffer.from(sent, 'base64url'), right)) return id
  }
  return null
}

/** The Set-Cookie header of a device token. */
export function deviceCookie(token: string, isHttps: boolean): string {
  const attributes = `Max-Age=${LIFETIME_MS / 1_000}; HttpOnly; SameSite=Strict`
  return isHttps
    ? `${HTTPS_NAME}=${token}; Path=/; ${attributes}; Secure`
    : `${NAME}=${token}; Path=/graphql; ${attributes}`
}

function mac(encryptionKey: Uint8Array, username: string, text: string): Buffer {
  const key = Buffer.from(hkdfSync('sha256', encryptionKey, '', 'latchkey known device', 32))
  return createHmac('sha256', key).update(`${username}\n${text}`).digest()
}
