// Reading API keys: one, several, a page by status and search, how many there are.
import type { Actor } from '../../domain/admins/actor.ts'
import type { ApiKeyFilter, ApiKeyPage } from '../../domain/keys/api-key-query.ts'
import * as queries from '../../store/queries/api-keys.ts'
import type { ControlPlane } from '../control-plane.ts'
import { keysWithin, ownedBy } from '../owners/within-owners.ts'
import type { ApiKeyRow } from './api-key-row.ts'

export type { ApiKeyFilter } from '../../domain/keys/api-key-query.ts'

/** Who reads: an actor restricted to owners sees their keys alone. */
type Viewer = Pick<Actor, 'owners'>

/** A page of keys, newest first. */
export async function findApiKeys(
  plane: ControlPlane,
  actor: Viewer,
  filter: ApiKeyFilter,
  page: ApiKeyPage,
): Promise<ApiKeyRow[]> {
  await plane.ledger.settled()
  const ids = await queries.findApiKeyIds(
    plane.store,
    await within(plane, actor, filter),
    page,
    plane.clock(),
  )
  return plane.store.prisma.apiKey.findMany({ where: { id: { in: ids } }, orderBy: { id: 'desc' } })
}

export async function countApiKeys(
  plane: ControlPlane,
  actor: Viewer,
  filter: ApiKeyFilter,
): Promise<number> {
  return queries.countApiKeys(plane.store, await within(plane, actor, filter), plane.clock())
}

/** One key; null where there is none that the actor may see. */
export async function findApiKey(
  plane: ControlPlane,
  actor: Viewer,
  number: number,
): Promise<ApiKeyRow | null> {
  await plane.ledger.settled()
  return plane.store.prisma.apiKey.findUnique({ where: { id: number, ...ownedBy(actor) } })
}

/** The keys of these numbers that exist, in no order, with one query. */
export async function findApiKeysByNumber(
  plane: ControlPlane,
  actor: Viewer,
  numbers: number[],
): Promise<ApiKeyRow[]> {
  return plane.store.prisma.apiKey.findMany({ where: { id: { in: numbers }, ...ownedBy(actor) } })
}

async function within(plane: ControlPlane, actor: Viewer, filter: ApiKeyFilter): Promise<ApiKeyFilter> {
  const keys = await keysWithin(plane, actor)
  if (keys === null) return filter
  const { numbers } = filter
  return { ...filter, numbers: numbers === undefined ? keys : keys.filter((id) => numbers.includes(id)) }
}
