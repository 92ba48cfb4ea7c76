// The settings as a form has them, what they are by default, and what of them has changed.
import type { KeyPolicyInput, Settings, UpdateSettingsInput } from '@latchkey/sdk'
import { m } from '#lib/paraglide/messages.js'
import { policyToSend } from '#lib/policy/policy-problems.ts'
import { budgetText, limitText } from '#lib/policy/policy-text.ts'

/** Numbers as they are typed; '' where there is none. */
export type Draft = {
  defaultExpiryDays: string
  maxExpiryDays: string
  secretForm: Settings['secretForm']
  defaultPolicy: KeyPolicyInput
  policyCeiling: KeyPolicyInput
  sessionIdleMinutes: string
  sessionMaxDays: string
  requireSecondFactor: Settings['requireSecondFactor']
  passwordSignIn: boolean
  backupHour: string
  backupsKept: string
}
export type DraftField = keyof Draft

const text = (value: number | null) => (value === null ? '' : String(value))

/** The form of these settings. */
export function draftOf(settings: Settings): Draft {
  return {
    defaultExpiryDays: text(settings.defaultExpiryDays),
    maxExpiryDays: text(settings.maxExpiryDays),
    secretForm: settings.secretForm,
    defaultPolicy: settings.defaultPolicy ?? {},
    policyCeiling: settings.policyCeiling ?? {},
    sessionIdleMinutes: text(settings.sessionIdleMinutes),
    sessionMaxDays: text(settings.sessionMaxDays),
    requireSecondFactor: settings.requireSecondFactor,
    passwordSignIn: settings.passwordSignIn,
    backupHour: text(settings.backupHour),
    backupsKept: text(settings.backupsKept),
  }
}

/** What holds where nobody has said anything (services/settings). */
export const defaults: Draft = {
  defaultExpiryDays: '',
  maxExpiryDays: '',
  secretForm: 'UUID',
  defaultPolicy: {},
  policyCeiling: {},
  sessionIdleMinutes: '720',
  sessionMaxDays: '14',
  requireSecondFactor: 'NONE',
  passwordSignIn: true,
  backupHour: '',
  backupsKept: '7',
}

/** True where both say the same. */
export function isSame<Field extends DraftField>(a: Draft[Field], b: Draft[Field]): boolean {
  return normal(a) === normal(b)
}

/** The fields in which they differ, in the order of the form. */
export function changedFields(before: Draft, after: Draft): DraftField[] {
  return (Object.keys(defaults) as DraftField[]).filter((field) => !isSame(before[field], after[field]))
}

/** The changed fields as the server takes them: null where a field is empty. */
export function changesOf(before: Draft, after: Draft): UpdateSettingsInput {
  return Object.fromEntries(
    changedFields(before, after).map((field) => [field, valueToSend(field, after[field])]),
  )
}

/** A value in words. */
export function valueText(field: DraftField, value: Draft[DraftField]): string {
  if (typeof value === 'object') return policyText(value)
  if (typeof value === 'boolean') return value ? m.settings_on() : m.settings_off()
  if (field === 'requireSecondFactor') return factorRules[value as Settings['requireSecondFactor']]()
  if (field === 'secretForm') return secretForms[value as Settings['secretForm']]()
  if (value === '') return field === 'backupHour' ? m.settings_backups_off() : m.never()
  return field === 'backupHour' ? m.settings_hour({ hour: value.padStart(2, '0') }) : value
}

export const factorRules: Record<Settings['requireSecondFactor'], () => string> = {
  NONE: m.settings_factor_none,
  ADMINS: m.settings_factor_admins,
  ALL: m.settings_factor_all,
}

export const secretForms: Record<Settings['secretForm'], () => string> = {
  UUID: m.settings_secret_uuid,
  PREFIXED: m.settings_secret_prefixed,
}

function policyText(policy: KeyPolicyInput): string {
  const rules = [...(policy.budgets ?? []).map(budgetText), ...(policy.limits ?? []).map(limitText)]
  const others = Object.entries(withoutEmpty(policy)).filter(
    ([part]) => part !== 'budgets' && part !== 'limits',
  )
  if (others.length > 0) rules.push(JSON.stringify(Object.fromEntries(others)))
  return rules.join('; ') || m.settings_none()
}

function valueToSend(field: DraftField, value: Draft[DraftField]) {
  if (typeof value === 'object')
    return Object.keys(withoutEmpty(value)).length === 0 ? null : policyToSend(value)
  if (typeof value === 'boolean' || field === 'secretForm' || field === 'requireSecondFactor') return value
  return value.trim() === '' ? null : Number(value)
}

/** Without parts that restrict nothing. */
function withoutEmpty(policy: KeyPolicyInput): KeyPolicyInput {
  return Object.fromEntries(
    Object.entries(policy).filter(
      ([, part]) =>
        part !== null && part !== undefined && part !== false && !(Array.isArray(part) && part.length === 0),
    ),
  )
}

const normal = (value: Draft[DraftField]) =>
  typeof value === 'object' ? JSON.stringify(withoutEmpty(value)) : String(value).trim()
