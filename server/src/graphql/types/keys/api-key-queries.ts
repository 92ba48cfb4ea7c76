// Reading API keys.
import { badInput } from '../../../domain/admin-errors.ts'
import { apiKeyId, apiKeyNumber } from '../../../domain/keys/api-key-id.ts'
import { keysWithFindings } from '../../../services/findings/find-findings.ts'
import type { ApiKeyRow } from '../../../services/keys/api-key-row.ts'
import {
  type ApiKeyFilter,
  countApiKeys,
  findApiKey,
  findApiKeys,
} from '../../../services/keys/find-api-keys.ts'
import { builder } from '../../builder.ts'
import { actorOf } from '../../context.ts'
import { apiKeyNumberOf } from '../../global-id.ts'
import { pageSize, readPage } from '../../paging.ts'
import { FindingCodeEnum } from '../findings/finding-enums.ts'
import { ApiKeyRef, ApiKeyStatusEnum } from './api-key.ts'

const SEARCH_MAX = 200

const ApiKeyFilterInput = builder.inputType('ApiKeyFilter', {
  description: 'Which keys to list. All parts must hold.',
  fields: (t) => ({
    status: t.field({
      type: [ApiKeyStatusEnum],
      description: 'One of these statuses. Absent: any; an empty list matches nothing.',
    }),
    finding: t.field({
      type: [FindingCodeEnum],
      description: 'One of these findings, which is not dismissed. Absent: any keys.',
    }),
    search: t.string({
      description:
        "Part of the name, the description or the secret's first characters, also as `sk-77ea5adb…`; case does not matter. Or the key's id; or a whole secret, the current or the former one, which is compared by its hash.",
    }),
  }),
})

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
      args: { filter: t.arg({ type: ApiKeyFilterInput, description: 'Which keys to list; absent: all.' }) },
      complexity: (args) => ({ field: 5, multiplier: pageSize(args) / 10 }),
      resolve: async (_root, args, context) => {
        const filter = readFilter(args.filter)
        if (args.filter?.finding != null)
          filter.numbers = await keysWithFindings(context.plane, args.filter.finding)
        const page = await readPage<ApiKeyRow, number>(args, {
          keyOf: apiKeyNumber,
          cursorOf: (key) => apiKeyId(key.id),
          find: (keyset) => findApiKeys(context.plane, actorOf(context), filter, keyset),
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

function readFilter(sent: typeof ApiKeyFilterInput.$inferInput | null | undefined): ApiKeyFilter {
  const { status, search } = sent ?? {}
  if (search && (search.length > SEARCH_MAX || !search.isWellFormed() || /\p{Cc}/u.test(search))) {
    throw badInput('filter.search', `filter.search must be plain text of at most ${SEARCH_MAX} characters.`)
  }
  return { status: status ?? undefined, search: search ?? undefined }
}
