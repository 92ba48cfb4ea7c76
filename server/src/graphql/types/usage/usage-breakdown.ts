// Usage by one value or two at once, beside the period before, and by key in pages.
import { badInput } from '../../../domain/admin-errors.ts'
import { breakDownUsage } from '../../../services/usage/break-down-usage.ts'
import {
  USAGE_GROUPINGS,
  USAGE_RANKS,
  type UsageBreakdown,
  type UsageGrouping,
  type UsageOrder,
  type UsageShare,
} from '../../../services/usage/usage-breakdown.ts'
import { usageByKey } from '../../../services/usage/usage-by-key.ts'
import { builder } from '../../builder.ts'
import { actorOf } from '../../context.ts'
import { describedValues } from '../../described-values.ts'
import { ownerNumberOf } from '../../global-id.ts'
import { DateTimeRangeInput, instant, rangeMs } from '../date-time-range.ts'
import { USAGE_COMPLEXITY } from './usage.ts'
import { type CallTotals, CallTotalsRef } from './usage-totals.ts'

const GROUPS_MAX = 50
const WITHIN_MAX = 20
const KEYS_MAX = 100
const LABEL_MAX = 64

type NamedGrouping = Exclude<UsageGrouping, 'KEY'>
const NAMED_GROUPINGS = USAGE_GROUPINGS.filter((grouping): grouping is NamedGrouping => grouping !== 'KEY')

const GroupingEnum = builder.enumType('UsageGrouping', {
  description: 'What calls are summed by.',
  values: {
    API_KEY: { value: 'KEY' as UsageGrouping, description: 'The API key; all deleted keys are one value.' },
    ...describedValues<NamedGrouping>(NAMED_GROUPINGS, {
      MODEL: 'The requested model.',
      UPSTREAM: 'The upstream.',
      ENDPOINT: 'The path, without what is particular to one call.',
      OUTCOME: 'The outcome.',
      OWNER: 'The owner that the key has now.',
      LABEL: 'The value of a label that the key has now.',
      TAG: 'What clients have tagged calls with, as `feature=search`. A call counts in each of its tags; `other` are those beyond 1,000 in an hour or a day.',
      ERROR_CODE: 'The error code, of the calls that have one; counted in request logs.',
    }),
  },
})

const UsageOrderEnum = builder.enumType('UsageOrder', {
  description: 'What values are ranked by, the highest first.',
  values: describedValues<UsageOrder>(USAGE_RANKS, {
    CALLS: 'Calls.',
    COST: 'What they cost, as far as that is known.',
    UNPRICED: 'Calls whose cost is not known.',
    CACHE_SAVED: 'What upstream caches saved.',
    CALLS_CHANGE: 'By how many calls it differs from the period before, up or down: the top movers.',
    COST_CHANGE: 'By how much cost it differs from the period before, up or down.',
  }),
})

const ShareTotalsRef = builder.objectRef<CallTotals>('UsageShareTotals').implement({
  description: 'Totals over calls.',
  interfaces: [CallTotalsRef],
})

const ShareRef = builder.objectRef<UsageShare>('UsageShare')
ShareRef.implement({
  description: 'The calls of one value.',
  fields: (t) => ({
    key: t.exposeString('key', {
      nullable: true,
      description:
        'The value, or the id of the API key or the owner; `deleted` for all deleted keys together; null for calls without one.',
    }),
    label: t.exposeString('label', { description: 'What to show: the value itself, or a name.' }),
    totals: t.expose('totals', { type: ShareTotalsRef, description: 'In the range.' }),
    previous: t.field({
      type: ShareTotalsRef,
      nullable: true,
      description: 'In the period before the range, as long as it; null where only request logs tell.',
      resolve: ({ before }) => before,
    }),
  }),
})

const GroupRef = builder.objectRef<UsageBreakdown['groups'][number]>('UsageBreakdownGroup').implement({
  description: 'The calls of one value, and of the values within it.',
  fields: (t) => ({
    share: t.field({ type: ShareRef, description: 'The value itself.', resolve: (group) => group }),
    within: t.expose('within', {
      type: [ShareRef],
      description: 'By the second value, the highest first; empty without one.',
      complexity: { field: 1, multiplier: 1 },
    }),
  }),
})

const BreakdownRef = builder.objectRef<UsageBreakdown>('UsageBreakdown').implement({
  description: 'Usage by a value, or by two at once.',
  fields: (t) => ({
    from: t.field({
      type: 'DateTime',
      description: 'The range, in whole hours.',
      resolve: ({ fromMs }) => instant(fromMs),
    }),
    to: t.field({
      type: 'DateTime',
      description: 'Its end, not included.',
      resolve: ({ toMs }) => instant(toMs),
    }),
    complete: t.exposeBoolean('complete', {
      description:
        'False where the range has more request logs than were read, and only request logs tell: 5,000,000, or as many as some ten seconds take.',
    }),
    countedFrom: t.field({
      type: 'DateTime',
      description: 'Where the calls that are counted begin: `from`, unless it is not complete.',
      resolve: ({ countedFromMs }) => instant(countedFromMs),
    }),
    groups: t.expose('groups', {
      type: [GroupRef],
      description: 'The highest first.',
      complexity: { field: 1, multiplier: 1 },
    }),
  }),
})

builder.queryField('usageBreakdown', (t) =>
  t.field({
    authScopes: { can: 'usage:read' },
    type: BreakdownRef,
    description:
      'Usage by one value, or by two at once such as the models within keys, each beside the period before. One value, and two of the model, the key, its owner and its label, are told by rollups at any number of calls; all other pairs, and error codes, by the request logs of the range, up to the newest 5,000,000.',
    args: {
      range: t.arg({
        type: DateTimeRangeInput,
        required: true,
        description: 'When the calls began; widened to whole hours.',
      }),
      by: t.arg({ type: GroupingEnum, required: true, description: 'The value.' }),
      label: t.arg.string({ description: 'The name of the label; for LABEL alone, and required there.' }),
      tag: t.arg.string({
        description: 'The name of the tags, such as `feature`; for by: TAG alone. Absent: of any name.',
      }),
      within: t.arg({
        type: GroupingEnum,
        description:
          'The second value. OWNER and LABEL go with MODEL, API_KEY and each other alone, TAG with no other value.',
      }),
      ownerIds: t.arg.idList({
        description: `Only the keys of these owners, 1 to ${GROUPS_MAX}; for by: API_KEY, OWNER and LABEL, alone or with MODEL or each other.`,
      }),
      first: t.arg.int({
        required: true,
        defaultValue: 10,
        description: `1 to ${GROUPS_MAX}: how many values at most.`,
      }),
      firstWithin: t.arg.int({
        required: true,
        defaultValue: 5,
        description: `1 to ${WITHIN_MAX}: how many within each at most.`,
      }),
      order: t.arg({
        type: UsageOrderEnum,
        required: true,
        defaultValue: 'COST',
        description: 'Which come first.',
      }),
    },
    complexity: ({ first, within }) => ({
      field:
        within == null ? USAGE_COMPLEXITY : USAGE_COMPLEXITY + 20 * Math.min(Math.max(first, 1), GROUPS_MAX),
      multiplier: 1,
    }),
    resolve: (_root, args, context) =>
      breakDownUsage(context.plane, actorOf(context), {
        ...rangeMs(args.range, 'range'),
        by: args.by,
        label: labelOf('label', args.label),
        tag: labelOf('tag', args.tag),
        within: args.within ?? null,
        ofOwners: ownersOf(args.ownerIds),
        first: bounded('first', args.first, GROUPS_MAX),
        firstWithin: bounded('firstWithin', args.firstWithin, WITHIN_MAX),
        rank: args.order,
      }),
  }),
)

type KeyShare = UsageShare & { value: string; rank: number }
type KeyPage = { nodes: KeyShare[]; endCursor: string | null; hasNextPage: boolean }

const KeyPageRef = builder.objectRef<KeyPage>('UsageByKeyPage').implement({
  description: 'A page of keys by what they used.',
  fields: (t) => ({
    nodes: t.expose('nodes', {
      type: [ShareRef],
      description: 'The highest first.',
      complexity: { field: 1, multiplier: 10 },
    }),
    endCursor: t.exposeString('endCursor', {
      nullable: true,
      description: 'Pass it as `after`; null on an empty page.',
    }),
    hasNextPage: t.exposeBoolean('hasNextPage', { description: 'True when more follow.' }),
  }),
})

builder.queryField('usageByKey', (t) =>
  t.field({
    authScopes: { can: 'usage:read' },
    type: KeyPageRef,
    description: 'What each key used, in pages, for any number of keys. All deleted keys are one.',
    args: {
      range: t.arg({
        type: DateTimeRangeInput,
        required: true,
        description: 'When the calls began; widened to whole hours.',
      }),
      order: t.arg({
        type: UsageOrderEnum,
        required: true,
        defaultValue: 'COST',
        description: 'Which come first.',
      }),
      first: t.arg.int({
        required: true,
        defaultValue: 50,
        description: `1 to ${KEYS_MAX}: how many keys at most.`,
      }),
      after: t.arg.string({
        description: 'An endCursor: only the keys after it, in the same order and range.',
      }),
    },
    complexity: { field: USAGE_COMPLEXITY, multiplier: 1 },
    resolve: async (_root, args, context) => {
      const first = bounded('first', args.first, KEYS_MAX)
      const after = args.after == null ? {} : { after: placeOf(args.after) }
      const query = { ...rangeMs(args.range, 'range'), rank: args.order, first: first + 1, ...after }
      const found = await usageByKey(context.plane, actorOf(context), query)
      const nodes = found.slice(0, first)
      const last = nodes.at(-1)
      return {
        nodes,
        endCursor: last === undefined ? null : `${last.rank}:${last.value}`,
        hasNextPage: found.length > first,
      }
    },
  }),
)

function placeOf(cursor: string): { rank: number; value: string } {
  const [, rank, value] = /^(\d{1,16}):(\d{1,10}|deleted)$/.exec(cursor) ?? []
  if (rank === undefined || value === undefined || !Number.isSafeInteger(Number(rank))) {
    throw badInput('after', 'after is not a cursor of this list. Pass on a cursor as the API gave it.')
  }
  return { rank: Number(rank), value }
}

function ownersOf(ids: readonly string[] | null | undefined): number[] | null {
  if (ids == null) return null
  if (ids.length === 0 || ids.length > GROUPS_MAX)
    throw badInput('ownerIds', `ownerIds must be 1 to ${GROUPS_MAX} ids of owners.`)
  return ids.map((id) => ownerNumberOf(id, 'ownerIds'))
}

function bounded(name: string, value: number, max: number): number {
  if (value >= 1 && value <= max) return value
  throw badInput(name, `${name} must be from 1 to ${max}; it is ${value}.`)
}

/** The name of a label or a tag as it is sent; null: none. Throws BAD_USER_INPUT for what is no such name. */
export function labelOf(field: 'label' | 'tag', sent: string | null | undefined): string | null {
  if (sent == null) return null
  if (sent.length === 0 || sent.length > LABEL_MAX || /\p{Cc}/u.test(sent))
    throw badInput(field, `${field} must be the name of a ${field}, at most ${LABEL_MAX} characters.`)
  return sent
}
