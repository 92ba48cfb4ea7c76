import type { Actor } from '../../domain/admins/actor.ts'
import { type AuditTarget, auditEvent, type FieldChange } from '../../domain/audit/audit-event.ts'
import { changesBetween } from '../../domain/audit/field-changes.ts'
import { readDays } from '../../domain/keys/expiry-bounds.ts'
import { policyUnderCeiling, readPolicyCeiling } from '../../domain/policy/input/policy-ceiling.ts'
import { readKeyPolicy } from '../../domain/policy/input/read-key-policy.ts'
import { policyText } from '../../domain/policy/input/stored-policy.ts'
import { failed, ok, problemsOf, type Result } from '../../domain/user-error.ts'
import { lockAlone } from '../../store/transaction-locks.ts'
import { brokenConstraint } from '../broken-constraint.ts'
import type { ControlPlane } from '../control-plane.ts'
import { readSettings, SETTINGS_ID, type Settings } from './settings-row.ts'

/** What is undefined stays as it is; null clears. */
export type UpdateSettingsInput = {
  /** What `readKeyPolicy` reads. */
  defaultPolicy?: unknown
  policyCeiling?: unknown
  defaultExpiryDays?: number | null
  maxExpiryDays?: number | null
  /** The version that the client last read; STALE when the settings have changed since. */
  expectedVersion: number | null
}

type Values = Pick<Settings, 'defaultPolicy' | 'policyCeiling' | 'defaultExpiryDays' | 'maxExpiryDays'>

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
  try {
    return await plane.store.prisma.$transaction(async (tx) => {
      await lockAlone(plane.store, tx, 'SETTINGS')
      const before = await readSettings(tx)
      if (input.expectedVersion !== null && input.expectedVersion !== before.version) return stale()
      const wanted: Values = { ...before, ...sent.value }
      const problems = problemsOf(defaultUnderCeiling(wanted, input), expiryUnderMaximum(wanted))
      if (problems.length > 0) return { ok: false as const, errors: problems }
      const changes = changesOf(before, wanted)
      if (changes.length === 0) return ok(before)
      const nowMs = plane.clock()
      const { defaultExpiryDays, maxExpiryDays } = wanted
      const data = {
        defaultPolicy: policyText(wanted.defaultPolicy),
        policyCeiling: policyText(wanted.policyCeiling),
        defaultExpiryDays,
        maxExpiryDays,
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
    })
  } catch (error) {
    // Another update was committed first.
    if (brokenConstraint(error) === 'unique') return stale()
    throw error
  }
}

function readValues(input: UpdateSettingsInput): Result<Partial<Values>> {
  const { defaultPolicy, policyCeiling, defaultExpiryDays, maxExpiryDays } = input
  const values: Partial<Values> = {}
  const policy = readKeyPolicy(defaultPolicy, 'defaultPolicy')
  const ceiling = readPolicyCeiling(policyCeiling, 'policyCeiling')
  const days = readDays(defaultExpiryDays ?? null, 'defaultExpiryDays')
  const max = readDays(maxExpiryDays ?? null, 'maxExpiryDays')
  if (!policy.ok || !ceiling.ok || !days.ok || !max.ok)
    return { ok: false, errors: problemsOf(policy, ceiling, days, max) }
  if (defaultPolicy !== undefined) values.defaultPolicy = policy.value
  if (policyCeiling !== undefined) values.policyCeiling = ceiling.value
  if (defaultExpiryDays !== undefined) values.defaultExpiryDays = days.value
  if (maxExpiryDays !== undefined) values.maxExpiryDays = max.value
  return ok(values)
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
  )
}

function changesOf(before: Values, wanted: Values): FieldChange[] {
  const plain = ({ defaultPolicy, policyCeiling, defaultExpiryDays, maxExpiryDays }: Values) => ({
    defaultPolicy,
    policyCeiling,
    defaultExpiryDays,
    maxExpiryDays,
  })
  return changesBetween(plain(before), plain(wanted))
}

function stale(): Result<never> {
  return failed(
    'STALE',
    'expectedVersion',
    'The settings have changed since you read them. Read them again, then decide anew.',
  )
}
