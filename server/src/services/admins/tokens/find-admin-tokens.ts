// Reading admin tokens: a page, how many there are.
import type { ControlPlane } from '../../control-plane.ts'
import type { AdminTokenRow } from './admin-token-row.ts'

export type AdminTokenPage = {
  limit: number
  /** Tokens' numbers, both excluded. They need not exist any more. */
  olderThan?: number
  newerThan?: number
  /** Take the page from the oldest end of what remains; its order is still newest first. */
  oldestFirst?: boolean
}

/** A page of tokens, newest first, revoked and expired ones too. */
export async function findAdminTokens(plane: ControlPlane, page: AdminTokenPage): Promise<AdminTokenRow[]> {
  const { limit, olderThan, newerThan, oldestFirst } = page
  const rows = await plane.store.prisma.adminToken.findMany({
    where: { id: { lt: olderThan, gt: newerThan } },
    orderBy: { id: oldestFirst === true ? 'asc' : 'desc' },
    take: limit,
  })
  return oldestFirst === true ? rows.reverse() : rows
}

export async function countAdminTokens(plane: ControlPlane): Promise<number> {
  return plane.store.prisma.adminToken.count()
}
