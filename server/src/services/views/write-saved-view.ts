// Creating, changing and deleting saved views.
import { auditEvent, type FieldChange } from '../../domain/audit/audit-event.ts'
import { failed, nameTaken, noSuch, ok, problemsOf, type Result } from '../../domain/user-error.ts'
import { readViewName, readViewQuery, SAVED_VIEWS_MAX } from '../../domain/views/saved-view.ts'
import { readScreen, type ViewScreen } from '../../domain/views/view-screens.ts'
import { withConstraintProblems } from '../broken-constraint.ts'
import type { ControlPlane } from '../control-plane.ts'
import {
  mayDelete,
  type SavedViewRow,
  savedViewTarget,
  type Viewer,
  visibleTo,
  WITH_ADMIN,
} from './saved-view-row.ts'

export type CreateSavedViewInput = { screen: ViewScreen; name: string; query: string; shared: boolean }

/** What is undefined stays as it is; so does the screen, which the query belongs to. */
export type UpdateSavedViewInput = {
  number: number
  name?: string | undefined
  query?: string | undefined
  shared?: boolean | undefined
}

type Fields = Pick<SavedViewRow, 'name' | 'query' | 'shared'>

/** A view of the viewer's own, under a name that none of his views of the screen has. */
export async function createSavedView(
  plane: ControlPlane,
  viewer: Viewer,
  { screen, shared, ...sent }: CreateSavedViewInput,
): Promise<Result<SavedViewRow>> {
  const name = readViewName(sent.name)
  const query = readViewQuery(screen, sent.query)
  if (!name.ok || !query.ok) return { ok: false, errors: problemsOf(name, query) }
  const fields: Fields = { name: name.value, query: query.value, shared }
  const nowMs = plane.clock()
  const now = new Date(nowMs)
  return uniquely(fields.name, () =>
    plane.store.prisma.$transaction(async (tx): Promise<Result<SavedViewRow>> => {
      const adminId = viewer.id
      if ((await tx.savedView.count({ where: { adminId } })) >= SAVED_VIEWS_MAX)
        return failed('OUT_OF_RANGE', null, `You have ${SAVED_VIEWS_MAX} views. Delete one first.`, {
          maxItems: SAVED_VIEWS_MAX,
        })
      if ((await tx.savedView.count({ where: { adminId, screen, name: fields.name } })) > 0)
        return viewNameTaken(fields.name)
      const made = await tx.savedView.create({
        data: { adminId, screen, ...fields, createdAt: now, updatedAt: now },
        include: WITH_ADMIN,
      })
      const changes = [{ path: 'screen', before: null, after: screen }, ...changesOf(null, fields)]
      await tx.auditEvent.create({
        data: auditEvent(viewer, 'saved_view.create', savedViewTarget(made), nowMs, changes),
      })
      return ok(made)
    }),
  )
}

/** Changes a view of the viewer's own. An update without a change writes no audit event. */
export async function updateSavedView(
  plane: ControlPlane,
  viewer: Viewer,
  { number, ...sent }: UpdateSavedViewInput,
): Promise<Result<SavedViewRow>> {
  const nowMs = plane.clock()
  return uniquely(sent.name ?? '', () =>
    plane.store.prisma.$transaction(async (tx): Promise<Result<SavedViewRow>> => {
      const before = await tx.savedView.findUnique({ where: { id: number }, include: WITH_ADMIN })
      const screen = before === null ? null : readScreen(before.screen)
      if (before === null || screen === null || !isVisible(viewer, screen, before))
        return noSuch('view', 'id')
      if (before.adminId !== viewer.id)
        return failed('FORBIDDEN', 'id', `This view is of ${before.admin.username}. Save one of your own.`)
      const wanted = readFields(screen, sent)
      if (!wanted.ok) return wanted
      const changes = changesOf(before, wanted.value)
      if (changes.length === 0) return ok(before)
      const { name } = wanted.value
      if (name !== undefined && name !== before.name) {
        const others = { adminId: viewer.id, screen, name }
        if ((await tx.savedView.count({ where: others })) > 0) return viewNameTaken(name)
      }
      const data = { ...wanted.value, updatedAt: new Date(nowMs) }
      // updateMany: of a view that is deleted meanwhile it finds no row, which is no error.
      const { count } = await tx.savedView.updateMany({ where: { id: number }, data })
      if (count === 0) return noSuch('view', 'id')
      const after = { ...before, ...data }
      await tx.auditEvent.create({
        data: auditEvent(viewer, 'saved_view.update', savedViewTarget(after), nowMs, changes),
      })
      return ok(after)
    }),
  )
}

/** Deletes a view of the viewer's own; OWNER and ADMIN also one that another shares. Returns its number. */
export async function deleteSavedView(
  plane: ControlPlane,
  viewer: Viewer,
  number: number,
): Promise<Result<number>> {
  return plane.store.prisma.$transaction(async (tx): Promise<Result<number>> => {
    const view = await tx.savedView.findUnique({ where: { id: number }, include: WITH_ADMIN })
    const screen = view === null ? null : readScreen(view.screen)
    if (view === null || screen === null || !isVisible(viewer, screen, view)) return noSuch('view', 'id')
    if (!mayDelete(viewer, view)) {
      const message = `This view is of ${view.admin.username}, who can delete it; so can owners and admins.`
      return failed('FORBIDDEN', 'id', message)
    }
    // deleteMany: of two concurrent deletions, one finds no row, which is no error.
    const { count } = await tx.savedView.deleteMany({ where: { id: number } })
    if (count === 0) return noSuch('view', 'id')
    const changes: FieldChange[] = [{ path: 'name', before: view.name, after: null }]
    await tx.auditEvent.create({
      data: auditEvent(viewer, 'saved_view.delete', savedViewTarget(view), plane.clock(), changes),
    })
    return ok(number)
  })
}

/** What the viewer does not see is not told from what is not there. */
function isVisible(viewer: Viewer, screen: ViewScreen, { adminId, shared }: SavedViewRow): boolean {
  return visibleTo(viewer, screen).OR.some((one) => ('adminId' in one ? one.adminId === adminId : shared))
}

function readFields(screen: ViewScreen, sent: Omit<UpdateSavedViewInput, 'number'>): Result<Partial<Fields>> {
  const name = sent.name === undefined ? null : readViewName(sent.name)
  const query = sent.query === undefined ? null : readViewQuery(screen, sent.query)
  const errors = problemsOf(...[name, query].filter((read) => read !== null))
  if (errors.length > 0) return { ok: false, errors }
  const wanted: Partial<Fields> = {}
  if (name?.ok) wanted.name = name.value
  if (query?.ok) wanted.query = query.value
  if (sent.shared !== undefined) wanted.shared = sent.shared
  return ok(wanted)
}

function changesOf(before: Fields | null, wanted: Partial<Fields>): FieldChange[] {
  return (['name', 'query', 'shared'] as const).flatMap((path) => {
    const after = wanted[path]
    return after === undefined || after === before?.[path]
      ? []
      : [{ path, before: before?.[path] ?? null, after }]
  })
}

function viewNameTaken(name: string): Result<never> {
  return nameTaken('a view of yours on this screen named', name)
}

function uniquely<T>(name: string, change: () => Promise<Result<T>>): Promise<Result<T>> {
  return withConstraintProblems(
    {
      unique: () => viewNameTaken(name.trim()),
      // The admin was deleted after the request was let in.
      'foreign-key': () => failed('NOT_FOUND', null, 'Your account has been deleted.'),
    },
    change,
  )
}
