// Reading saved views.
import type { ViewScreen } from '../../domain/views/view-screens.ts'
import { type IdPage, newestFirst, pageArgs } from '../../store/id-page.ts'
import type { ControlPlane } from '../control-plane.ts'
import { type SavedViewRow, type Viewer, visibleTo, WITH_ADMIN } from './saved-view-row.ts'

/** A page of the views of a screen that the viewer sees, newest first. */
export async function findSavedViews(
  { store }: ControlPlane,
  viewer: Viewer,
  screen: ViewScreen,
  page: IdPage,
): Promise<SavedViewRow[]> {
  const { where, ...rest } = pageArgs(page)
  const views = await store.prisma.savedView.findMany({
    ...rest,
    where: { ...where, ...visibleTo(viewer, screen) },
    include: WITH_ADMIN,
  })
  return newestFirst(page, views)
}

/** How many views of a screen the viewer sees. */
export async function countSavedViews(
  { store }: ControlPlane,
  viewer: Viewer,
  screen: ViewScreen,
): Promise<number> {
  return store.prisma.savedView.count({ where: visibleTo(viewer, screen) })
}
