// Makes label limits be as automation describes them.
import type { Actor } from '../../domain/admins/actor.ts'
import { type Label, labelText } from '../../domain/labels/label.ts'
import { failed, ok, type Result } from '../../domain/user-error.ts'
import { ensureNamed } from '../automation/ensure-record.ts'
import type { ControlPlane } from '../control-plane.ts'
import { restricted } from '../owners/owner-row.ts'
import { type LabelLimitRow, labelOf } from './label-limit-row.ts'
import {
  type CreateLabelLimitInput,
  createLabelLimit,
  readLimitsName,
  staleLabelLimit,
  updateLabelLimit,
} from './write-label-limit.ts'

/** `enabled` undefined: it stays as it is, and new limits hold. */
export type EnsureLabelLimitInput = Omit<CreateLabelLimitInput, 'enabled'> & { enabled?: boolean | undefined }

export type EnsuredLabelLimit = { limit: LabelLimitRow; created: boolean }

/**
 * As `ensureRecord`, by the name, which is unique. Limits of this name with another label are refused: what is counted is counted by
 * the label.
 */
export async function ensureLabelLimit(
  plane: ControlPlane,
  actor: Actor,
  input: EnsureLabelLimitInput,
): Promise<Result<EnsuredLabelLimit>> {
  // Before the limits of the name are read: the problem with another label names the one that they have.
  if (actor.owners !== null) return restricted()
  const { label, policy, enabled } = input
  const read = readLimitsName(input.name)
  if (!read.ok) return read
  const name = read.value
  const ensured = await ensureNamed('label limits', name, {
    find: () => plane.store.prisma.labelLimit.findUnique({ where: { name } }),
    create: () => createLabelLimit(plane, actor, { ...input, enabled: enabled ?? true }),
    update: async (before): Promise<Result<LabelLimitRow>> =>
      isOf(before, label)
        ? updateLabelLimit(plane, actor, { number: before.id, policy, enabled, expectedVersion: null })
        : ofOtherLabel(before),
    stale: staleLabelLimit,
  })
  return ensured.ok ? ok({ limit: ensured.value.row, created: ensured.value.created }) : ensured
}

function isOf(limit: LabelLimitRow, label: Label): boolean {
  return labelText(labelOf(limit)) === labelText(label)
}

function ofOtherLabel(limit: LabelLimitRow): Result<never> {
  const message = `The limits ${JSON.stringify(limit.name)} are of the label ${labelText(labelOf(limit))}, which cannot be changed. Choose another name, or delete them first.`
  return failed('INVALID', 'label', message)
}
