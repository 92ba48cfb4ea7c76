// Reading admin tokens: a page, how many there are.
import type { Actor } from '../../../domain/admins/actor.ts'
import { type IdPage, newestFirst, pageArgs } from '../../../store/id-page.ts'
import type { ControlPlane } from '../../control-plane.ts'
import type { AdminTokenRow } from './admin-token-row.ts'

/**
 * A page of tokens, newest first, revoked and expired ones too. An actor that is restricted to owners sees its own token and those
 * that it has made: others may be of other owners.
 */
export async function findAdminTokens(
  plane: ControlPlane,
  actor: Actor,
  page: IdPage,
): Promise<AdminTokenRow[]> {
  const { where, ...args } = pageArgs(page)
  const rows = await plane.store.prisma.adminToken.findMany({
    ...args,
    where: { AND: [where ?? {}, visibleTokens(actor)] },
  })
  return newestFirst(page, rows)
}

/** Of those that the actor may see. */
export async function countAdminTokens(plane: ControlPlane, actor: Actor): Promise<number> {
  return plane.store.prisma.adminToken.count({ where: visibleTokens(actor) })
}

/** The tokens that an actor may see, as part of a condition. */
export function visibleTokens({ owners, type, id, name }: Actor) {
  if (owners === null) return {}
  return { OR: [{ id: type === 'ADMIN_TOKEN' ? (id ?? 0) : 0 }, { createdBy: name }] }
}
