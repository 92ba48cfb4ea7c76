// Reading upstreams: one, or a page of all, those of the database before those of the environment.
import { readUpstreamId } from '../../domain/upstreams/upstream-id.ts'
import { foldCase } from '../../store/queries/text-search.ts'
import type { ControlPlane } from '../control-plane.ts'
import { environmentViewOf, type UpstreamView, viewOf, WITH_PARTS } from './upstream-row.ts'

/** Those whose name or address has this text, in any case; undefined: all. */
export type UpstreamSearch = string | undefined

export type UpstreamPage = {
  limit: number
  /** Places in the list, both excluded. */
  olderThan?: number
  newerThan?: number
  /** Take the page from the other end of what remains; its order is the same. */
  oldestFirst?: boolean
}

/** A page of upstreams: the newest first, those of the environment last, in the order in which they are tried. */
export async function findUpstreams(
  plane: ControlPlane,
  search: UpstreamSearch,
  page: UpstreamPage,
): Promise<UpstreamView[]> {
  const all = await matchingUpstreams(plane, search)
  const { olderThan = Number.POSITIVE_INFINITY, newerThan = Number.NEGATIVE_INFINITY } = page
  const remaining = all.filter(({ order }) => order < olderThan && order > newerThan)
  return page.oldestFirst === true ? remaining.slice(-page.limit) : remaining.slice(0, page.limit)
}

/** Those of the database and of the environment that match. */
export async function countUpstreams(plane: ControlPlane, search: UpstreamSearch): Promise<number> {
  if (search !== undefined) return (await matchingUpstreams(plane, search)).length
  return (await plane.store.prisma.upstream.count()) + plane.environmentUpstreams.length
}

/** Each that matches. They are few, and two sources make one list. */
async function matchingUpstreams(plane: ControlPlane, search: UpstreamSearch): Promise<UpstreamView[]> {
  const rows = await plane.store.prisma.upstream.findMany({ orderBy: { id: 'desc' }, include: WITH_PARTS })
  const all = [
    ...rows.map((row) => viewOf(row, plane.encryptionKey)),
    ...plane.environmentUpstreams.map(environmentViewOf),
  ]
  if (search === undefined) return all
  const wanted = foldCase(search)
  return all.filter(({ name, baseUrl }) => [name, baseUrl].some((text) => foldCase(text).includes(wanted)))
}

/** The upstream with this public id; null where there is none. */
export async function findUpstream(plane: ControlPlane, id: string): Promise<UpstreamView | null> {
  const place = readUpstreamId(id)
  if (place === null) return null
  if (typeof place === 'number') {
    const row = await plane.store.prisma.upstream.findUnique({ where: { id: place }, include: WITH_PARTS })
    return row === null ? null : viewOf(row, plane.encryptionKey)
  }
  const index = plane.environmentUpstreams.findIndex(({ name }) => name === place.environment)
  const upstream = plane.environmentUpstreams[index]
  return upstream === undefined ? null : environmentViewOf(upstream, index)
}

/** The place in the list of the upstream with this public id, were it there; null for what is no id of one. */
export function upstreamOrder(plane: ControlPlane, id: string): number | null {
  const place = readUpstreamId(id)
  if (place === null || typeof place === 'number') return place
  const index = plane.environmentUpstreams.findIndex(({ name }) => name === place.environment)
  return index === -1 ? null : -1 - index
}

/** Whether the environment, or the server itself, has given this name to an upstream. */
export function isEnvironmentName(plane: ControlPlane, name: string): boolean {
  return name === 'echo' || plane.environmentUpstreams.some((upstream) => upstream.name === name)
}
