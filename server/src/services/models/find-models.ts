// Reading models: one, a page, how many there are.
import { type IdPage, newestFirst, pageArgs } from '../../store/id-page.ts'
import type { ControlPlane } from '../control-plane.ts'
import { type ModelRow, WITH_ROUTES } from './model-row.ts'

/** A page of models, newest first. */
export async function findModels(plane: ControlPlane, page: IdPage): Promise<ModelRow[]> {
  const rows = await plane.store.prisma.model.findMany({ ...pageArgs(page), include: WITH_ROUTES })
  return newestFirst(page, rows)
}

/** All models. */
export async function countModels(plane: ControlPlane): Promise<number> {
  return plane.store.prisma.model.count()
}

/** With its routes; null: there is none of this number. */
export async function findModel(plane: ControlPlane, number: number): Promise<ModelRow | null> {
  return plane.store.prisma.model.findUnique({ where: { id: number }, include: WITH_ROUTES })
}
