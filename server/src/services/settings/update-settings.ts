import type { Actor } from '../../domain/admins/actor.ts'
import {
  SESSION_IDLE_MINUTES,
  SESSION_MAX_DAYS,
  SETTINGS_ID,
  type SecondFactorRule,
} from '../../domain/admins/sign-in-rules.ts'
import { type AuditTarget, auditEvent, type FieldChange } from '../../domain/audit/audit-event.ts'
import { changesBetween } from '../../domain/audit/field-changes.ts'
import { BACKUP_HOUR, BACKUPS_KEPT } from '../../domain/backups/backup.ts'
import { readDays } from '../../domain/keys/expiry-bounds.ts'
import type { NewSecretForm } from '../../domain/keys/secret-form.ts'
import { policyUnderCeiling, readPolicyCeiling } from '../../domain/policy/input/policy-ceiling.ts'
import { readKeyPolicy } from '../../domain/policy/input/read-key-policy.ts'
import { policyText } from '../../domain/policy/input/stored-policy.ts'
import { failed, ok, problemsOf, type Result } from '../../domain/user-error.ts'
import { lockAlone } from '../../store/transaction-locks.ts'
import { POSTGRESQL_HINT } from '../backups/create-backup.ts'
import { withConstraintProblems } from '../broken-constraint.ts'
import type { ControlPlane } from '../control-plane.ts'
import { readSettings, type Settings } from './settings-row.ts'

/** What is undefined stays as it is; null clears. */
export type UpdateSettingsInput = {
  /** What `readKeyPolicy` reads. */
  defaultPolicy?: unknown
  policyCeiling?: unknown
  defaultExpiryDays?: number | null
  maxExpiryDays?: number | null
  sessionIdleMinutes?: number | null
  sessionMaxDays?: number | null
  requireSecondFactor?: SecondFactorRule
  passwordSignIn?: boolean
  /** Null: a plain UUID. */
  secretForm?: NewSecretForm | null
  backupHour?: number | null
  backupsKept?: number | null
  /** The version that the client last read; STALE when the settings have changed since. */
  expectedVersion: number | null
}

type Transaction = Parameters<Parameters<ControlPlane['store']['prisma']['$transaction']>[0]>[0]
type Values = Omit<Settings, 'version' | 'updatedAt'>

const TARGET: AuditTarget = { type: 'Settings', id: 'settings', label: 'settings' }

/**
 * Changes the defaults and the bounds of keys. Keys that are there stay as they are until their policy or expiry is changed.
 * An update without a change writes no audit event.
 */
export async function updateSettings(
  plane: ControlPlane,
  actor: Actor,
  input: UpdateSettingsInput,
): Promise<Result<Settings>> {
  const sent = readValues(input)
  if (!sent.ok) return sent
  if (input.backupHour != null && plane.store.file === null)
    return failed('INVALID', 'backupHour', POSTGRESQL_HINT)
  // The first settings may be written by another update at the same time.
  return withConstraintProblems({ unique: stale }, () =>
    plane.store.prisma.$transaction(async (tx) => {
      await lockAlone(plane.store, tx, 'SETTINGS')
      const before = await readSettings(tx)
      if (input.expectedVersion !== null && input.expectedVersion !== before.version) return stale()
      const { version: _version, updatedAt: _updatedAt, ...present } = before
      const wanted: Values = { ...present, ...sent.value }
      const means = present.passwordSignIn && !wanted.passwordSignIn ? await withoutPasswords(tx) : ok(null)
      const problems = problemsOf(defaultUnderCeiling(wanted, input), expiryUnderMaximum(wanted), means)
      if (problems.length > 0) return { ok: false as const, errors: problems }
      const changes = changesOf(present, wanted)
      if (changes.length === 0) return ok(before)
      const nowMs = plane.clock()
      const { defaultPolicy, policyCeiling, ...plain } = wanted
      const data = {
        ...plain,
        defaultPolicy: policyText(defaultPolicy),
        policyCeiling: policyText(policyCeiling),
        updatedAt: new Date(nowMs),
        version: before.version + 1,
      }
      if (before.version === 0) await tx.settings.create({ data: { id: SETTINGS_ID, ...data } })
      else {
        // The version guards against a change between the read and this write, which PostgreSQL would let through.
        const where = { id: SETTINGS_ID, version: before.version }
        const { count } = await tx.settings.updateMany({ where, data })
        if (count === 0) return stale()
      }
      await tx.auditEvent.create({ data: auditEvent(actor, 'settings.update', TARGET, nowMs, changes) })
      return ok(await readSettings(tx))
    }),
  )
}

function readValues(input: UpdateSettingsInput): Result<Partial<Values>> {
  const { defaultPolicy, policyCeiling, defaultExpiryDays, maxExpiryDays } = input
  const values: Partial<Values> = {}
  const policy = readKeyPolicy(defaultPolicy, 'defaultPolicy')
  const ceiling = readPolicyCeiling(policyCeiling, 'policyCeiling')
  const days = readDays(defaultExpiryDays ?? null, 'defaultExpiryDays')
  const max = readDays(maxExpiryDays ?? null, 'maxExpiryDays')
  const signIn = readSignIn(input)
  const backups = readBackups(input)
  if (!policy.ok || !ceiling.ok || !days.ok || !max.ok || !signIn.ok || !backups.ok)
    return { ok: false, errors: problemsOf(policy, ceiling, days, max, signIn, backups) }
  if (defaultPolicy !== undefined) values.defaultPolicy = policy.value
  if (policyCeiling !== undefined) values.policyCeiling = ceiling.value
  if (defaultExpiryDays !== undefined) values.defaultExpiryDays = days.value
  if (maxExpiryDays !== undefined) values.maxExpiryDays = max.value
  if (input.secretForm !== undefined) values.secretForm = input.secretForm ?? 'UUID'
  return ok({ ...values, ...signIn.value, ...backups.value })
}

function readSignIn(input: UpdateSettingsInput): Result<Partial<Values>> {
  const { sessionIdleMinutes, sessionMaxDays, requireSecondFactor, passwordSignIn } = input
  const idle = within(sessionIdleMinutes, 'sessionIdleMinutes', SESSION_IDLE_MINUTES)
  const max = within(sessionMaxDays, 'sessionMaxDays', SESSION_MAX_DAYS)
  if (!idle.ok || !max.ok) return { ok: false, errors: problemsOf(idle, max) }
  return ok({
    ...(sessionIdleMinutes !== undefined && { sessionIdleMinutes }),
    ...(sessionMaxDays !== undefined && { sessionMaxDays }),
    ...(requireSecondFactor !== undefined && { requireSecondFactor }),
    ...(passwordSignIn !== undefined && { passwordSignIn }),
  })
}

function readBackups({ backupHour, backupsKept }: UpdateSettingsInput): Result<Partial<Values>> {
  const hour = within(backupHour, 'backupHour', BACKUP_HOUR)
  const kept = within(backupsKept, 'backupsKept', BACKUPS_KEPT)
  if (!hour.ok || !kept.ok) return { ok: false, errors: problemsOf(hour, kept) }
  return ok({
    ...(backupHour !== undefined && { backupHour }),
    ...(backupsKept !== undefined && { backupsKept }),
  })
}

function within(
  value: number | null | undefined,
  field: string,
  { min, max }: { min: number; max: number },
): Result<null> {
  if (value === null || value === undefined || (value >= min && value <= max)) return ok(null)
  return failed('OUT_OF_RANGE', field, `${field} must be from ${min} to ${max}; it is ${value}.`, {
    min,
    max,
  })
}

/** A key that is given the defaults must be one that may be made. */
function defaultUnderCeiling(
  { defaultPolicy, policyCeiling }: Values,
  input: UpdateSettingsInput,
): Result<unknown> {
  return policyUnderCeiling(input.defaultPolicy ?? defaultPolicy, policyCeiling, 'defaultPolicy')
}

function expiryUnderMaximum({ defaultExpiryDays, maxExpiryDays }: Values): Result<null> {
  if (defaultExpiryDays === null || maxExpiryDays === null || defaultExpiryDays <= maxExpiryDays)
    return ok(null)
  return failed(
    'OUT_OF_RANGE',
    'defaultExpiryDays',
    `defaultExpiryDays is ${defaultExpiryDays}, and keys last ${maxExpiryDays} days at most. Send that or less.`,
    { min: 1, max: maxExpiryDays },
  )
}

/** An enabled owner has to be able to sign in without a password: by a passkey, or by an account at the provider that is set up. */
async function withoutPasswords(tx: Transaction): Promise<Result<null>> {
  const provider = await tx.ssoProvider.findFirst({ select: { issuer: true } })
  const byPasskey = { passkeys: { some: {} } }
  const means =
    provider === null ? [byPasskey] : [byPasskey, { identities: { some: { issuer: provider.issuer } } }]
  const owners = await tx.admin.count({ where: { role: 'OWNER', disabledAt: null, OR: means } })
  if (owners > 0) return ok(null)
  return failed(
    'IN_USE',
    'passwordSignIn',
    'No owner could sign in: an owner needs a passkey, or a linked account at the provider, first.',
  )
}

function changesOf(before: Values, wanted: Values): FieldChange[] {
  return changesBetween(before, wanted)
}

function stale(): Result<never> {
  return failed(
    'STALE',
    'expectedVersion',
    'The settings have changed since you read them. Read them again, then decide anew.',
  )
}
