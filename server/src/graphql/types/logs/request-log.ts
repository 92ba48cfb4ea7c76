// The record of one call.

import { FORMER_SECRETS, type FormerSecret } from '../../../domain/keys/key-rotation.ts'
import { labelsIn } from '../../../domain/labels/label.ts'
import type { CallRecord, Outcome, UsageSource } from '../../../domain/logs/call-record.ts'
import { OUTCOMES, USAGE_SOURCES } from '../../../domain/logs/call-record.ts'
import {
  AFFINITIES,
  COLUMN_NAMES,
  COLUMNS,
  type Column,
  type ColumnName,
  type Columns,
  columnOf,
} from '../../../domain/logs/columns.ts'
import { tagsIn } from '../../../domain/logs/tags.ts'
import { ownerId } from '../../../domain/owners/owner.ts'
import { readDenial } from '../../../domain/policy/read-denial.ts'
import { usdOf } from '../../../domain/pricing/money.ts'
import { storedReceipt } from '../../../domain/pricing/stored-receipt.ts'
import { requestIdTimeMs } from '../../../domain/uuid.ts'
import { builder } from '../../builder.ts'
import { describedValues } from '../../described-values.ts'
import { ApiKeyRef } from '../keys/api-key.ts'
import { LabelRef } from '../labels/label.ts'
import { ReceiptRef } from '../pricing/receipt.ts'
import { RequestDenialRef } from './request-denial.ts'

const OUTCOME_MEANINGS: Record<Outcome, string> = {
  SUCCESS: 'A complete response with a status below 400.',
  ERROR:
    'Admitted, but the upstream or the connection to it failed, or the upstream refused the call, or its key was stopped meanwhile.',
  DENIED: 'Denied by Latchkey: no key, a key that is not active, a rule, or an invalid call.',
  CANCELLED: 'The client disconnected before the end.',
  INTERRUPTED: 'Latchkey stopped before the end.',
}

export const OutcomeEnum = builder.enumType('Outcome', {
  description: 'How a call ended.',
  values: describedValues(OUTCOMES, OUTCOME_MEANINGS),
})

const USAGE_SOURCE_MEANINGS: Record<UsageSource, string> = {
  PROVIDER: 'Reported by the upstream.',
  ESTIMATED: 'Counted by Latchkey, since the upstream did not report it.',
  NONE: 'Unknown: the counts are null.',
}

const UsageSourceEnum = builder.enumType('UsageSource', {
  description: 'Where the token counts come from.',
  values: describedValues(USAGE_SOURCES, USAGE_SOURCE_MEANINGS),
})

const FORMER_SECRET_MEANINGS: Record<FormerSecret, string> = {
  FORMER: 'Replaced by a rotation, and within its grace: admitted.',
  REPLACED: 'Past its grace: denied.',
}

export const FormerSecretEnum = builder.enumType('FormerSecret', {
  description: 'A secret of a key that is not its current one.',
  values: describedValues(FORMER_SECRETS, FORMER_SECRET_MEANINGS),
})

const AffinityEnum = builder.enumType('Affinity', {
  description: 'What the route of a call was chosen by.',
  values: describedValues([...AFFINITIES, 'NONE'] as const, {
    OBJECT: 'By an object that the call names: the route that made it.',
    SESSION: 'By the conversation that the call belongs to, among equal routes.',
    NONE: 'By priority, weight and chance alone.',
  }),
})

const OriginalCostRef = builder.objectRef<CallRecord>('OriginalCost').implement({
  description: 'What a call cost before its cost was recalculated.',
  fields: (t) => ({
    costUsd: t.field({
      type: 'Decimal',
      nullable: true,
      description: 'In US dollars; null: it was not known.',
      resolve: ({ originalCostNanoUsd }) =>
        originalCostNanoUsd === null ? null : usdOf(BigInt(originalCostNanoUsd)),
    }),
    receipt: t.field({
      type: ReceiptRef,
      nullable: true,
      description: 'What that was calculated from.',
      resolve: ({ receipt, originalCostNanoUsd }) => receiptWith(receipt, originalCostNanoUsd),
    }),
  }),
})

export const RequestLogRef = builder.objectRef<CallRecord>('RequestLog')

builder.node(RequestLogRef, {
  authScopes: { can: 'logs:read' },
  id: { resolve: (log) => log.id, description: "The x-request-id of the call's response." },
  description: 'The request log of one call, whatever its outcome.',
  loadOne: (id, { loadRequestLog }) => loadRequestLog(id),
  fields: (t) => ({
    ...fieldsOf(known('TEXT'), (name, about) => t.exposeString(name, about)),
    ...fieldsOf(nullable('TEXT'), (name, about) => t.exposeString(name, { ...about, nullable: true })),
    ...fieldsOf(known('BOOLEAN'), (name, about) => t.exposeBoolean(name, about)),
    ...fieldsOf(known('INT'), (name, about) => t.exposeInt(name, about)),
    ...fieldsOf(nullable('INT'), (name, about) => t.exposeInt(name, { ...about, nullable: true })),
    ...fieldsOf(known('BIGINT'), (name, about) => t.expose(name, { ...about, type: 'SafeInt' })),
    outcome: t.expose('outcome', { type: OutcomeEnum, description: COLUMNS.outcome.description }),
    usageSource: t.expose('usageSource', {
      type: UsageSourceEnum,
      description: COLUMNS.usageSource.description,
    }),
    usedSecret: t.expose('usedSecret', {
      type: FormerSecretEnum,
      nullable: true,
      description: COLUMNS.usedSecret.description,
    }),
    affinity: t.field({
      type: AffinityEnum,
      description: 'What its route was chosen by.',
      resolve: ({ affinity }) => affinity ?? 'NONE',
    }),
    at: t.field({
      type: 'DateTime',
      description: 'When the call was accepted.',
      resolve: (log) => new Date(requestIdTimeMs(log.id)),
    }),
    apiKey: t.field({
      type: ApiKeyRef,
      nullable: true,
      description: 'Null where no known key was sent, and for a key since deleted.',
      resolve: ({ apiKeyId }, _args, { loadApiKey }) => (apiKeyId === null ? null : loadApiKey(apiKeyId)),
    }),
    ownerId: t.id({
      nullable: true,
      description:
        'Whose key it was at the time of the call; null: nobody. The owner may have been deleted since.',
      resolve: (log) => (log.ownerId === null ? null : ownerId(log.ownerId)),
    }),
    labels: t.field({
      type: [LabelRef],
      // They stand in the row.
      complexity: { field: 1, multiplier: 0 },
      description: 'The labels of the key at the time of the call.',
      resolve: ({ labels }) => labelsIn(labels),
    }),
    tags: t.stringList({
      description:
        'What the client has tagged the call with, as `feature=search`: in the header x-latchkey-tags, metadata or user.',
      resolve: ({ tags }) => tagsIn(tags),
    }),
    shadowDenials: t.stringList({
      description: 'The error codes of the rules in shadow mode that would have denied it.',
      resolve: ({ shadowDenials }) => shadowDenials?.split(' ') ?? [],
    }),
    denial: t.field({
      type: RequestDenialRef,
      // It is read from the row.
      complexity: { field: 1, multiplier: 0 },
      nullable: true,
      description: 'The rule that denied the call; null: none did.',
      resolve: (log) => readDenial(log, requestIdTimeMs(log.id)),
    }),
    costUsd: t.field({
      type: 'Decimal',
      nullable: true,
      description:
        'The exact cost of the call in US dollars; null: not known, which is not free. An estimate where usageSource is ESTIMATED.',
      resolve: ({ costNanoUsd }) => (costNanoUsd === null ? null : usdOf(BigInt(costNanoUsd))),
    }),
    reservedUsd: t.field({
      type: 'Decimal',
      nullable: true,
      description:
        'What budgets count of the call, in US dollars, where its use is known and its cost is not: what it reserved. Null: nothing.',
      resolve: ({ reservedNanoUsd }) => (reservedNanoUsd === null ? null : usdOf(BigInt(reservedNanoUsd))),
    }),
    cacheSavedUsd: t.field({
      type: 'Decimal',
      nullable: true,
      description:
        'What the cached input tokens would have cost more at the price of other input, in US dollars; null: there were none, or it is not known.',
      resolve: ({ cacheSavedNanoUsd }) =>
        cacheSavedNanoUsd === null ? null : usdOf(BigInt(cacheSavedNanoUsd)),
    }),
    receipt: t.field({
      type: ReceiptRef,
      nullable: true,
      description: 'What costUsd was calculated from; null where nothing was charged for.',
      resolve: ({ receipt, recalculatedReceipt, costNanoUsd }) =>
        receiptWith(recalculatedReceipt ?? receipt, costNanoUsd),
    }),
    originalCost: t.field({
      type: OriginalCostRef,
      // Of few logs, and read with them: it costs no more than a scalar.
      complexity: { field: 1, multiplier: 0 },
      nullable: true,
      description:
        'What the call cost before its cost was first recalculated; null: it never was. costUsd and receipt are of the last recalculation.',
      resolve: (log) => (log.recalculatedReceipt === null ? null : log),
    }),
  }),
})

function receiptWith(text: string | null, costNanoUsd: number | null) {
  const stored = storedReceipt(text)
  return stored === null ? null : { ...stored, costNanoUsd }
}

type Plain = { type: Column['type']; description: string }
type NamesOf<Row> = { [Name in ColumnName]: Columns[Name] extends Row ? Name : never }[ColumnName]
type NullableNames = NamesOf<{ nullable: true }>

/** The columns of a type that are in the API as they are, which are those with a description, and that are never null. */
function known<Type extends Column['type']>(type: Type) {
  return COLUMN_NAMES.filter(
    (name): name is Exclude<NamesOf<Plain & { type: Type }>, NullableNames> =>
      isPlain(name, type) && !columnOf(name).nullable,
  )
}

/** The same of those that may be null. */
function nullable<Type extends Column['type']>(type: Type) {
  return COLUMN_NAMES.filter(
    (name): name is NamesOf<Plain & { type: Type }> & NullableNames =>
      isPlain(name, type) && columnOf(name).nullable === true,
  )
}

function isPlain(name: ColumnName, type: Column['type']): boolean {
  return columnOf(name).type === type && columnOf(name).description !== undefined
}

function fieldsOf<Name extends ColumnName, Field>(
  names: Name[],
  fieldOf: (name: Name, about: { description?: string }) => Field,
): Record<string, Field> {
  return Object.fromEntries(
    names.map((name) => [name, fieldOf(name, { description: columnOf(name).description })]),
  )
}
