// Dismissing findings, with a reason, and taking that back.
import type { Actor } from '../../domain/admins/actor.ts'
import { auditEvent } from '../../domain/audit/audit-event.ts'
import { readDisplayText } from '../../domain/read-display-text.ts'
import { failed, ok, type Result } from '../../domain/user-error.ts'
import type { ControlPlane } from '../control-plane.ts'
import { findingsWithIds, type KnownFinding } from './find-findings.ts'

/** The most findings that one request dismisses or shows again. */
export const DISMISS_IDS_MAX = 500
const REASON_MAX = 500

/** Hides a finding until its cause has ended and begun again. One that is dismissed already gets the new reason. */
export async function dismissFinding(
  plane: ControlPlane,
  actor: Actor,
  { id, reason }: { id: string; reason: string },
): Promise<Result<KnownFinding>> {
  const read = readReason(reason)
  if (!read.ok) return read
  const [finding] = await findingsWithIds(plane, actor, [id])
  if (finding === undefined) return noSuchFinding('id')
  return ok((await dismiss(plane, actor, [finding], read.value))[0] ?? finding)
}

/** Hides findings for one reason, 1 to 500 by their ids. Those that have ended meanwhile are left out. Returns those that are hidden. */
export async function dismissFindings(
  plane: ControlPlane,
  actor: Actor,
  { ids, reason }: { ids: readonly string[]; reason: string },
): Promise<Result<KnownFinding[]>> {
  const read = readReason(reason)
  if (!read.ok) return read
  const found = await findEach(plane, actor, ids)
  return found.ok ? ok(await dismiss(plane, actor, found.value, read.value)) : found
}

/** Shows a dismissed finding again. One that is not dismissed is returned unchanged. */
export async function restoreFinding(
  plane: ControlPlane,
  actor: Actor,
  id: string,
): Promise<Result<KnownFinding>> {
  const [finding] = await findingsWithIds(plane, actor, [id])
  if (finding === undefined) return noSuchFinding('id')
  return ok((await restore(plane, actor, [finding]))[0] ?? finding)
}

/** Shows dismissed findings again, 1 to 500 by their ids. Those that have ended meanwhile are left out. Returns those that are shown. */
export async function restoreFindings(
  plane: ControlPlane,
  actor: Actor,
  ids: readonly string[],
): Promise<Result<KnownFinding[]>> {
  const found = await findEach(plane, actor, ids)
  return found.ok ? ok(await restore(plane, actor, found.value)) : found
}

/** Replaces what is said of these findings, with an event for each. */
async function dismiss(
  plane: ControlPlane,
  actor: Actor,
  findings: readonly KnownFinding[],
  reason: string,
): Promise<KnownFinding[]> {
  const nowMs = plane.clock()
  const row = { reason, actorName: actor.name, createdAt: new Date(nowMs) }
  const findingId = { in: findings.map(({ id }) => id) }
  await plane.store.prisma.$transaction(async (tx) => {
    const former = await tx.findingDismissal.findMany({ where: { findingId } })
    const reasons = new Map(former.map((each) => [each.findingId, each.reason]))
    // One by one: another admin may dismiss the same at the same time, which createMany refuses.
    for (const { id } of findings)
      await tx.findingDismissal.upsert({
        where: { findingId: id },
        create: { findingId: id, ...row },
        update: row,
      })
    await tx.auditEvent.createMany({
      data: findings.map((finding) =>
        auditEvent(actor, 'finding.dismiss', targetOf(finding), nowMs, [
          { path: 'reason', before: reasons.get(finding.id) ?? null, after: reason },
        ]),
      ),
    })
  })
  return findings.map((finding) => ({
    ...finding,
    dismissal: { findingId: finding.id, reason, actorName: actor.name, atMs: nowMs },
  }))
}

/** Removes what is said of these findings, with an event for each of which something was. */
async function restore(
  plane: ControlPlane,
  actor: Actor,
  findings: readonly KnownFinding[],
): Promise<KnownFinding[]> {
  const findingId = { in: findings.map(({ id }) => id) }
  await plane.store.prisma.$transaction(async (tx) => {
    const former = await tx.findingDismissal.findMany({ where: { findingId } })
    const reasons = new Map(former.map((each) => [each.findingId, each.reason]))
    await tx.findingDismissal.deleteMany({ where: { findingId } })
    await tx.auditEvent.createMany({
      data: findings
        .filter(({ id }) => reasons.has(id))
        .map((finding) =>
          auditEvent(actor, 'finding.restore', targetOf(finding), plane.clock(), [
            { path: 'reason', before: reasons.get(finding.id) ?? null, after: null },
          ]),
        ),
    })
  })
  return findings.map((finding) => ({ ...finding, dismissal: null }))
}

/** The findings of these ids that there are now; at least one. */
async function findEach(
  plane: ControlPlane,
  actor: Actor,
  ids: readonly string[],
): Promise<Result<KnownFinding[]>> {
  if (ids.length === 0 || ids.length > DISMISS_IDS_MAX)
    return failed('OUT_OF_RANGE', 'ids', `ids must name 1 to ${DISMISS_IDS_MAX} findings.`, {
      minItems: 1,
      maxItems: DISMISS_IDS_MAX,
    })
  const found = await findingsWithIds(plane, actor, ids)
  return found.length === 0 ? noSuchFinding('ids') : ok(found)
}

function targetOf({ id, code, target }: KnownFinding) {
  return { type: 'Finding' as const, id, label: target === null ? code : `${code} ${target.label}` }
}

function readReason(sent: string): Result<string> {
  return readDisplayText(sent, {
    field: 'reason',
    max: REASON_MAX,
    lines: true,
    missing: 'reason must not be empty: say why this is as it should be.',
  })
}

function noSuchFinding(field: 'id' | 'ids'): Result<never> {
  return failed('NOT_FOUND', field, 'There is no such finding now. Its cause may have ended.')
}
