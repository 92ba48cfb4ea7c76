// Creating, changing and deleting label limits: what all keys with a label together may use.
import type { Actor } from '../../domain/admins/actor.ts'
import { auditEvent, type FieldChange } from '../../domain/audit/audit-event.ts'
import { changesBetween } from '../../domain/audit/field-changes.ts'
import { type Label, labelText, readLabel } from '../../domain/labels/label.ts'
import { LABEL_LIMITS_MAX } from '../../domain/labels/label-limit.ts'
import { readOwnerName } from '../../domain/owners/owner.ts'
import { readSharedPolicy } from '../../domain/policy/input/shared-policy.ts'
import { policyText, storedPolicy } from '../../domain/policy/input/stored-policy.ts'
import { failed, ok, problemsOf, type Result } from '../../domain/user-error.ts'
import { withConstraintProblems } from '../broken-constraint.ts'
import type { ControlPlane } from '../control-plane.ts'
import { restricted } from '../owners/owner-row.ts'
import { type LabelLimitRow, labelLimitChange, labelLimitTarget } from './label-limit-row.ts'

export type CreateLabelLimitInput = {
  name: string
  label: Label
  /** What `readSharedPolicy` reads. */
  policy: unknown
  enabled: boolean
}

/** What is undefined stays as it is. The label stays: what is counted is counted by it. */
export type UpdateLabelLimitInput = {
  number: number
  name?: string | null | undefined
  policy?: unknown
  enabled?: boolean | undefined
  /** The version that the client last read; STALE when the limits have changed since. */
  expectedVersion: number | null
}

type Shown = Pick<LabelLimitRow, 'name' | 'policy' | 'enabled'>

/** They hold from the next call of every key with the label on, and count what was used with it in the windows so far. */
export async function createLabelLimit(
  plane: ControlPlane,
  actor: Actor,
  input: CreateLabelLimitInput,
): Promise<Result<LabelLimitRow>> {
  if (actor.owners !== null) return restricted()
  const name = readLimitsName(input.name)
  const label = readLabel(input.label, 'label')
  const policy = readLimits(input.policy)
  if (!name.ok || !label.ok || !policy.ok) return { ok: false, errors: problemsOf(name, label, policy) }
  const nowMs = plane.clock()
  const now = new Date(nowMs)
  const data = {
    name: name.value,
    labelName: label.value.name,
    labelValue: label.value.value,
    policy: policy.value,
    enabled: input.enabled,
    createdAt: now,
    updatedAt: now,
  }
  const result = await uniquely(data.name, () =>
    plane.store.prisma.$transaction(async (tx): Promise<Result<LabelLimitRow>> => {
      if ((await tx.labelLimit.count()) >= LABEL_LIMITS_MAX)
        return failed('OUT_OF_RANGE', null, `There are ${LABEL_LIMITS_MAX} label limits. Delete one first.`, {
          maxItems: LABEL_LIMITS_MAX,
        })
      if ((await tx.labelLimit.count({ where: { name: data.name } })) > 0) return nameTaken(data.name)
      const made = await tx.labelLimit.create({ data })
      const changes = changesBetween(null, { label: labelText(label.value), ...shownOf(made) })
      await tx.auditEvent.create({
        data: auditEvent(actor, 'label_limit.create', labelLimitTarget(made), nowMs, changes),
      })
      return ok(made)
    }),
  )
  if (result.ok) await plane.announceSharedChange(await labelLimitChange(plane.store, result.value))
  return result
}

/** Changes the name or the limits, or switches them off and on. An update without a change writes no audit event. */
export async function updateLabelLimit(
  plane: ControlPlane,
  actor: Actor,
  input: UpdateLabelLimitInput,
): Promise<Result<LabelLimitRow>> {
  if (actor.owners !== null) return restricted()
  const name = input.name === undefined ? null : readLimitsName(input.name ?? '')
  const policy = input.policy === undefined ? null : readLimits(input.policy)
  const errors = problemsOf(...[name, policy].filter((read) => read !== null))
  if (errors.length > 0) return { ok: false, errors }
  const wanted: Partial<Shown> = {}
  if (name?.ok) wanted.name = name.value
  if (policy?.ok) wanted.policy = policy.value
  if (input.enabled !== undefined) wanted.enabled = input.enabled
  const nowMs = plane.clock()
  const result = await uniquely(wanted.name ?? '', () =>
    plane.store.prisma.$transaction(async (tx): Promise<Result<LabelLimitRow>> => {
      const before = await tx.labelLimit.findUnique({ where: { id: input.number } })
      if (before === null) return noSuchLabelLimit()
      if (input.expectedVersion !== null && input.expectedVersion !== before.version) return staleLabelLimit()
      const changes = changesOf(before, wanted)
      if (changes.length === 0) return ok(before)
      // The version guards against a change between the read and this write, which PostgreSQL would let through.
      const { count } = await tx.labelLimit.updateMany({
        where: { id: before.id, version: before.version },
        data: { ...wanted, updatedAt: new Date(nowMs), version: { increment: 1 } },
      })
      if (count === 0) return staleLabelLimit()
      const after = await tx.labelLimit.findUniqueOrThrow({ where: { id: before.id } })
      await tx.auditEvent.create({
        data: auditEvent(actor, 'label_limit.update', labelLimitTarget(after), nowMs, changes),
      })
      return ok(after)
    }),
  )
  if (result.ok) await plane.announceSharedChange(await labelLimitChange(plane.store, result.value))
  return result
}

/** Deletes the limits; their keys go on without them. Returns their number. */
export async function deleteLabelLimit(
  plane: ControlPlane,
  actor: Actor,
  number: number,
): Promise<Result<number>> {
  if (actor.owners !== null) return restricted()
  const nowMs = plane.clock()
  const deleted = await plane.store.prisma.$transaction(async (tx) => {
    const limit = await tx.labelLimit.findUnique({ where: { id: number } })
    if (limit === null) return null
    // deleteMany: of two concurrent deletions, one finds no row, which is no error.
    const { count } = await tx.labelLimit.deleteMany({ where: { id: number } })
    if (count === 0) return null
    await tx.auditEvent.create({
      data: auditEvent(actor, 'label_limit.delete', labelLimitTarget(limit), nowMs),
    })
    return limit
  })
  if (deleted === null) return noSuchLabelLimit()
  await plane.announceSharedChange(await labelLimitChange(plane.store, deleted, true))
  return ok(number)
}

/** The name of limits, trimmed; or what is wrong with it. */
export function readLimitsName(sent: string): Result<string> {
  return readOwnerName(sent, 'what the limits are for')
}

/** They have changed since they were read. */
export function staleLabelLimit(): Result<never> {
  const message = 'The limits have changed since you read them. Read them again, then decide anew.'
  return failed('STALE', 'expectedVersion', message)
}

function readLimits(sent: unknown): Result<string> {
  const read = readSharedPolicy(sent)
  if (!read.ok) return read
  const text = policyText(read.value)
  return text === null
    ? failed('REQUIRED', 'policy', 'policy must have a limit, a budget or a bound on concurrency.')
    : ok(text)
}

function changesOf(before: Shown, wanted: Partial<Shown>): FieldChange[] {
  return changesBetween(shownOf(before), shownOf({ ...before, ...wanted }))
}

/** As the trail shows them: a policy rule by rule, as that of a key. */
function shownOf({ name, policy, enabled }: Shown) {
  return { name, policy: storedPolicy(policy), enabled }
}

function nameTaken(name: string): Result<never> {
  return failed(
    'TAKEN',
    'name',
    `There are limits named ${JSON.stringify(name)} already. Choose another name.`,
  )
}

function noSuchLabelLimit(): Result<never> {
  return failed('NOT_FOUND', 'id', 'There are no label limits with this id. They may have been deleted.')
}

function uniquely<T>(name: string, change: () => Promise<Result<T>>): Promise<Result<T>> {
  return withConstraintProblems({ unique: () => nameTaken(name) }, change)
}
