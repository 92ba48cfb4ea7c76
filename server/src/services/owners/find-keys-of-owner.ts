// The API keys of one owner, or of none.
import type { ControlPlane } from '../control-plane.ts'
import type { ApiKeyRow } from '../keys/api-key-row.ts'

/** A page, newest first. `owner`: its number; null: keys that belong to nobody. `olderThan`: a key's number, excluded. */
export async function findKeysOfOwner(
  plane: ControlPlane,
  owner: number | null,
  { limit, olderThan }: { limit: number; olderThan: number | null },
): Promise<ApiKeyRow[]> {
  await plane.ledger.settled()
  return plane.store.prisma.apiKey.findMany({
    where: { ownerId: owner, ...(olderThan === null ? {} : { id: { lt: olderThan } }) },
    orderBy: { id: 'desc' },
    take: limit,
  })
}
