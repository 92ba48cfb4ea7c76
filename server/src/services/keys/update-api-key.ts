import type { Actor } from '../../domain/admins/actor.ts'
import { auditEvent, type FieldChange } from '../../domain/audit/audit-event.ts'
import { changesBetween } from '../../domain/audit/field-changes.ts'
import { externalIdTaken, readExternalId } from '../../domain/automation/external-id.ts'
import { readDescription, readExpiresAt, readName } from '../../domain/keys/api-key-input.ts'
import { expiryWithin } from '../../domain/keys/expiry-bounds.ts'
import { type Label, labelsIn, labelsText, readLabels } from '../../domain/labels/label.ts'
import { isWithinOwners } from '../../domain/owners/owner-restriction.ts'
import { policyUnderCeiling } from '../../domain/policy/input/policy-ceiling.ts'
import { readKeyPolicy } from '../../domain/policy/input/read-key-policy.ts'
import { policyText } from '../../domain/policy/input/stored-policy.ts'
import { failed, ok, problemsOf, type Result } from '../../domain/user-error.ts'
import { lockTogether } from '../../store/transaction-locks.ts'
import { withConstraintProblems } from '../broken-constraint.ts'
import type { ControlPlane } from '../control-plane.ts'
import { mayRelabel } from '../labels/limited-labels.ts'
import { noSuchOwner, orNoOwner, ownerRequired } from '../owners/owner-row.ts'
import { ownedBy } from '../owners/within-owners.ts'
import { readSettings, type Settings } from '../settings/settings-row.ts'
import { type ApiKeyRow, auditedFields, auditTarget, keyChange, noSuchKey, staleKey } from './api-key-row.ts'

/** What is undefined stays as it is; null clears. */
export type UpdateApiKeyInput = {
  number: number
  name?: string | null
  description?: string | null
  externalId?: string | null
  expiresAtMs?: number | null
  /** What `readKeyPolicy` reads, in place of the whole policy; null: unrestricted. */
  policy?: unknown
  /** The owner's number; null: it is to belong to nobody. */
  owner?: number | null | undefined
  /** In place of all labels. */
  labels?: Label[] | null | undefined
  /** The version that the client last read; STALE when the key has changed since. */
  expectedVersion: number | null
}

/** `labels`: as one text; null: none. */
type Fields = Pick<ApiKeyRow, 'name' | 'description' | 'externalId' | 'expiresAt' | 'policy' | 'ownerId'> & {
  labels: string | null
}

/**
 * Changes a key's name, description, external id, expiry, policy, owner or labels; expiry and policy within what the settings allow.
 * An update without a change writes no audit event.
 */
export async function updateApiKey(
  plane: ControlPlane,
  actor: Actor,
  input: UpdateApiKeyInput,
): Promise<Result<ApiKeyRow>> {
  const nowMs = plane.clock()
  const wanted = readFields(input, nowMs)
  if (!wanted.ok) return wanted
  const result = await withConstraintProblems({ unique: externalIdTaken }, () =>
    change(plane, actor, input, wanted.value, nowMs),
  )
  if (!result.ok) return result
  const { formerOwner, row } = result.value
  await plane.announceKeyChange({ ...keyChange(row), ownerIds: [formerOwner, row.ownerId] })
  return ok(row)
}

/**
 * Whether a key is as an update of its own columns would make it, so that there is nothing to write; false where the update is not
 * valid, or says anything of labels.
 */
export function isAsWanted(before: ApiKeyRow, input: UpdateApiKeyInput, nowMs: number): boolean {
  if (input.labels !== undefined) return false
  const wanted = readFields(input, nowMs)
  return wanted.ok && changesOf({ ...before, labels: null }, wanted.value).length === 0
}

type Changed = { row: ApiKeyRow; formerOwner: number | null }

async function change(
  plane: ControlPlane,
  actor: Actor,
  input: UpdateApiKeyInput,
  wanted: Partial<Fields>,
  nowMs: number,
): Promise<Result<Changed>> {
  return orNoOwner(() =>
    plane.store.prisma.$transaction(async (tx): Promise<Result<Changed>> => {
      const row = await tx.apiKey.findUnique({
        where: { id: input.number, ...ownedBy(actor) },
        include: { labels: { orderBy: { name: 'asc' } } },
      })
      if (row === null) return noSuchKey()
      const before = { ...row, labels: labelsText(row.labels) }
      if (input.expectedVersion !== null && input.expectedVersion !== before.version) return staleKey()
      if (before.revokedAt !== null && input.expiresAtMs !== undefined) {
        return failed(
          'IMMUTABLE',
          'expiresAt',
          'expiresAt cannot be changed: the key is revoked, and stays so.',
        )
      }
      const { ownerId: formerOwner } = row
      if (changesOf(before, wanted).length === 0) return ok({ row, formerOwner })
      await lockTogether(plane.store, tx, 'SETTINGS')
      const bounded = withinSettings(input, before, wanted, await readSettings(tx), nowMs)
      if (!bounded.ok) return bounded
      const changes = changesOf(before, bounded.value)
      if (changes.length === 0) return ok({ row, formerOwner })
      const { labels, ...columns } = bounded.value
      const { ownerId: owner } = columns
      if (owner !== undefined && !isWithinOwners(actor, owner))
        return owner === null ? ownerRequired() : noSuchOwner('ownerId')
      if (owner != null && (await tx.owner.count({ where: { id: owner } })) === 0)
        return noSuchOwner('ownerId')
      if (labels !== undefined) {
        const relabelled = await mayRelabel(tx, actor, row.labels, labelsIn(labels))
        if (!relabelled.ok) return relabelled
      }
      // The version guards against a change between the read and this write, which PostgreSQL would let through.
      const { count } = await tx.apiKey.updateMany({
        where: { id: before.id, version: before.version },
        data: { ...columns, updatedAt: new Date(nowMs), version: { increment: 1 } },
      })
      if (count === 0) return staleKey()
      if (labels !== undefined) {
        await tx.apiKeyLabel.deleteMany({ where: { apiKeyId: before.id } })
        await tx.apiKeyLabel.createMany({
          data: labelsIn(labels).map((label) => ({ ...label, apiKeyId: before.id })),
        })
      }
      const after = await tx.apiKey.findUniqueOrThrow({ where: { id: before.id } })
      await tx.auditEvent.create({
        data: auditEvent(actor, 'api_key.update', auditTarget(after), nowMs, changes),
      })
      return ok({ row: after, formerOwner })
    }),
  )
}

function readFields(input: UpdateApiKeyInput, nowMs: number): Result<Partial<Fields>> {
  const fields: Partial<Fields> = {}
  const name = input.name === undefined ? null : readName(input.name ?? '')
  const description = input.description === undefined ? null : readDescription(input.description)
  const externalId = input.externalId === undefined ? null : readExternalId(input.externalId)
  const { expiresAtMs } = input
  const expiresAt =
    expiresAtMs === undefined || expiresAtMs === null ? null : readExpiresAt(expiresAtMs, nowMs)
  const policy = input.policy === undefined ? null : readKeyPolicy(input.policy)
  const labels = input.labels === undefined ? null : readLabels(input.labels ?? [])
  const errors = problemsOf(
    ...[name, description, externalId, expiresAt, policy, labels].filter((read) => read !== null),
  )
  if (errors.length > 0) return { ok: false, errors }
  if (name?.ok) fields.name = name.value
  if (description?.ok) fields.description = description.value
  if (externalId?.ok) fields.externalId = externalId.value
  if (expiresAtMs === null) fields.expiresAt = null
  else if (expiresAt?.ok) fields.expiresAt = new Date(expiresAt.value)
  if (policy?.ok) fields.policy = policyText(policy.value)
  if (labels?.ok) fields.labels = labelsText(labels.value)
  if (input.owner !== undefined) fields.ownerId = input.owner
  return ok(fields)
}

/** A part that is sent unchanged is accepted, even where the settings would no longer allow it. */
function withinSettings(
  input: UpdateApiKeyInput,
  before: Fields,
  wanted: Partial<Fields>,
  { policyCeiling, maxExpiryDays }: Settings,
  nowMs: number,
): Result<Partial<Fields>> {
  const isChanged = (path: keyof Fields) => changesOf(before, { [path]: wanted[path] }).length > 0
  const policy = isChanged('policy') ? policyUnderCeiling(input.policy, policyCeiling) : null
  const expiry = isChanged('expiresAt')
    ? expiryWithin(input.expiresAtMs ?? null, maxExpiryDays, nowMs)
    : ok(null)
  if (policy?.ok === false || !expiry.ok) return { ok: false, errors: problemsOf(policy ?? ok(null), expiry) }
  return ok(policy === null ? wanted : { ...wanted, policy: policyText(policy.value) })
}

/** Of the fields that are wanted. */
function changesOf(before: Fields, wanted: Partial<Fields>): FieldChange[] {
  return changesBetween(auditedFields(before), auditedFields({ ...before, ...defined(wanted) }))
}

function defined(fields: Partial<Fields>): Partial<Fields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
