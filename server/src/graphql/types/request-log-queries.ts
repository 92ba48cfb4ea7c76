// Reading request logs, of all keys and of one.
import { badInput } from '../../domain/admin-errors.ts'
import type { CallRecord } from '../../domain/call-record.ts'
import { requestIdBytes } from '../../domain/uuid.ts'
import { findRequestLog, findRequestLogs, type RequestLogFilter } from '../../services/read-account.ts'
import { builder } from '../builder.ts'
import type { GraphqlContext } from '../context.ts'
import { apiKeyNumberOf, requestIdOf } from '../global-id.ts'
import { type Connection, type PagingArgs, pageSize, readPage } from '../paging.ts'
import { ApiKeyRef } from './api-key.ts'
import { DateTimeRangeInput, rangeMs } from './date-time-range.ts'
import { OutcomeEnum, RequestLogRef } from './request-log.ts'
import { USAGE_COMPLEXITY, UsageReportRef, usageArgs, usageOf } from './usage.ts'

const FILTER_MEMBERS_MAX = 100
const MODEL_MAX = 256

const RequestLogFilterInput = builder.inputType('RequestLogFilter', {
  description: 'Which calls to list. All parts must hold; an empty list matches nothing.',
  fields: (t) => ({
    apiKeyId: t.idList({ description: 'Made with one of these keys.' }),
    outcome: t.field({ type: [OutcomeEnum], description: 'With one of these outcomes.' }),
    model: t.stringList({ description: 'The requested model, exactly.' }),
    at: t.field({ type: DateTimeRangeInput, description: 'When the call was accepted.' }),
  }),
})
type FilterInput = typeof RequestLogFilterInput.$inferInput

const RequestLogEdge = builder.edgeObject({
  type: RequestLogRef,
  name: 'RequestLogEdge',
  description: 'A call in a page.',
})
const RequestLogConnection = builder.connectionObject(
  { type: RequestLogRef, name: 'RequestLogConnection', description: 'A page of calls.' },
  RequestLogEdge,
)

builder.queryField('requestLog', (t) =>
  t.field({
    type: RequestLogRef,
    nullable: true,
    description: 'The record of one call; null when there is none with this id.',
    args: { id: t.arg.id({ required: true, description: "The call's x-request-id: `req_…`." }) },
    resolve: (_root, { id }, { plane }) => findRequestLog(plane, requestIdOf(id, 'id')),
  }),
)

builder.queryField('requestLogs', (t) =>
  t.connection(
    {
      type: RequestLogRef,
      description: 'Newest first. first/last: 1 to 100, 50 unless told.',
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
      type: RequestLogRef,
      description: 'Calls made with this key, newest first. first/last: 1 to 100, 50 unless told.',
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
    type: UsageReportRef,
    description: 'Sums over the calls made with this key that began in a range.',
    args: usageArgs,
    complexity: USAGE_COMPLEXITY,
    resolve: (key, args, context) => usageOf(context, args, key.id),
  }),
)

function logsPage(
  { plane }: GraphqlContext,
  args: PagingArgs,
  filter: RequestLogFilter,
): Promise<Connection<CallRecord>> {
  return readPage(args, {
    keyOf: (cursor) => (requestIdBytes(cursor) === null ? null : cursor),
    cursorOf: (log) => log.id,
    find: (page) => findRequestLogs(plane, filter, page),
  })
}

function readFilter(sent: FilterInput | null | undefined): RequestLogFilter {
  if (!sent) return {}
  const { apiKeyId, outcome, model } = sent
  for (const [name, members] of Object.entries({ apiKeyId, model })) {
    if (members && members.length > FILTER_MEMBERS_MAX) {
      throw badInput(`filter.${name}`, `filter.${name} may have at most ${FILTER_MEMBERS_MAX} members.`)
    }
  }
  if (model?.some((name) => name.length > MODEL_MAX || !name.isWellFormed() || /\p{Cc}/u.test(name))) {
    throw badInput(
      'filter.model',
      `filter.model: a model name is plain text of at most ${MODEL_MAX} characters.`,
    )
  }
  const { fromMs, toMs } = rangeMs(sent.at, 'filter.at')
  return {
    apiKeyIds: apiKeyId?.map((id) => apiKeyNumberOf(id, 'filter.apiKeyId')),
    outcomes: outcome ?? undefined,
    models: model ?? undefined,
    fromMs: fromMs ?? undefined,
    toMs: toMs ?? undefined,
  }
}
