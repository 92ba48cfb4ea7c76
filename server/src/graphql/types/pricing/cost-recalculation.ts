// Recalculating what calls cost, and how far that is.

import { badInput } from '../../../domain/admin-errors.ts'
import { apiKeyId } from '../../../domain/keys/api-key-id.ts'
import { usdOf } from '../../../domain/pricing/money.ts'
import { RECALCULATION_STATUSES, type RecalculationStatus } from '../../../domain/pricing/recalculation.ts'
import { recalculationId, recalculationNumber } from '../../../domain/pricing/recalculation-id.ts'
import { ok, type Result } from '../../../domain/user-error.ts'
import {
  cancelRecalculation,
  findRecalculation,
  findRecalculations,
  RECALCULATED_MEMBERS_MAX,
  recalculateCosts,
} from '../../../services/pricing/recalculate/recalculate-costs.ts'
import type { Recalculation } from '../../../services/pricing/recalculate/recalculation-row.ts'
import { builder } from '../../builder.ts'
import { actorOf, freshActorOf } from '../../context.ts'
import { describedValues } from '../../described-values.ts'
import { DateTimeRangeInput, rangeMs } from '../date-time-range.ts'
import { resultPayload, resultValue } from '../payload.ts'
import { sentApiKey, sentRecalculation } from '../sent-ids.ts'

const LIST_MAX = 50

const StatusEnum = builder.enumType('CostRecalculationStatus', {
  description: 'Whether a recalculation of costs goes on.',
  values: describedValues<RecalculationStatus>(RECALCULATION_STATUSES, {
    RUNNING: 'It goes on, also after a restart of the server.',
    DONE: 'All of its calls have been looked at.',
    CANCELLED: 'An admin ended it; what it had changed by then stays.',
    FAILED: 'It came to no end: `failure` says why. What it had changed by then stays.',
  }),
})

const DifferenceRef = builder.objectRef<Recalculation['byModel'][number]>('ModelCostDifference').implement({
  description: 'What the changed calls of a model cost, before and after.',
  fields: (t) => ({
    model: t.exposeString('model', {
      nullable: true,
      description: 'The requested model; null: of calls that named none, or of `others`.',
    }),
    others: t.exposeBoolean('others', {
      description: 'True for all models together that are not listed: 100 are.',
    }),
    calls: t.expose('calls', { type: 'SafeInt', description: 'How many changed.' }),
    oldCostUsd: t.field({
      type: 'Decimal',
      description: 'What they cost before; one whose cost was not known counts as 0.',
      resolve: ({ oldNanoUsd }) => usdOf(oldNanoUsd),
    }),
    newCostUsd: t.field({
      type: 'Decimal',
      description: 'What they cost after.',
      resolve: ({ newNanoUsd }) => usdOf(newNanoUsd),
    }),
  }),
})

const RecalculationRef = builder.objectRef<Recalculation>('CostRecalculation')

builder.node(RecalculationRef, {
  authScopes: { can: 'usage:read' },
  id: { resolve: ({ number }) => recalculationId(number), description: 'Such as rec_12.' },
  loadOne: (id, context) => findRecalculation(context.plane, actorOf(context), recalculationNumber(id) ?? 0),
  description: 'A recalculation of what calls cost, or a dry run of one.',
  fields: (t) => ({
    status: t.expose('status', { type: StatusEnum, description: 'Whether it goes on.' }),
    dryRun: t.exposeBoolean('dryRun', {
      description: 'True: it changes nothing, and tells what it would.',
    }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When it was started.',
      resolve: ({ createdAtMs }) => new Date(createdAtMs),
    }),
    updatedAt: t.field({
      type: 'DateTime',
      description: 'When it last got on, or ended.',
      resolve: ({ updatedAtMs }) => new Date(updatedAtMs),
    }),
    startedBy: t.exposeString('actorName', { description: 'The name of who started it.' }),
    from: t.field({
      type: 'DateTime',
      description: 'The calls that were accepted from this instant on.',
      resolve: ({ calls }) => new Date(calls.fromMs),
    }),
    to: t.field({
      type: 'DateTime',
      description: 'Until, not at, this one.',
      resolve: ({ calls }) => new Date(calls.toMs),
    }),
    missingOnly: t.boolean({
      description: 'Of calls whose cost is not known alone.',
      resolve: ({ calls }) => calls.missingOnly,
    }),
    models: t.stringList({
      nullable: true,
      description: 'Of these requested models; null: of all.',
      resolve: ({ calls }) => calls.models,
    }),
    upstreams: t.stringList({
      nullable: true,
      description: 'Of these upstreams; null: of all.',
      resolve: ({ calls }) => calls.upstreams,
    }),
    apiKeyIds: t.idList({
      nullable: true,
      description: 'Of these keys; null: of all.',
      resolve: ({ calls }) => calls.apiKeyIds?.map(apiKeyId) ?? null,
    }),
    progress: t.exposeFloat('progress', {
      description: '0 to 1: how much of the range of time has been read.',
    }),
    examinedCalls: t.field({
      type: 'SafeInt',
      description: 'Calls that were looked at.',
      resolve: ({ examinedCalls }) => Number(examinedCalls),
    }),
    changedCalls: t.field({
      type: 'SafeInt',
      description: 'Calls that have another cost, or would have.',
      resolve: ({ changedCalls }) => Number(changedCalls),
    }),
    unpricedCalls: t.field({
      type: 'SafeInt',
      description:
        'Metered calls that stay as they are, since the prices of now do not tell what they cost: a price is missing, or is by a unit that was not counted then.',
      resolve: ({ unpricedCalls }) => Number(unpricedCalls),
    }),
    oldCostUsd: t.field({
      type: 'Decimal',
      description: 'What all changed calls cost before; one whose cost was not known counts as 0.',
      resolve: ({ oldNanoUsd }) => usdOf(oldNanoUsd),
    }),
    newCostUsd: t.field({
      type: 'Decimal',
      description: 'What they cost after.',
      resolve: ({ newNanoUsd }) => usdOf(newNanoUsd),
    }),
    differenceUsd: t.field({
      type: 'Decimal',
      description: 'newCostUsd less oldCostUsd; negative where they cost less now.',
      resolve: ({ oldNanoUsd, newNanoUsd }) => usdOf(newNanoUsd - oldNanoUsd),
    }),
    byModel: t.expose('byModel', {
      type: [DifferenceRef],
      complexity: { field: 1, multiplier: 10 },
      description: 'The same by requested model, the largest difference first.',
    }),
    failure: t.exposeString('failure', { nullable: true, description: 'Why it failed; null: it did not.' }),
  }),
})

builder.queryField('costRecalculation', (t) =>
  t.field({
    authScopes: { can: 'usage:read' },
    type: RecalculationRef,
    nullable: true,
    description: 'A recalculation of costs, and how far it is; null where there is none with this id.',
    args: { id: t.arg.id({ required: true, description: 'Such as rec_12.' }) },
    complexity: 10,
    resolve: (_root, { id }, context) => {
      const number = sentRecalculation(id)
      if (!number.ok) throw badInput('id', number.errors[0]?.message ?? 'id is none.')
      return findRecalculation(context.plane, actorOf(context), number.value)
    },
  }),
)

builder.queryField('costRecalculations', (t) =>
  t.field({
    authScopes: { can: 'usage:read' },
    type: [RecalculationRef],
    description: 'Recalculations of costs, the newest first.',
    args: {
      first: t.arg.int({
        required: true,
        defaultValue: 10,
        description: `1 to ${LIST_MAX}: how many at most.`,
      }),
    },
    complexity: ({ first }) => ({ field: 10, multiplier: Math.min(Math.max(first, 1), LIST_MAX) }),
    resolve: (_root, { first }, context) => {
      if (first < 1 || first > LIST_MAX)
        throw badInput('first', `first must be from 1 to ${LIST_MAX}; it is ${first}.`)
      return findRecalculations(context.plane, actorOf(context), first)
    },
  }),
)

const MEMBERS = `1 to ${RECALCULATED_MEMBERS_MAX}; absent: of all.`

const RecalculateCostsInput = builder.inputType('RecalculateCostsInput', {
  description: 'Which calls.',
  fields: (t) => ({
    range: t.field({
      type: DateTimeRangeInput,
      description: 'When the calls were accepted; absent: all whose request logs are kept.',
    }),
    missingOnly: t.boolean({
      required: true,
      defaultValue: true,
      description: 'Of calls whose cost is not known alone. False: of all, as after a price was wrong.',
    }),
    models: t.stringList({ description: `Of these requested models, ${MEMBERS}` }),
    upstreams: t.stringList({ description: `Of these upstreams, ${MEMBERS}` }),
    apiKeyIds: t.idList({ description: `Of these keys, ${MEMBERS}` }),
    dryRun: t.boolean({
      required: true,
      defaultValue: false,
      description: 'True: nothing is changed; the recalculation tells what would be.',
    }),
  }),
})

const RecalculateCostsPayload = payload('RecalculateCostsPayload')
const CancelCostRecalculationPayload = payload('CancelCostRecalculationPayload')

builder.mutationField('recalculateCosts', (t) =>
  t.field({
    authScopes: { can: 'usage:write' },
    type: RecalculateCostsPayload,
    description:
      'Starts to work out anew what calls cost: at the price that an admin has given their model, else at the list price of the time of the call. Each call keeps its first cost and receipt beside the new ones; usage, and what is left of budgets in their windows of now, follow. It runs by itself; one at a time. A person is asked for a fresh confirmation.',
    args: { input: t.arg({ type: RecalculateCostsInput, required: true, description: 'Which calls.' }) },
    complexity: 20,
    resolve: async (_root, { input }, context) => {
      const { missingOnly, dryRun, models, upstreams, apiKeyIds, range } = input
      const keys = readKeys(apiKeyIds)
      if (!keys.ok) return keys
      return recalculateCosts(context.plane, await freshActorOf(context), {
        ...rangeMs(range, 'range'),
        missingOnly,
        dryRun,
        models: models ?? null,
        upstreams: upstreams ?? null,
        apiKeyIds: keys.value,
      })
    },
  }),
)

const CancelCostRecalculationInput = builder.inputType('CancelCostRecalculationInput', {
  description: 'Which one.',
  fields: (t) => ({ id: t.id({ required: true, description: 'Such as rec_12.' }) }),
})

builder.mutationField('cancelCostRecalculation', (t) =>
  t.field({
    authScopes: { can: 'usage:write' },
    type: CancelCostRecalculationPayload,
    description: 'Ends a recalculation of costs that is running. What it has changed stays.',
    args: { input: t.arg({ type: CancelCostRecalculationInput, required: true, description: 'Which one.' }) },
    complexity: 20,
    resolve: async (_root, { input }, context) => {
      const number = sentRecalculation(input.id)
      return number.ok ? cancelRecalculation(context.plane, actorOf(context), number.value) : number
    },
  }),
)

function payload(name: string) {
  return resultPayload<Recalculation>(name, {
    description: 'The recalculation.',
    fields: (t) => ({
      recalculation: t.field({
        type: RecalculationRef,
        nullable: true,
        description: 'As it is now.',
        resolve: resultValue,
      }),
    }),
  })
}

function readKeys(ids: readonly string[] | null | undefined): Result<number[] | null> {
  if (ids == null) return ok(null)
  const numbers: number[] = []
  // What is beyond the bound is not read; the service refuses the list.
  for (const id of ids.slice(0, RECALCULATED_MEMBERS_MAX + 1)) {
    const number = sentApiKey(String(id), 'apiKeyIds')
    if (!number.ok) return number
    numbers.push(number.value)
  }
  return ok(numbers)
}
