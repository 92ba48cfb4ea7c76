// Creating and changing owners.
import type { Actor } from '../../domain/admins/actor.ts'
import { auditEvent, type FieldChange } from '../../domain/audit/audit-event.ts'
import { changesBetween } from '../../domain/audit/field-changes.ts'
import { type Label, labelsText, readLabels } from '../../domain/labels/label.ts'
import { type OwnerKind, readContact, readExternalId, readOwnerName } from '../../domain/owners/owner.ts'
import { isWithinOwners } from '../../domain/owners/owner-restriction.ts'
import { readSharedPolicy } from '../../domain/policy/input/shared-policy.ts'
import { policyText, storedPolicy } from '../../domain/policy/input/stored-policy.ts'
import { ok, problemsOf, type Result } from '../../domain/user-error.ts'
import type { Store } from '../../store/store.ts'
import { withConstraintProblems } from '../broken-constraint.ts'
import type { ControlPlane } from '../control-plane.ts'
import {
  externalIdTaken,
  noSuchOwner,
  type OwnerRow,
  ownerChange,
  ownerTarget,
  restricted,
  staleOwner,
} from './owner-row.ts'

type Transaction = Parameters<Parameters<Store['prisma']['$transaction']>[0]>[0]

export type CreateOwnerInput = {
  name: string
  kind: OwnerKind
  externalId: string | null
  contact: string | null
  labels: Label[]
  /** What `readSharedPolicy` reads; null: nothing is restricted. */
  policy: unknown
}

/** What is undefined stays as it is; null clears. */
export type UpdateOwnerInput = {
  number: number
  name?: string | null | undefined
  kind?: OwnerKind | null | undefined
  externalId?: string | null | undefined
  contact?: string | null | undefined
  /** In place of all labels. */
  labels?: Label[] | null | undefined
  policy?: unknown
  /** The version that the client last read; STALE when the owner has changed since. */
  expectedVersion: number | null
}

type Fields = Pick<OwnerRow, 'name' | 'kind' | 'externalId' | 'contact' | 'policy'>
type Wanted = { fields: Partial<Fields>; labels: Label[] | null }

/** Creates an owner. It has no keys yet. */
export async function createOwner(
  plane: ControlPlane,
  actor: Actor,
  input: CreateOwnerInput,
): Promise<Result<OwnerRow>> {
  if (actor.owners !== null) return restricted()
  const wanted = readFields(input)
  if (!wanted.ok) return wanted
  const nowMs = plane.clock()
  const now = new Date(nowMs)
  const {
    name = '',
    kind = input.kind,
    externalId = null,
    contact = null,
    policy = null,
  } = wanted.value.fields
  const fields: Fields = { name, kind, externalId, contact, policy }
  const labels = { create: wanted.value.labels ?? [] }
  return uniquely(() =>
    plane.store.prisma.$transaction(async (tx) => {
      if (await isTaken(tx, externalId, null)) return externalIdTaken()
      const owner = await tx.owner.create({ data: { ...fields, labels, createdAt: now, updatedAt: now } })
      const changes = changesBetween(null, shownOf(fields, labelsText(labels.create)))
      await tx.auditEvent.create({
        data: auditEvent(actor, 'owner.create', ownerTarget(owner), nowMs, changes),
      })
      return ok(owner)
    }),
  )
}

/** Changes an owner; its limits and budgets hold from the next call of its keys on. An update without a change writes no audit event. */
export async function updateOwner(
  plane: ControlPlane,
  actor: Actor,
  input: UpdateOwnerInput,
): Promise<Result<OwnerRow>> {
  if (!isWithinOwners(actor, input.number)) return noSuchOwner()
  const wanted = readFields(input)
  if (!wanted.ok) return wanted
  const { fields, labels } = wanted.value
  const nowMs = plane.clock()
  const result = await uniquely(() =>
    plane.store.prisma.$transaction(async (tx): Promise<Result<OwnerRow>> => {
      const before = await tx.owner.findUnique({ where: { id: input.number }, include: { labels: true } })
      if (before === null) return noSuchOwner()
      if (input.expectedVersion !== null && input.expectedVersion !== before.version) return staleOwner()
      const changes = changesOf(before, labelsText(inOrder(before.labels)) ?? '', wanted.value)
      if (changes.length === 0) return ok(before)
      if (await isTaken(tx, fields.externalId ?? null, before.id)) return externalIdTaken()
      // The version guards against a change between the read and this write, which PostgreSQL would let through.
      const { count } = await tx.owner.updateMany({
        where: { id: before.id, version: before.version },
        data: { ...fields, updatedAt: new Date(nowMs), version: { increment: 1 } },
      })
      if (count === 0) return staleOwner()
      if (labels !== null) {
        await tx.ownerLabel.deleteMany({ where: { ownerId: before.id } })
        await tx.ownerLabel.createMany({ data: labels.map((label) => ({ ...label, ownerId: before.id })) })
      }
      const after = await tx.owner.findUniqueOrThrow({ where: { id: before.id } })
      await tx.auditEvent.create({
        data: auditEvent(actor, 'owner.update', ownerTarget(after), nowMs, changes),
      })
      return ok(after)
    }),
  )
  if (result.ok) await plane.announceSharedChange(await ownerChange(plane.store, result.value))
  return result
}

function readFields(input: Partial<CreateOwnerInput | UpdateOwnerInput>): Result<Wanted> {
  const name = input.name === undefined ? null : readOwnerName(input.name ?? '')
  const externalId = input.externalId === undefined ? null : readExternalId(input.externalId)
  const contact = input.contact === undefined ? null : readContact(input.contact)
  const labels = input.labels === undefined ? null : readLabels(input.labels ?? [])
  const policy = input.policy === undefined ? null : readSharedPolicy(input.policy)
  const errors = problemsOf(...[name, externalId, contact, labels, policy].filter((read) => read !== null))
  if (errors.length > 0) return { ok: false, errors }
  const fields: Partial<Fields> = {}
  if (name?.ok) fields.name = name.value
  if (input.kind != null) fields.kind = input.kind
  if (externalId?.ok) fields.externalId = externalId.value
  if (contact?.ok) fields.contact = contact.value
  if (policy?.ok) fields.policy = policyText(policy.value)
  return ok({ fields, labels: labels?.ok ? labels.value : null })
}

function changesOf(before: Fields, labelsBefore: string, { fields, labels }: Wanted): FieldChange[] {
  const labelsAfter = labels === null ? labelsBefore : labelsText(labels)
  return changesBetween(shownOf(before, labelsBefore), shownOf({ ...before, ...fields }, labelsAfter))
}

/** As the trail shows an owner: its policy rule by rule, as that of a key. */
function shownOf({ name, kind, externalId, contact, policy }: Fields, labels: string | null) {
  return { name, kind, externalId, contact, policy: storedPolicy(policy), labels: labels || null }
}

function inOrder(labels: Label[]): Label[] {
  return labels.sort((a, b) => (a.name < b.name ? -1 : 1))
}

async function isTaken(tx: Transaction, externalId: string | null, but: number | null): Promise<boolean> {
  if (externalId === null) return false
  const found = await tx.owner.findUnique({ where: { externalId } })
  return found !== null && found.id !== but
}

/** Of two changes at once that use one externalId, the database refuses the second. */
function uniquely<T>(change: () => Promise<Result<T>>): Promise<Result<T>> {
  return withConstraintProblems({ unique: externalIdTaken }, change)
}
