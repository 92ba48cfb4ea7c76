// The first admin, made from LATCHKEY_ADMIN_PASSWORD.
import { canonicalPassword, readPassword } from '../domain/admins/admin-account.ts'
import { findPasswordHash, hasAdmin } from '../store/queries/admins.ts'
import type { Store } from '../store/store.ts'
import { hashPassword, verifyPassword } from './password.ts'

const USERNAME = 'admin'

export const IGNORED_PASSWORD =
  'LATCHKEY_ADMIN_PASSWORD has no effect: it makes the first admin only, and it is not the password of an admin "admin". To set a new password, run: latchkey admin reset-password'

/**
 * Creates the admin `admin` with this password, unless any admin exists: a restart must not undo a password change made in
 * the console. False where the password is without effect, since another is in force. Throws where the password is invalid; the message says why.
 */
export async function ensureEnvironmentAdmin(
  store: Store,
  clock: () => number,
  password: string,
): Promise<boolean> {
  if (await hasAdmin(store)) return isInForce(store, password)
  const read = readPassword(password)
  if (!read.ok)
    throw new Error(`LATCHKEY_ADMIN_PASSWORD: ${read.errors.map((error) => error.message).join(' ')}`)
  const passwordHash = await hashPassword(read.value)
  try {
    await store.prisma.admin.create({
      data: { username: USERNAME, passwordHash, role: 'OWNER', createdAt: new Date(clock()) },
    })
  } catch (error) {
    // Another node that started at the same time has created it.
    if (!(await hasAdmin(store))) throw error
    return isInForce(store, password)
  }
  return true
}

async function isInForce(store: Store, password: string): Promise<boolean> {
  const hash = await findPasswordHash(store, USERNAME)
  return hash !== null && (await verifyPassword(canonicalPassword(password), hash))
}
