// What an actor that is restricted to owners may see and change: their keys, with their request logs and usage. For all others
// nothing here costs a query.
import { AdminError } from '../../domain/admin-errors.ts'
import type { Actor } from '../../domain/admins/actor.ts'
import type { RequestLogFilter } from '../../domain/logs/request-log-query.ts'
import type { ControlPlane } from '../control-plane.ts'

type Restriction = Pick<Actor, 'owners'>

/** The condition on an API key that an actor may see, for a query of Prisma: a key of another owner is not found. */
export function ownedBy({ owners }: Restriction): { ownerId?: { in: number[] } } {
  return owners === null ? {} : { ownerId: { in: [...owners] } }
}

/** The numbers of the keys that an actor may see; null: all. */
export async function keysWithin({ store }: ControlPlane, actor: Restriction): Promise<number[] | null> {
  if (actor.owners === null) return null
  const keys = await store.prisma.apiKey.findMany({ where: ownedBy(actor), select: { id: true } })
  return keys.map(({ id }) => id)
}

/** A filter of request logs, narrowed to the keys that an actor may see. Calls without a known key are nobody's. */
export async function logsWithin(
  plane: ControlPlane,
  actor: Restriction,
  filter: RequestLogFilter,
): Promise<RequestLogFilter> {
  const keys = await keysWithin(plane, actor)
  if (keys === null) return filter
  const allowed = new Set(keys)
  return { ...filter, apiKeyIds: filter.apiKeyIds?.filter((id) => allowed.has(id)) ?? keys }
}

/**
 * Lets an actor read the usage of one key, or of all of them (undefined). Throws NOT_FOUND for a key of another owner, and FORBIDDEN
 * to a restricted actor that names no key: totals are of everybody.
 */
export async function requireUsageWithin(
  { store }: ControlPlane,
  actor: Restriction,
  apiKeyId: number | undefined,
): Promise<void> {
  if (actor.owners === null) return
  if (apiKeyId === undefined)
    throw new AdminError('FORBIDDEN', 'You are restricted to owners: ask for the usage of one of their keys.')
  const key = await store.prisma.apiKey.findUnique({
    where: { id: apiKeyId, ...ownedBy(actor) },
    select: { id: true },
  })
  if (key === null) throw new AdminError('NOT_FOUND', 'There is no API key with this id.')
}
