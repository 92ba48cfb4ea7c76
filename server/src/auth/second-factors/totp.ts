// Codes of authenticator apps (RFC 6238): six digits, SHA-1, 30 seconds, as every app has them.
import type { Secret, TOTP } from 'otpauth'
import { seal, unseal } from '../../domain/upstreams/sealed-secret.ts'
import type { Store } from '../../store/store.ts'

const PERIOD_SECONDS = 30
// 160 bits, as RFC 4226 §4 recommends.
const SECRET_BYTES = 20
// One step before and one after: clocks differ (RFC 6238 §5.2).
const WINDOW = 1
const CODE = /^\d{6}$/

type Admins = Pick<Store['prisma'], 'admin'>

/** What an authenticator app is given: the secret in base32, and the same as a URI for a QR code. */
export type TotpSecret = { secret: string; uri: string }

/** A new secret for an admin's app, and its sealed form, which is stored. */
export async function mintTotpSecret(
  encryptionKey: Uint8Array,
  admin: { id: number; username: string },
  nowMs: number,
): Promise<TotpSecret & { sealed: string }> {
  const library = await otpauth()
  const secret = new library.Secret({ size: SECRET_BYTES })
  const uri = totpOf(library, secret, admin.username).toString()
  return { secret: secret.base32, uri, sealed: seal(encryptionKey, placeOf(admin.id), secret.base32, nowMs) }
}

/**
 * Whether the code is the admin's app's now. A code is right once: the step of the last one is kept, and of two requests with the
 * same code one succeeds. Any text may be sent.
 */
export async function useTotpCode(
  db: Admins,
  encryptionKey: Uint8Array,
  admin: { id: number; totpSecret: string | null },
  code: string,
  nowMs: number,
): Promise<boolean> {
  if (!CODE.test(code) || admin.totpSecret === null) return false
  const secret = unseal(encryptionKey, placeOf(admin.id), admin.totpSecret)
  if (secret === null) return false
  const library = await otpauth()
  const delta = totpOf(library, library.Secret.fromBase32(secret), '').validate({
    token: code,
    timestamp: nowMs,
    window: WINDOW,
  })
  if (delta === null) return false
  const step = Math.floor(nowMs / 1_000 / PERIOD_SECONDS) + delta
  const { count } = await db.admin.updateMany({
    where: {
      id: admin.id,
      totpSecret: admin.totpSecret,
      OR: [{ totpLastStep: null }, { totpLastStep: { lt: step } }],
    },
    data: { totpLastStep: step },
  })
  return count > 0
}

type Library = typeof import('otpauth')

/** Loaded with the first code: many servers have no admin with an app. */
function otpauth(): Promise<Library> {
  return import('otpauth')
}

function totpOf(library: Library, secret: Secret, label: string): TOTP {
  return new library.TOTP({
    issuer: 'Latchkey',
    label,
    algorithm: 'SHA1',
    digits: 6,
    period: PERIOD_SECONDS,
    secret,
  })
}

/** The place that a secret is sealed for: moved to another admin's row, it does not open. */
function placeOf(adminId: number): string {
  return `totp of admin ${adminId}`
}
