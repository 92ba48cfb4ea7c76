import type { Actor } from '../../domain/admins/actor.ts'
import { auditEvent } from '../../domain/audit/audit-event.ts'
import { changesBetween } from '../../domain/audit/field-changes.ts'
import { failed, ok, type Result } from '../../domain/user-error.ts'
import { withConstraintProblems } from '../broken-constraint.ts'
import type { ControlPlane } from '../control-plane.ts'
import { noSuchUpstream, type UpstreamRow, upstreamTarget } from './upstream-row.ts'

/** How many of the models with a route to the upstream are named. */
const NAMED_MAX = 5

/** Deletes an upstream with its credentials, unless a model routes to it. Returns its number. */
export async function deleteUpstream(
  plane: ControlPlane,
  actor: Actor,
  number: number,
): Promise<Result<number>> {
  const nowMs = plane.clock()
  // A model may come to route here after the check.
  const result = await withConstraintProblems({ 'foreign-key': () => inUse([]) }, () =>
    plane.store.prisma.$transaction(async (tx) => {
      const upstream = await tx.upstream.findUnique({ where: { id: number } })
      if (upstream === null) return noSuchUpstream()
      const models = await tx.model.findMany({
        where: { routes: { some: { upstreamId: number } } },
        orderBy: { name: 'asc' },
        select: { name: true },
      })
      if (models.length > 0) return inUse(models.map(({ name }) => name))
      // deleteMany: of two concurrent deletions, one finds no row.
      const { count } = await tx.upstream.deleteMany({ where: { id: number } })
      if (count === 0) return noSuchUpstream()
      await tx.auditEvent.create({
        data: auditEvent(actor, 'upstream.delete', upstreamTarget(upstream), nowMs, changesOf(upstream)),
      })
      return ok(number)
    }),
  )
  if (result.ok) await plane.announceRoutesChange()
  return result
}

function changesOf({
  name,
  kind,
  baseUrl,
  enabled,
}: Pick<UpstreamRow, 'name' | 'kind' | 'baseUrl' | 'enabled'>) {
  return changesBetween({ name, kind, baseUrl, enabled }, null)
}

function inUse(models: string[]): Result<never> {
  const named = models.slice(0, NAMED_MAX).join(', ')
  const rest = models.length > NAMED_MAX ? ` and ${models.length - NAMED_MAX} more` : ''
  const which = models.length === 0 ? '' : ` (${named}${rest})`
  return failed(
    'IN_USE',
    'id',
    `Models${which} route to this upstream. Change their routes or delete them first, or disable the upstream.`,
  )
}
