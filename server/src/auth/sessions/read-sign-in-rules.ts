import { SETTINGS_ID, type SignInRules, signInRules } from '../../domain/admins/sign-in-rules.ts'
import type { Store } from '../../store/store.ts'

/** The rules of signing in as the settings have them, in a transaction or outside. */
export async function readSignInRules({ settings }: Pick<Store['prisma'], 'settings'>): Promise<SignInRules> {
  const select = {
    sessionIdleMinutes: true,
    sessionMaxDays: true,
    requireSecondFactor: true,
    passwordSignIn: true,
  }
  return signInRules(await settings.findUnique({ where: { id: SETTINGS_ID }, select }))
}
