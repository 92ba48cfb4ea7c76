// The first admin, made from LATCHKEY_ADMIN_PASSWORD.
import { readPassword } from '../domain/admins/admin-account.ts'
import { hasAdmin } from '../store/queries/admins.ts'
import type { Store } from '../store/store.ts'
import { hashPassword } from './password.ts'

const USERNAME = 'admin'

/**
 * Creates the admin `admin` with this password, unless any admin exists: a restart must not undo a password change made in
 * the console. Throws where the password is invalid; the message says why.
 */
export async function ensureEnvironmentAdmin(
  store: Store,
  clock: () => number,
  password: string,
): Promise<void> {
  if (await hasAdmin(store)) return
  const read = readPassword(password)
  if (!read.ok)
    throw new Error(`LATCHKEY_ADMIN_PASSWORD: ${read.errors.map((error) => error.message).join(' ')}`)
  const passwordHash = await hashPassword(read.value)
  try {
    await store.prisma.admin.create({
      data: { username: USERNAME, passwordHash, createdAt: new Date(clock()) },
    })
  } catch (error) {
    // Another node that started at the same time has created it.
    if (!(await hasAdmin(store))) throw error
  }
}
