// Reading API keys.
import type { ApiKeyPlace } from '../../../domain/keys/api-key-query.ts'
import type { ApiKeyRow } from '../../../services/keys/api-key-row.ts'
import {
  countApiKeys,
  findApiKey,
  findSortedApiKeys,
  type SortedPage,
} from '../../../services/keys/find-api-keys.ts'
import { builder } from '../../builder.ts'
import { actorOf } from '../../context.ts'
import { apiKeyNumberOf } from '../../global-id.ts'
import { pageSize, readPage } from '../../paging.ts'
import { ApiKeyRef } from './api-key.ts'
import {
  ApiKeyFilterInput,
  ApiKeyOrderInput,
  cursorAt,
  placeOf,
  readApiKeyFilter,
  readOrder,
} from './api-key-filter.ts'

builder.queryField('apiKey', (t) =>
  t.field({
    authScopes: { can: 'keys:read' },
    type: ApiKeyRef,
    nullable: true,
    description: 'One API key; null when there is none with this id.',
    args: { id: t.arg.id({ required: true, description: 'The id of an API key: `key_…`.' }) },
    resolve: (_root, { id }, context) =>
      findApiKey(context.plane, actorOf(context), apiKeyNumberOf(id, 'id')),
  }),
)

builder.queryField('apiKeys', (t) =>
  t.connection(
    {
      authScopes: { can: 'keys:read' },
      type: ApiKeyRef,
      description: 'API keys, newest first. first/last: 0 to 100, Default 50.',
      args: {
        filter: t.arg({ type: ApiKeyFilterInput, description: 'Which keys to list; absent: all.' }),
        orderBy: t.arg({ type: ApiKeyOrderInput, description: 'The order; absent: newest first.' }),
      },
      complexity: (args) => ({ field: 5, multiplier: pageSize(args) / 10 }),
      resolve: async (_root, args, context) => {
        const { plane } = context
        const filter = await readApiKeyFilter(plane, args.filter)
        const sort = readOrder(args.orderBy)
        // Where each key stood when the page was read: its value may have changed by now.
        const places = new Map<number, ApiKeyPlace>()
        const page = await readPage<ApiKeyRow, ApiKeyPlace>(args, {
          keyOf: (cursor) => placeOf(sort, cursor),
          cursorOf: (key) => cursorAt(sort, places.get(key.id) ?? { value: null, number: key.id }),
          find: async ({ limit, olderThan: after, newerThan: before, oldestFirst: fromEnd }) => {
            const sorted: SortedPage = { limit, ...(fromEnd !== undefined && { fromEnd }) }
            if (after !== undefined) sorted.after = after
            if (before !== undefined) sorted.before = before
            const found = await findSortedApiKeys(plane, actorOf(context), filter, sort, sorted)
            for (const { row, place } of found) places.set(row.id, place)
            return found.map(({ row }) => row)
          },
        })
        return { ...page, filter }
      },
    },
    {
      name: 'ApiKeyConnection',
      description: 'A page of API keys.',
      fields: (connection) => ({
        totalCount: connection.int({
          description: 'How many keys match in all. Counted only when the field is selected.',
          resolve: ({ filter }, _args, context) => countApiKeys(context.plane, actorOf(context), filter),
        }),
      }),
    },
    { name: 'ApiKeyEdge', description: 'An API key in a page.' },
  ),
)
