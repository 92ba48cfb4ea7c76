// Reading API keys: one, several, a page by status and search, how many there are.
import type { Actor } from '../../domain/admins/actor.ts'
import type { ApiKeyFilter, ApiKeyPage, ApiKeyPlace, ApiKeySort } from '../../domain/keys/api-key-query.ts'
import * as queries from '../../store/queries/api-keys.ts'
import { findKeyPlaces, type SortedPage } from '../../store/queries/keys/sorted-keys.ts'
import type { ControlPlane } from '../control-plane.ts'
import { keysWithin, ownedBy } from '../owners/within-owners.ts'
import type { ApiKeyRow } from './api-key-row.ts'

export type { ApiKeyFilter } from '../../domain/keys/api-key-query.ts'
export type { SortedPage } from '../../store/queries/keys/sorted-keys.ts'

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

/** A page of keys in an order, and where each stands in it. */
export async function findSortedApiKeys(
  plane: ControlPlane,
  actor: Viewer,
  filter: ApiKeyFilter,
  sort: ApiKeySort,
  page: SortedPage,
): Promise<{ row: ApiKeyRow; place: ApiKeyPlace }[]> {
  await plane.ledger.settled()
  const seen = await within(plane, actor, filter)
  const places = await findKeyPlaces(plane.store, seen, sort, page, plane.clock())
  const numbers = places.map(({ number }) => number)
  const rows = await plane.store.prisma.apiKey.findMany({ where: { id: { in: numbers } } })
  const byNumber = new Map(rows.map((row) => [row.id, row]))
  // One that has just been deleted is in no page.
  return places.flatMap((place) => {
    const row = byNumber.get(place.number)
    return row === undefined ? [] : [{ row, place }]
  })
}

/** Of those that match and that the viewer may see. */
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
