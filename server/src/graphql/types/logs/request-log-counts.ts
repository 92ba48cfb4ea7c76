// Request logs counted by time and by value, for the explorer.
import { badInput } from '../../../domain/admin-errors.ts'
import {
  type FacetField,
  type HistogramBin,
  type LabelledFacets,
  type RequestLogHistogram,
  readFacets,
  readHistogram,
} from '../../../services/logs/explore-request-logs.ts'
import { builder } from '../../builder.ts'
import { actorOf } from '../../context.ts'
import { instant } from '../date-time-range.ts'
import { RequestLogFilterInput, readFilter } from './request-log-filter.ts'

const BUCKETS_MAX = 200
const FACETS_MAX = 50
/** Counting may look at 200,000 logs: worth as much as some pages of them. */
const COUNTING_COMPLEXITY = 300

const PARTIAL =
  'True when there were more than 200,000 logs to look at: the newest of them are counted. Narrow the range.'

const BinRef = builder.objectRef<HistogramBin>('RequestLogBin').implement({
  description: 'The calls that began in a span of time.',
  fields: (t) => ({
    from: t.field({
      type: 'DateTime',
      description: 'The first instant.',
      resolve: ({ fromMs }) => instant(fromMs),
    }),
    to: t.field({
      type: 'DateTime',
      description: 'The instant after the last.',
      resolve: ({ toMs }) => instant(toMs),
    }),
    successes: t.expose('successes', { type: 'SafeInt', description: 'Calls with the outcome SUCCESS.' }),
    failures: t.expose('failures', { type: 'SafeInt', description: 'Every outcome but SUCCESS.' }),
    errors: t.expose('errors', { type: 'SafeInt', description: 'Calls with the outcome ERROR.' }),
    denied: t.expose('denied', { type: 'SafeInt', description: 'Calls with the outcome DENIED.' }),
    cancelled: t.expose('cancelled', {
      type: 'SafeInt',
      description: 'Calls with the outcome CANCELLED.',
    }),
    interrupted: t.expose('interrupted', {
      type: 'SafeInt',
      description: 'Calls with the outcome INTERRUPTED.',
    }),
  }),
})

const HistogramRef = builder.objectRef<RequestLogHistogram>('RequestLogHistogram').implement({
  description: 'Calls over time.',
  fields: (t) => ({
    bins: t.expose('bins', { type: [BinRef], description: 'Oldest first, without gaps.' }),
    partial: t.exposeBoolean('partial', { description: PARTIAL }),
  }),
})

builder.queryField('requestLogHistogram', (t) =>
  t.field({
    authScopes: { can: 'logs:read' },
    type: HistogramRef,
    description:
      'Calls over time, in bins of one length; without filter.at those of the last 24 hours. Bins of an hour or more are whole hours, which the range is widened to. Calls for a model that no upstream had are in no bin of a model where bins are hours.',
    args: {
      filter: t.arg({ type: RequestLogFilterInput, description: 'Which calls to count; absent: all.' }),
      buckets: t.arg.int({
        required: true,
        defaultValue: 60,
        description: `1 to ${BUCKETS_MAX}: how many bins at most.`,
      }),
    },
    complexity: COUNTING_COMPLEXITY,
    resolve: (_root, { filter, buckets }, context) => {
      if (buckets < 1 || buckets > BUCKETS_MAX) {
        throw badInput('buckets', `buckets must be from 1 to ${BUCKETS_MAX}; it is ${buckets}.`)
      }
      return readHistogram(context.plane, actorOf(context), readFilter(filter), buckets)
    },
  }),
)

const FacetFieldEnum = builder.enumType('RequestLogFacetField', {
  description: 'What to count the values of.',
  values: {
    MODEL: { value: 'MODEL' as FacetField, description: 'The requested model.' },
    API_KEY: { value: 'KEY' as FacetField, description: 'The API key.' },
    UPSTREAM: { value: 'UPSTREAM' as FacetField, description: 'The upstream.' },
    OUTCOME: { value: 'OUTCOME' as FacetField, description: 'The outcome.' },
    ERROR_CODE: { value: 'ERROR_CODE' as FacetField, description: 'The error code.' },
    ENDPOINT: { value: 'ENDPOINT' as FacetField, description: 'The path, without its query.' },
    HTTP_STATUS: { value: 'HTTP_STATUS' as FacetField, description: "The status of the client's response." },
  },
})

const FacetRef = builder.objectRef<LabelledFacets['values'][number]>('RequestLogFacet').implement({
  description: 'One value and how many calls have it.',
  fields: (t) => ({
    value: t.string({
      description: 'As the filter takes it: the id of an API key, else the value itself.',
      resolve: ({ key }) => key ?? '',
    }),
    label: t.exposeString('label', { description: "What to show: the value, or the API key's name." }),
    count: t.expose('count', { type: 'SafeInt', description: 'Calls that have it.' }),
  }),
})

const FacetsRef = builder.objectRef<LabelledFacets>('RequestLogFacets').implement({
  description: 'The values of one field.',
  fields: (t) => ({
    values: t.expose('values', {
      type: [FacetRef],
      description: 'Most calls first. Calls without a value are not among them.',
    }),
    partial: t.exposeBoolean('partial', { description: PARTIAL }),
  }),
})

builder.queryField('requestLogFacets', (t) =>
  t.field({
    authScopes: { can: 'logs:read' },
    type: FacetsRef,
    description:
      'What values a field has among the calls of a filter; without filter.at among those of the last 24 hours. A range of two days or more is widened to whole hours.',
    args: {
      filter: t.arg({ type: RequestLogFilterInput, description: 'Which calls to count; absent: all.' }),
      field: t.arg({ type: FacetFieldEnum, required: true, description: 'What to count the values of.' }),
      first: t.arg.int({
        required: true,
        defaultValue: 20,
        description: `0 to ${FACETS_MAX}: how many values at most.`,
      }),
    },
    complexity: COUNTING_COMPLEXITY,
    resolve: (_root, { filter, field, first }, context) => {
      if (first < 0 || first > FACETS_MAX) {
        throw badInput('first', `first must be from 0 to ${FACETS_MAX}; it is ${first}.`)
      }
      return readFacets(context.plane, actorOf(context), readFilter(filter), field, first)
    },
  }),
)
