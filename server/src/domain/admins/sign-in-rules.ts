// The rules of signing in that the settings hold: how long sessions last, and who needs a second factor.
import { DAY_MS, MINUTE_MS } from '../time.ts'

/** How a session began. SSO: at the provider of OpenID Connect. */
export const SIGN_IN_METHODS = ['PASSWORD', 'PASSKEY', 'SSO'] as const
export type SignInMethod = (typeof SIGN_IN_METHODS)[number]

/** Who has to have a second factor beside a password. ADMINS: owners and admins, who may change the others. */
export const SECOND_FACTOR_RULES = ['NONE', 'ADMINS', 'ALL'] as const
export type SecondFactorRule = (typeof SECOND_FACTOR_RULES)[number]

/** The id of the one row of the settings. */
export const SETTINGS_ID = 1

/** Bounds of the settings. */
export const SESSION_IDLE_MINUTES = { min: 5, max: 43_200, default: 720 }
export const SESSION_MAX_DAYS = { min: 1, max: 90, default: 14 }

export type SignInRules = {
  /** A session that was not used for this long has ended. */
  idleMs: number
  /** A session that is this old has ended, however much it is used. */
  maxMs: number
  secondFactor: SecondFactorRule
  /** Whether passwords sign in; server/src/auth/sign-in/password-rule.ts says whose do all the same. */
  passwords: boolean
}

/** The columns of the settings that say them; null: there is no row. */
export type SignInColumns = {
  sessionIdleMinutes: number | null
  sessionMaxDays: number | null
  requireSecondFactor: string | null
  passwordSignIn: boolean | null
} | null

/** The rules as they are in force, with the defaults of what is not set. */
export function signInRules(row: SignInColumns): SignInRules {
  return {
    idleMs: (row?.sessionIdleMinutes ?? SESSION_IDLE_MINUTES.default) * MINUTE_MS,
    maxMs: (row?.sessionMaxDays ?? SESSION_MAX_DAYS.default) * DAY_MS,
    secondFactor: secondFactorRule(row?.requireSecondFactor ?? null),
    passwords: row?.passwordSignIn ?? true,
  }
}

/** A stored rule; what no version has known is the strictest. */
export function secondFactorRule(stored: string | null): SecondFactorRule {
  if (stored === null) return 'NONE'
  return SECOND_FACTOR_RULES.find((rule) => rule === stored) ?? 'ALL'
}

/** Whether an admin of this stored role has to have a second factor. A role that no version has known may do nothing anyway. */
export function needsSecondFactor(rule: SecondFactorRule, role: string): boolean {
  return rule === 'ALL' || (rule === 'ADMINS' && (role === 'OWNER' || role === 'ADMIN'))
}
