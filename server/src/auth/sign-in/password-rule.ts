// Whether a password signs in. Switched off in the settings, it still does for two kinds of admins, so that nobody is locked out for good:
// the only enabled owner who has a password, and whoever was given one on the command line, by the files of the server.
import type { Store } from '../../store/store.ts'
import { readSignInRules } from '../sessions/read-sign-in-rules.ts'

type Db = Pick<Store['prisma'], 'settings' | 'admin'>

/** For an enabled admin whose password was right. */
export async function mayUsePassword(
  db: Db,
  admin: { id: number; role: string; operatorPassword: boolean },
): Promise<boolean> {
  if (admin.operatorPassword || (await readSignInRules(db)).passwords) return true
  if (admin.role !== 'OWNER') return false
  const others = { role: 'OWNER', disabledAt: null, passwordHash: { not: '' }, id: { not: admin.id } }
  return (await db.admin.count({ where: others })) === 0
}
