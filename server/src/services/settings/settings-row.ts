// The settings as the store has them. They matter when a key is written, and to no call.
import { SETTINGS_ID, type SecondFactorRule, secondFactorRule } from '../../domain/admins/sign-in-rules.ts'
import type { ExpiryBounds } from '../../domain/keys/expiry-bounds.ts'
import { type NewSecretForm, storedNewSecretForm } from '../../domain/keys/secret-form.ts'
import type { PolicySettings } from '../../domain/policy/input/policy-ceiling.ts'
import { storedPolicy } from '../../domain/policy/input/stored-policy.ts'
import type { KeyPolicy } from '../../domain/policy/key-policy.ts'
import type { Store } from '../../store/store.ts'

export type Settings = {
  defaultPolicy: KeyPolicy | null
  policyCeiling: KeyPolicy | null
  defaultExpiryDays: number | null
  maxExpiryDays: number | null
  /** Null: the default of sign-in-rules.ts. */
  sessionIdleMinutes: number | null
  sessionMaxDays: number | null
  requireSecondFactor: SecondFactorRule
  /** Whether passwords sign in; server/src/auth/sign-in/password-rule.ts says whose do all the same. */
  passwordSignIn: boolean
  /** How the secrets of new keys are written. */
  secretForm: NewSecretForm
  /** The hour of UTC of the daily backup; null: none is made by itself. */
  backupHour: number | null
  /** How many of those are kept; null: the default of domain/backups. */
  backupsKept: number | null
  /** 0 while the settings were never changed. */
  version: number
  updatedAt: Date | null
}

/** Reads them, in a transaction or outside. */
export async function readSettings({ settings }: Pick<Store['prisma'], 'settings'>): Promise<Settings> {
  const row = await settings.findUnique({ where: { id: SETTINGS_ID } })
  return {
    defaultPolicy: storedPolicy(row?.defaultPolicy ?? null),
    policyCeiling: storedPolicy(row?.policyCeiling ?? null),
    defaultExpiryDays: row?.defaultExpiryDays ?? null,
    maxExpiryDays: row?.maxExpiryDays ?? null,
    sessionIdleMinutes: row?.sessionIdleMinutes ?? null,
    sessionMaxDays: row?.sessionMaxDays ?? null,
    requireSecondFactor: secondFactorRule(row?.requireSecondFactor ?? null),
    passwordSignIn: row?.passwordSignIn ?? true,
    secretForm: storedNewSecretForm(row?.secretForm ?? null),
    backupHour: row?.backupHour ?? null,
    backupsKept: row?.backupsKept ?? null,
    version: row?.version ?? 0,
    updatedAt: row?.updatedAt ?? null,
  }
}

/** What the settings say of policies. */
export function policySettings({ defaultPolicy, policyCeiling }: Settings): PolicySettings {
  return { defaults: defaultPolicy, ceiling: policyCeiling }
}

/** What the settings say of when keys expire. */
export function expiryBounds({ defaultExpiryDays, maxExpiryDays }: Settings): ExpiryBounds {
  return { defaultDays: defaultExpiryDays, maxDays: maxExpiryDays }
}
