// Reading admin tokens: a page, how many there are.
import { type IdPage, newestFirst, pageArgs } from '../../../store/id-page.ts'
import type { ControlPlane } from '../../control-plane.ts'
import type { AdminTokenRow } from './admin-token-row.ts'

/** A page of tokens, newest first, revoked and expired ones too. */
export async function findAdminTokens(plane: ControlPlane, page: IdPage): Promise<AdminTokenRow[]> {
  return newestFirst(page, await plane.store.prisma.adminToken.findMany(pageArgs(page)))
}

export async function countAdminTokens(plane: ControlPlane): Promise<number> {
  return plane.store.prisma.adminToken.count()
}
