// Saved views as the store has them, and which of them an actor sees.
import type { Actor } from '../../domain/admins/actor.ts'
import type { AuditTarget } from '../../domain/audit/audit-event.ts'
import { savedViewId } from '../../domain/views/saved-view.ts'
import { scopeOfScreen, type ViewScreen } from '../../domain/views/view-screens.ts'
import type { Store } from '../../store/store.ts'

/** A person who is signed in: tokens have no views. */
export type Viewer = Actor & { id: number }

type StoredView = Awaited<ReturnType<Store['prisma']['savedView']['findUniqueOrThrow']>>
export type SavedViewRow = StoredView & { admin: { username: string } }

/** With the name of the admin whose view it is. */
export const WITH_ADMIN = { admin: { select: { username: true } } } as const

/** The view as audit events name it. */
export function savedViewTarget({ id, name }: Pick<SavedViewRow, 'id' | 'name'>): AuditTarget {
  return { type: 'SavedView', id: savedViewId(id), label: name }
}

/**
 * The views of a screen that the viewer sees: the own ones, and of others those that are shared. These may name keys of any owner, so
 * who is restricted to owners, or may not open the screen, sees the own ones alone.
 */
export function visibleTo(viewer: Viewer, screen: ViewScreen) {
  const own = { adminId: viewer.id }
  const seesShared = viewer.owners === null && viewer.scopes.has(scopeOfScreen(screen))
  return { screen, OR: seesShared ? [own, { shared: true }] : [own] }
}

/** Whether the viewer may delete a view that he sees: the own ones; OWNER and ADMIN also what others share. */
export function mayDelete(
  viewer: Viewer,
  { adminId, shared }: Pick<SavedViewRow, 'adminId' | 'shared'>,
): boolean {
  return adminId === viewer.id || (shared && (viewer.role === 'OWNER' || viewer.role === 'ADMIN'))
}
