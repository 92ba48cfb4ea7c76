// Follows API keys.
import { badInput } from '../../../domain/admin-errors.ts'
import { apiKeyId } from '../../../domain/keys/api-key-id.ts'
import type { Changes } from '../../../services/change-queue.ts'
import { type ApiKeyChange, followApiKeys } from '../../../services/keys/follow-api-keys.ts'
import { builder } from '../../builder.ts'
import { actorOf, requireStream } from '../../context.ts'
import { apiKeyNumberOf } from '../../global-id.ts'
import { ApiKeyRef } from './api-key.ts'

const IDS_MAX = 100

const ApiKeyChangeRef = builder.objectRef<ApiKeyChange>('ApiKeyChange').implement({
  description: 'An API key that has changed.',
  fields: (t) => ({
    id: t.id({ description: 'The key.', resolve: ({ number }) => apiKeyId(number) }),
    apiKey: t.expose('apiKey', {
      type: ApiKeyRef,
      nullable: true,
      description: 'As it is now; null: it was deleted, or belongs to an owner now that you do not see.',
    }),
  }),
})

const ApiKeyChangedEventRef = builder.objectRef<Changes<ApiKeyChange>>('ApiKeyChangedEvent').implement({
  description: 'API keys that have changed since the last event.',
  fields: (t) => ({
    changes: t.expose('changes', {
      type: [ApiKeyChangeRef],
      description: 'At most 100, each key once. Empty in the first event, which comes at once.',
      complexity: { field: 5, multiplier: 10 },
    }),
    dropped: t.exposeInt('dropped', {
      description: 'Changes that were left out because the reader was slow: read the list again.',
    }),
  }),
})

builder.subscriptionField('apiKeyChanged', (t) =>
  t.field({
    authScopes: { can: 'keys:read' },
    type: ApiKeyChangedEventRef,
    description:
      'API keys as they are created, changed and deleted, and when their owner changes; not when calls use them, nor when time expires them. An event every 250 ms at most. The stream completes after 15 minutes, when the server stops, and when the session or token ends or its scopes change: subscribe again, then read the list.',
    args: {
      ids: t.arg.idList({ description: `The keys to follow, 1 to ${IDS_MAX}; absent: all.` }),
    },
    subscribe: (_root, { ids }, context) => {
      requireStream(context)
      if (ids != null && (ids.length === 0 || ids.length > IDS_MAX))
        throw badInput('ids', `ids must name 1 to ${IDS_MAX} keys.`)
      const numbers = ids?.map((id) => apiKeyNumberOf(id, 'ids')) ?? null
      return followApiKeys(context.plane, actorOf(context), numbers, context.accessHolds)
    },
    resolve: (batch) => batch,
  }),
)
