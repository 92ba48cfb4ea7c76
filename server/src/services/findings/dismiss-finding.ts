// Dismissing a finding, with a reason, and taking that back.
import type { Actor } from '../../domain/admins/actor.ts'
import { auditEvent } from '../../domain/audit/audit-event.ts'
import { readDisplayText } from '../../domain/read-display-text.ts'
import { failed, ok, type Result } from '../../domain/user-error.ts'
import type { ControlPlane } from '../control-plane.ts'
import { findFinding, forgetFindings, type KnownFinding } from './find-findings.ts'

const REASON_MAX = 500
const ID_MAX = 400

/** Hides a finding until its cause has ended and begun again. One that is dismissed already gets the new reason. */
export async function dismissFinding(
  plane: ControlPlane,
  actor: Actor,
  { id, reason }: { id: string; reason: string },
): Promise<Result<KnownFinding>> {
  const read = readReason(reason)
  if (!read.ok) return read
  const finding = id.length > ID_MAX ? null : await findFinding(plane, actor, id)
  if (finding === null) return noSuchFinding()
  const nowMs = plane.clock()
  const row = { reason: read.value, actorName: actor.name, createdAt: new Date(nowMs) }
  await plane.store.prisma.$transaction(async (tx) => {
    const before = await tx.findingDismissal.findUnique({ where: { findingId: id } })
    await tx.findingDismissal.upsert({
      where: { findingId: id },
      create: { findingId: id, ...row },
      update: row,
    })
    const changes = [{ path: 'reason', before: before?.reason ?? null, after: read.value }]
    await tx.auditEvent.create({
      data: auditEvent(actor, 'finding.dismiss', targetOf(finding), nowMs, changes),
    })
  })
  forgetFindings(plane)
  return ok({
    ...finding,
    dismissal: { findingId: id, reason: read.value, actorName: actor.name, atMs: nowMs },
  })
}

/** Shows a dismissed finding again. One that is not dismissed is returned unchanged. */
export async function restoreFinding(
  plane: ControlPlane,
  actor: Actor,
  id: string,
): Promise<Result<KnownFinding>> {
  const finding = id.length > ID_MAX ? null : await findFinding(plane, actor, id)
  if (finding === null) return noSuchFinding()
  await plane.store.prisma.$transaction(async (tx) => {
    const before = await tx.findingDismissal.findUnique({ where: { findingId: id } })
    const { count } = await tx.findingDismissal.deleteMany({ where: { findingId: id } })
    if (before === null || count === 0) return
    const changes = [{ path: 'reason', before: before.reason, after: null }]
    const event = auditEvent(actor, 'finding.restore', targetOf(finding), plane.clock(), changes)
    await tx.auditEvent.create({ data: event })
  })
  forgetFindings(plane)
  return ok({ ...finding, dismissal: null })
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

function noSuchFinding(): Result<never> {
  return failed('NOT_FOUND', 'id', 'There is no such finding now. Its cause may have ended.')
}
