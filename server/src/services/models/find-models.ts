// Reading models: one, a page, how many there are.
import type { ControlPlane } from '../control-plane.ts'
import { type ModelRow, WITH_ROUTES } from './model-row.ts'

export type ModelPage = {
  limit: number
  /** Models' numbers, both excluded. They need not exist any more. */
  olderThan?: number
  newerThan?: number
  /** Take the page from the oldest end of what remains; its order is still newest first. */
  oldestFirst?: boolean
}

/** A page of models, newest first. */
export async function findModels(plane: ControlPlane, page: ModelPage): Promise<ModelRow[]> {
  const { limit, olderThan, newerThan, oldestFirst } = page
  const rows = await plane.store.prisma.model.findMany({
    where: { id: { lt: olderThan, gt: newerThan } },
    orderBy: { id: oldestFirst === true ? 'asc' : 'desc' },
    take: limit,
    include: WITH_ROUTES,
  })
  return oldestFirst === true ? rows.reverse() : rows
}

export async function countModels(plane: ControlPlane): Promise<number> {
  return plane.store.prisma.model.count()
}

export async function findModel(plane: ControlPlane, number: number): Promise<ModelRow | null> {
  return plane.store.prisma.model.findUnique({ where: { id: number }, include: WITH_ROUTES })
}
