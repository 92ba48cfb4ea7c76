// The owners that key managers are bound to.
import type { Store } from '../../store/store.ts'

/** The most owners of one key manager. */
export const OWNERS_MAX = 1_000

/** Those of the numbers that there is an owner of. */
export async function existingOwners(
  db: Pick<Store['prisma'], 'owner'>,
  ids: readonly number[],
): Promise<number[]> {
  if (ids.length === 0) return []
  const rows = await db.owner.findMany({ where: { id: { in: [...ids] } }, select: { id: true } })
  return rows.map(({ id }) => id)
}
