// Saved views: filters of console screens, the viewer's own and those that others share.
import { AdminError } from '../../../domain/admin-errors.ts'
import { savedViewId, savedViewNumber } from '../../../domain/views/saved-view.ts'
import { readScreen, VIEW_SCREENS, type ViewScreen } from '../../../domain/views/view-screens.ts'
import { countSavedViews, findSavedViews } from '../../../services/views/find-saved-views.ts'
import { mayDelete, type SavedViewRow, type Viewer } from '../../../services/views/saved-view-row.ts'
import { builder } from '../../builder.ts'
import { type GraphqlContext, personOf } from '../../context.ts'
import { describedValues } from '../../described-values.ts'
import { type Connection, pageSize, readPage } from '../../paging.ts'

const SCREEN_MEANINGS: Record<ViewScreen, string> = {
  KEYS: 'The API keys: `/keys`.',
  OWNERS: 'The owners of keys: `/owners`.',
  LOGS: 'The request logs: `/logs`.',
  KEY_LOGS: 'The request logs of one key, whichever it is.',
  USAGE: 'What calls cost: `/usage`.',
}

export const ViewScreenEnum = builder.enumType('ViewScreen', {
  description: 'A screen of the console that has saved views.',
  values: describedValues(VIEW_SCREENS, SCREEN_MEANINGS),
})

/** Whose views are asked for. Throws SECOND_FACTOR_REQUIRED for who has to set one up first: shared views are others'. */
export function viewerOf(context: GraphqlContext): Viewer {
  const { actor, session } = personOf(context)
  if (session.mustEnrol) throw new AdminError('SECOND_FACTOR_REQUIRED')
  return actor
}

export const SavedViewRef = builder.objectRef<SavedViewRow>('SavedView').implement({
  authScopes: { person: true },
  description: 'A filter of a console screen that is kept under a name.',
  fields: (t) => ({
    id: t.id({ description: '`svw_` and a number.', resolve: ({ id }) => savedViewId(id) }),
    screen: t.field({
      type: ViewScreenEnum,
      description: 'The screen that it filters.',
      resolve: ({ screen }) => readScreen(screen) ?? 'LOGS',
    }),
    name: t.exposeString('name', { description: 'As its admin has named it.' }),
    query: t.exposeString('query', {
      description:
        "The query of the screen's URL, without its question mark, its parameters sorted by name; empty: no filter.",
    }),
    shared: t.exposeBoolean('shared', { description: 'Whether others see it.' }),
    ownerName: t.string({
      description: 'The username of the admin whose view it is.',
      resolve: ({ admin }) => admin.username,
    }),
    isOwn: t.boolean({
      description: 'Whether it is your own, so that you may change it.',
      resolve: ({ adminId }, _args, context) => adminId === viewerOf(context).id,
    }),
    mayDelete: t.boolean({
      description: 'Whether you may delete it: your own, and as OWNER or ADMIN what others share.',
      resolve: (view, _args, context) => mayDelete(viewerOf(context), view),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was saved.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was last changed.' }),
  }),
})

type Page = Connection<SavedViewRow> & { screen: ViewScreen }

builder.queryField('savedViews', (t) =>
  t.connection(
    {
      type: SavedViewRef,
      authScopes: { person: true },
      description:
        'The views of a screen: your own, and those that others share, newest first. Who is restricted to owners, or may not open the screen, sees the own ones alone. first/last: 0 to 100, Default 50.',
      args: { screen: t.arg({ type: ViewScreenEnum, required: true, description: 'Whose views.' }) },
      complexity: (args) => ({ field: 5, multiplier: pageSize(args) / 10 }),
      resolve: async (_root, { screen, ...args }, context): Promise<Page> => {
        const viewer = viewerOf(context)
        const page = await readPage<SavedViewRow, number>(args, {
          keyOf: savedViewNumber,
          cursorOf: ({ id }) => savedViewId(id),
          find: (keyset) => findSavedViews(context.plane, viewer, screen, keyset),
        })
        return { ...page, screen }
      },
    },
    {
      name: 'SavedViewConnection',
      description: 'A page of saved views.',
      fields: (connection) => ({
        totalCount: connection.int({
          description: 'How many there are in all.',
          resolve: (page, _args, context) =>
            countSavedViews(context.plane, viewerOf(context), (page as Page).screen),
        }),
      }),
    },
    { name: 'SavedViewEdge', description: 'A saved view in a page.' },
  ),
)
