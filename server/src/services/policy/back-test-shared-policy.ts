// What a policy that keys share would have done to the calls that they have made together.
import type { Actor } from '../../domain/admins/actor.ts'
import { type Label, labelText, readLabel } from '../../domain/labels/label.ts'
import type { CallSource } from '../../domain/policy/back-test/back-test.ts'
import { readSharedPolicy } from '../../domain/policy/input/shared-policy.ts'
import { storedPolicy } from '../../domain/policy/input/stored-policy.ts'
import { failed, ok, problemsOf, type Result } from '../../domain/user-error.ts'
import type { ControlPlane } from '../control-plane.ts'
import { labelOf } from '../labels/label-limit-row.ts'
import { findOwner } from '../owners/find-owners.ts'
import { noSuchOwner, restricted } from '../owners/owner-row.ts'
import { type BackTestedPolicy, readBackTestDays, runBackTest } from './back-test-key-policy.ts'

/** The keys that share a policy: of an owner, of the label of label limits, or of a label that has none yet. */
export type SharingKeys = { ownerNumber: number } | { labelLimitNumber: number } | { label: Label }

export type BackTestSharedPolicyInput = {
  of: SharingKeys
  /** What `readSharedPolicy` reads; undefined: the policy that they share now. */
  policy?: unknown
  days: number
}

/** Changes nothing, and no call waits for it. Owner and labels are those that a key had when it was called. */
export async function backTestSharedPolicy(
  plane: ControlPlane,
  actor: Actor,
  { of, policy, days }: BackTestSharedPolicyInput,
): Promise<Result<BackTestedPolicy>> {
  const read = readSharedPolicy(policy)
  const range = readBackTestDays(days)
  if (!read.ok || !range.ok) return { ok: false, errors: problemsOf(read, range) }
  const sharing = await sharingKeys(plane, actor, of)
  if (!sharing.ok) return sharing
  const { source, stored } = sharing.value
  if (policy === undefined && stored === undefined)
    return failed(
      'REQUIRED',
      'policy',
      'policy is required: keys with this label share none by their label alone.',
    )
  const tried = policy === undefined ? storedPolicy(stored ?? null) : read.value
  return ok(await runBackTest(plane, source, tried, days))
}

/** `stored`: the text of the policy that they share; undefined: there is none to be read. */
async function sharingKeys(
  plane: ControlPlane,
  actor: Actor,
  of: SharingKeys,
): Promise<Result<{ source: CallSource; stored: string | null | undefined }>> {
  if ('ownerNumber' in of) {
    const owner = await findOwner(plane, actor, of.ownerNumber)
    if (owner === null) return noSuchOwner('ownerId')
    return ok({ source: { ownerId: owner.id }, stored: owner.policy })
  }
  // Keys of every owner may have a label.
  if (actor.owners !== null) return restricted()
  if ('labelLimitNumber' in of) {
    const limit = await plane.store.prisma.labelLimit.findUnique({ where: { id: of.labelLimitNumber } })
    if (limit === null)
      return failed(
        'NOT_FOUND',
        'labelLimitId',
        'There are no label limits with this id. They may have been deleted.',
      )
    return ok({ source: { label: labelText(labelOf(limit)) }, stored: limit.policy })
  }
  const label = readLabel(of.label, 'label')
  if (!label.ok) return label
  return ok({ source: { label: labelText(label.value) }, stored: undefined })
}
