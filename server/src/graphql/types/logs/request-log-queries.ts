// Reading request logs, of all keys and of one.
import { badInput } from '../../../domain/admin-errors.ts'
import type { CallRecord } from '../../../domain/logs/call-record.ts'
import { requestIdBytes } from '../../../domain/uuid.ts'
import { countFoundLogs, searchRequestLogs } from '../../../services/logs/explore-request-logs.ts'
import type { RequestLogFilter } from '../../../services/usage/read-account.ts'
import { builder } from '../../builder.ts'
import { actorOf, type GraphqlContext } from '../../context.ts'
import { requestIdOf } from '../../global-id.ts'
import { type Connection, type PagingArgs, pageSize, readPage } from '../../paging.ts'
import { instant } from '../date-time-range.ts'
import { ApiKeyRef } from '../keys/api-key.ts'
import { USAGE_COMPLEXITY, UsageReportRef, usageArgs, usageOf } from '../usage/usage.ts'
import { RequestLogRef } from './request-log.ts'
import { RequestLogFilterInput, readFilter } from './request-log-filter.ts'

const RequestLogEdge = builder.edgeObject({
  type: RequestLogRef,
  name: 'RequestLogEdge',
  description: 'A call in a page.',
})
type LogsPage = Connection<CallRecord> & { filter: RequestLogFilter; searchedFromMs: number | null }

const RequestLogConnection = builder.connectionObject(
  {
    type: RequestLogRef,
    name: 'RequestLogConnection',
    description:
      'A page of calls. A search without an index may stop before the page is full, even when it is empty. Continue while pageInfo says that there are more.',
    fields: (t) => ({
      totalCount: t.int({
        nullable: true,
        description:
          'How many logs match in all; null beyond 10,000, or where too many logs would have to be read. Counted only when the field is selected.',
        complexity: 50,
        resolve: (page, _args, context) =>
          countFoundLogs(context.plane, actorOf(context), (page as LogsPage).filter),
      }),
      searchedFrom: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'How far back the search came, where it stopped early; else null.',
        resolve: (page) => instant((page as LogsPage).searchedFromMs),
      }),
    }),
  },
  RequestLogEdge,
)

builder.queryField('requestLog', (t) =>
  t.field({
    authScopes: { can: 'logs:read' },
    type: RequestLogRef,
    nullable: true,
    description: 'One request log; null when there is none with this id.',
    args: { id: t.arg.id({ required: true, description: "The call's x-request-id: `req_…`." }) },
    resolve: (_root, { id }, { loadRequestLog }) => loadRequestLog(requestIdOf(id, 'id')),
  }),
)

builder.queryField('requestLogs', (t) =>
  t.connection(
    {
      authScopes: { can: 'logs:read' },
      type: RequestLogRef,
      description: 'Newest first. first/last: 0 to 100, Default 50.',
      args: {
        filter: t.arg({ type: RequestLogFilterInput, description: 'Which calls to list; absent: all.' }),
      },
      complexity: (args) => ({ field: 5, multiplier: pageSize(args) / 10 }),
      resolve: (_root, args, context) => logsPage(context, args, readFilter(args.filter)),
    },
    RequestLogConnection,
    RequestLogEdge,
  ),
)

builder.objectField(ApiKeyRef, 'requestLogs', (t) =>
  t.connection(
    {
      authScopes: { can: 'logs:read' },
      type: RequestLogRef,
      description: 'Calls made with this key, newest first. first/last: 0 to 100, Default 50.',
      args: {
        filter: t.arg({
          type: RequestLogFilterInput,
          description: 'Which calls to list, without apiKeyId; absent: all.',
        }),
      },
      // Below a list of keys every key pays for a query of its own.
      complexity: (args) => ({ field: 50, multiplier: pageSize(args) / 10 }),
      resolve: (key, args, context) => {
        if (args.filter?.apiKeyId) {
          throw badInput(
            'filter.apiKeyId',
            'filter.apiKeyId has no place here: the calls are those of one key.',
          )
        }
        return logsPage(context, args, { ...readFilter(args.filter), apiKeyIds: [key.id] })
      },
    },
    RequestLogConnection,
    RequestLogEdge,
  ),
)

builder.objectField(ApiKeyRef, 'usage', (t) =>
  t.field({
    authScopes: { can: 'usage:read' },
    type: UsageReportRef,
    description: 'Totals over the calls made with this key that began in a range.',
    args: usageArgs,
    complexity: USAGE_COMPLEXITY,
    resolve: (key, args, context) => usageOf(context, args, key.id),
  }),
)

async function logsPage(
  context: GraphqlContext,
  args: PagingArgs,
  filter: RequestLogFilter,
): Promise<LogsPage> {
  let stoppedAt: string | null = null
  let searchedFromMs: number | null = null
  const page = await readPage<CallRecord, string>(args, {
    keyOf: (cursor) => (requestIdBytes(cursor) === null ? null : cursor),
    cursorOf: (log) => log.id,
    find: async (keyset) => {
      const found = await searchRequestLogs(context.plane, actorOf(context), filter, keyset)
      stoppedAt = found.stoppedAt
      searchedFromMs = found.searchedFromMs
      return found.records
    },
  })
  return { ...page, pageInfo: goingOn(page.pageInfo, args, stoppedAt), filter, searchedFromMs }
}

/** A search that stopped before its page was full continues from where it stopped, which may be no item's place. */
function goingOn(
  pageInfo: LogsPage['pageInfo'],
  { last, before }: PagingArgs,
  stoppedAt: string | null,
): LogsPage['pageInfo'] {
  if (stoppedAt === null) return pageInfo
  return typeof last === 'number' || typeof before === 'string'
    ? { ...pageInfo, hasPreviousPage: true, startCursor: stoppedAt }
    : { ...pageInfo, hasNextPage: true, endCursor: stoppedAt }
}
