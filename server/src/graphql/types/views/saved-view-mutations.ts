// Creating, changing and deleting saved views.
import { savedViewId } from '../../../domain/views/saved-view.ts'
import type { SavedViewRow } from '../../../services/views/saved-view-row.ts'
import {
  createSavedView,
  deleteSavedView,
  updateSavedView,
} from '../../../services/views/write-saved-view.ts'
import { builder } from '../../builder.ts'
import { resultPayload, resultValue } from '../payload.ts'
import { sentSavedView } from '../sent-ids.ts'
import { SavedViewRef, ViewScreenEnum, viewerOf } from './saved-view.ts'

const INPUT = 'The input.'
const NAME = '1 to 80 characters; none of your views of the screen has it.'
const QUERY =
  "The query of the screen's URL: at most 4,000 characters, parameters that the screen has, and nothing that looks like a secret."
const SHARED = 'Whether everybody sees it who may open the screen and is not restricted to owners.'

function savedViewPayload(name: string, description: string) {
  return resultPayload<SavedViewRow>(name, {
    description,
    fields: (t) => ({
      savedView: t.field({
        type: SavedViewRef,
        nullable: true,
        description: 'The view as it is now.',
        resolve: resultValue,
      }),
    }),
  })
}

const CreateSavedViewInput = builder.inputType('CreateSavedViewInput', {
  description: 'A new view of yours.',
  fields: (t) => ({
    screen: t.field({ type: ViewScreenEnum, required: true, description: 'The screen that it filters.' }),
    name: t.string({ required: true, description: NAME }),
    query: t.string({ required: true, description: QUERY }),
    shared: t.boolean({ required: true, defaultValue: false, description: SHARED }),
  }),
})

const CreateSavedViewPayload = savedViewPayload('CreateSavedViewPayload', 'The new view.')

builder.mutationField('createSavedView', (t) =>
  t.field({
    type: CreateSavedViewPayload,
    authScopes: { person: true },
    description: 'Saves a view. An admin has up to 100.',
    args: { input: t.arg({ type: CreateSavedViewInput, required: true, description: INPUT }) },
    resolve: (_root, { input }, context) => createSavedView(context.plane, viewerOf(context), input),
  }),
)

const UpdateSavedViewInput = builder.inputType('UpdateSavedViewInput', {
  description: 'A field that is absent or null stays as it is. The screen cannot be changed.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'One of your views: `svw_…`.' }),
    name: t.string({ description: NAME }),
    query: t.string({ description: QUERY }),
    shared: t.boolean({ description: SHARED }),
  }),
})

const UpdateSavedViewPayload = savedViewPayload('UpdateSavedViewPayload', 'The changed view.')

builder.mutationField('updateSavedView', (t) =>
  t.field({
    type: UpdateSavedViewPayload,
    authScopes: { person: true },
    description: 'Changes one of your views.',
    args: { input: t.arg({ type: UpdateSavedViewInput, required: true, description: INPUT }) },
    resolve: (_root, { input: { id, name, query, shared } }, context) => {
      const viewer = viewerOf(context)
      const number = sentSavedView(id)
      if (!number.ok) return number
      return updateSavedView(context.plane, viewer, {
        number: number.value,
        name: name ?? undefined,
        query: query ?? undefined,
        shared: shared ?? undefined,
      })
    },
  }),
)

const DeleteSavedViewInput = builder.inputType('DeleteSavedViewInput', {
  description: 'Which view to delete.',
  fields: (t) => ({ id: t.id({ required: true, description: 'The view: `svw_…`.' }) }),
})

const DeleteSavedViewPayload = resultPayload<number>('DeleteSavedViewPayload', {
  description: 'The deleted view.',
  fields: (t) => ({
    deletedId: t.id({
      nullable: true,
      description: 'The id that no longer exists.',
      resolve: (result) => (result.ok ? savedViewId(result.value) : null),
    }),
  }),
})

builder.mutationField('deleteSavedView', (t) =>
  t.field({
    type: DeleteSavedViewPayload,
    authScopes: { person: true },
    description: 'Deletes one of your views; as OWNER or ADMIN also one that another shares.',
    args: { input: t.arg({ type: DeleteSavedViewInput, required: true, description: INPUT }) },
    resolve: (_root, { input }, context) => {
      const viewer = viewerOf(context)
      const number = sentSavedView(input.id)
      return number.ok ? deleteSavedView(context.plane, viewer, number.value) : number
    },
  }),
)
