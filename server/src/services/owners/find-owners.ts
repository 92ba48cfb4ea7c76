// Reading owners: one, several, a page by kind, label and search, and how many there are.
import type { Actor } from '../../domain/admins/actor.ts'
import type { Label } from '../../domain/labels/label.ts'
import type { OwnerKind } from '../../domain/owners/owner.ts'
import { isWithinOwners } from '../../domain/owners/owner-restriction.ts'
import type { IdPage } from '../../store/id-page.ts'
import * as queries from '../../store/queries/owners/owners.ts'
import type { ControlPlane } from '../control-plane.ts'
import type { OwnerRow } from './owner-row.ts'

/** All parts must hold; an absent one holds of every owner. */
export type OwnerFilter = {
  kind?: OwnerKind | undefined
  /** Part of the name, the contact or the externalId, in any case; or the owner's id. */
  search?: string | undefined
  label?: Label | undefined
  disabled?: boolean | undefined
  /** The numbers of the owners that may be seen; null: all. */
  within?: readonly number[] | null
}

/** A page of owners, newest first. */
export async function findOwners(
  plane: ControlPlane,
  filter: OwnerFilter,
  page: IdPage,
): Promise<OwnerRow[]> {
  const ids = await queries.findOwnerIds(plane.store, filter, page)
  return plane.store.prisma.owner.findMany({ where: { id: { in: ids } }, orderBy: { id: 'desc' } })
}

/** Of those that match. */
export async function countOwners(plane: ControlPlane, filter: OwnerFilter): Promise<number> {
  return queries.countOwners(plane.store, filter)
}

/** One that the actor may see; null: there is none. */
export async function findOwner(
  plane: ControlPlane,
  actor: Pick<Actor, 'owners'>,
  number: number,
): Promise<OwnerRow | null> {
  if (!isWithinOwners(actor, number)) return null
  return plane.store.prisma.owner.findUnique({ where: { id: number } })
}

/** The owners of these numbers that exist, by number, with one query. */
export async function findOwnersByNumber(
  plane: Pick<ControlPlane, 'store'>,
  numbers: number[],
): Promise<Map<number, OwnerRow>> {
  if (numbers.length === 0) return new Map()
  const rows = await plane.store.prisma.owner.findMany({ where: { id: { in: numbers } } })
  return new Map(rows.map((row) => [row.id, row]))
}

/** The owners of keys, by number, with one query. */
export async function ownersOfKeys(
  plane: Pick<ControlPlane, 'store'>,
  keys: readonly { ownerId: number | null }[],
): Promise<Map<number, OwnerRow>> {
  const numbers = keys.flatMap(({ ownerId }) => (ownerId === null ? [] : [ownerId]))
  return findOwnersByNumber(plane, [...new Set(numbers)])
}

/** How many keys each of these owners has, with one query; those without are absent. */
export async function countKeysOfOwners(
  plane: ControlPlane,
  numbers: number[],
): Promise<Map<number, number>> {
  const counts = await plane.store.prisma.apiKey.groupBy({
    by: ['ownerId'],
    where: { ownerId: { in: numbers } },
    _count: true,
  })
  return new Map(counts.map(({ ownerId, _count }) => [ownerId ?? 0, _count]))
}

/** The owners whose keys admins administer as KEY_MANAGERs, by the number of the admin; those without any are absent. */
export async function findOwnersOfAdmins(
  { store }: Pick<ControlPlane, 'store'>,
  adminIds: number[],
): Promise<Map<number, OwnerRow[]>> {
  const rows = await store.prisma.adminOwner.findMany({
    where: { adminId: { in: adminIds } },
    orderBy: { ownerId: 'desc' },
    include: { owner: true },
  })
  const byAdmin = Map.groupBy(rows, ({ adminId }) => adminId)
  return new Map([...byAdmin].map(([adminId, managed]) => [adminId, managed.map(({ owner }) => owner)]))
}
