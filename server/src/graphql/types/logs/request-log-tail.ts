// The live tail of request logs.
import { type TailBatch, tailRequestLogs } from '../../../services/logs/tail-request-logs.ts'
import { builder } from '../../builder.ts'
import { actorOf, requireStream } from '../../context.ts'
import { requestIdOf } from '../../global-id.ts'
import { RequestLogRef } from './request-log.ts'
import { RequestLogFilterInput, readFilter } from './request-log-filter.ts'

const BATCH_MAX = 100

const TailEventRef = builder.objectRef<TailBatch>('RequestLogTailEvent').implement({
  description: 'Calls that have ended since the last event.',
  fields: (t) => ({
    logs: t.expose('logs', {
      type: [RequestLogRef],
      description: `At most ${BATCH_MAX}, in the order in which they ended, which is not that of their ids.`,
      complexity: { field: 5, multiplier: BATCH_MAX / 10 },
    }),
    dropped: t.exposeInt('dropped', {
      description:
        'Matching calls before these that were skipped, because the reader was slow or away for long.',
    }),
  }),
})

builder.subscriptionField('requestLogTail', (t) =>
  t.field({
    authScopes: { can: 'logs:read' },
    type: TailEventRef,
    description:
      'Calls as they end, an event every 250 ms at most. The stream completes after 15 minutes, when the server stops, and when the session or token ends or its scopes change: subscribe again with `after`. Where several nodes share a database it shows the calls of the node that serves it.',
    args: {
      filter: t.arg({ type: RequestLogFilterInput, description: 'Which calls to follow; absent: all.' }),
      after: t.arg.id({
        description:
          'The last request log that was seen: begins with what came since, up to 1,000 logs of the last hour. Absent: with the next call that ends.',
      }),
    },
    subscribe: (_root, { filter, after }, context) => {
      const { plane, tail, accessHolds } = context
      requireStream(context)
      return tailRequestLogs(
        plane,
        actorOf(context),
        tail,
        readFilter(filter),
        after == null ? null : requestIdOf(after, 'after'),
        accessHolds,
      )
    },
    resolve: (batch) => batch,
  }),
)
