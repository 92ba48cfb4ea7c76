// Reading models: one, a page by name, how many there are.
import { type IdPage, newestFirst, pageArgs } from '../../store/id-page.ts'
import { countByName, findIdsByName } from '../../store/queries/organization/name-search.ts'
import type { ControlPlane } from '../control-plane.ts'
import { type ModelRow, WITH_ROUTES } from './model-row.ts'

/** A page of models, newest first; those with `search` in their name or externalId, in any case, or all. */
export async function findModels(
  plane: ControlPlane,
  search: string | undefined,
  page: IdPage,
): Promise<ModelRow[]> {
  if (search !== undefined) {
    const ids = await findIdsByName(plane.store, 'Model', search, page)
    return plane.store.prisma.model.findMany({
      where: { id: { in: ids } },
      orderBy: { id: 'desc' },
      include: WITH_ROUTES,
    })
  }
  const rows = await plane.store.prisma.model.findMany({ ...pageArgs(page), include: WITH_ROUTES })
  return newestFirst(page, rows)
}

/** Those that match. */
export async function countModels(plane: ControlPlane, search: string | undefined): Promise<number> {
  if (search !== undefined) return countByName(plane.store, 'Model', search)
  return plane.store.prisma.model.count()
}

/** With its routes; null: there is none of this number. */
export async function findModel(plane: ControlPlane, number: number): Promise<ModelRow | null> {
  return plane.store.prisma.model.findUnique({ where: { id: number }, include: WITH_ROUTES })
}
