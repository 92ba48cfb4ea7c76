// Back-testing a policy on past calls.
import type { Label } from '../../../domain/labels/label.ts'
import { failed, ok, type Result } from '../../../domain/user-error.ts'
import {
  BACK_TEST_DAYS_MAX,
  type BackTestedPolicy,
  type BackTestedRule,
  backTestKeyPolicy,
} from '../../../services/policy/back-test-key-policy.ts'
import { backTestSharedPolicy, type SharingKeys } from '../../../services/policy/back-test-shared-policy.ts'
import { builder } from '../../builder.ts'
import { actorOf } from '../../context.ts'
import { instant } from '../date-time-range.ts'
import { LabelInput } from '../labels/label.ts'
import { resultPayload, resultValue } from '../payload.ts'
import { sentApiKey, sentLabelLimit, sentOwner } from '../sent-ids.ts'
import { RuleModeEnum } from './key-policy.ts'
import { KeyPolicyInput } from './key-policy-input.ts'
import { countOf, dollarsOf, RuleEnum } from './rule.ts'
import { RuleWindowEnum } from './rule-windows.ts'

const RuleBackTestRef = builder.objectRef<BackTestedRule>('RuleBackTest').implement({
  description:
    'The back-test of one rule. Amounts are requests, tokens or calls, as the rule counts, and US dollars in those named so, which a budget has alone; null where it counts nothing of the kind.',
  fields: (t) => ({
    rule: t.expose('rule', { type: RuleEnum, description: 'The kind of rule.' }),
    mode: t.expose('mode', {
      type: RuleModeEnum,
      description: 'Whether it denies calls or is in shadow mode. Here both count as denying.',
    }),
    window: t.expose('window', {
      type: RuleWindowEnum,
      nullable: true,
      description: 'The window that it counts in.',
    }),
    model: t.exposeString('model', {
      nullable: true,
      description: 'The pattern of models that it counts; null: all calls.',
    }),
    limit: t.field({
      type: 'SafeInt',
      nullable: true,
      description: 'The limit.',
      resolve: ({ rule, limit }) => countOf(rule, limit),
    }),
    limitUsd: t.field({
      type: 'Decimal',
      nullable: true,
      description: 'The limit.',
      resolve: ({ rule, limit }) => dollarsOf(rule, limit),
    }),
    denials: t.expose('denials', {
      type: 'SafeInt',
      description: 'Calls that it would have denied. A call counts for the first rule that denies it.',
    }),
    firstDenialAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'The first of them.',
      resolve: ({ firstDenialAtMs }) => instant(firstDenialAtMs),
    }),
    peak: t.field({
      type: 'SafeInt',
      nullable: true,
      description: 'The most that calls requested in one window, or at once, denied or not.',
      resolve: ({ rule, peak }) => countOf(rule, peak),
    }),
    peakUsd: t.field({
      type: 'Decimal',
      nullable: true,
      description: 'The most that calls cost in one window, denied or not.',
      resolve: ({ rule, peak }) => dollarsOf(rule, peak),
    }),
    peakAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When that window began, or when so many calls were first in flight.',
      resolve: ({ peakAtMs }) => instant(peakAtMs),
    }),
    unpriced: t.expose('unpriced', {
      type: 'SafeInt',
      description: 'Calls whose cost is not known, of a budget.',
    }),
    summary: t.exposeString('summary', { description: 'The result in a sentence, in English.' }),
  }),
})

const PolicyBackTestRef = builder.objectRef<BackTestedPolicy>('PolicyBackTest').implement({
  description:
    'A policy back-tested on the calls of a key that were sent to an upstream. Calls that were denied then are not included.',
  fields: (t) => ({
    from: t.field({
      type: 'DateTime',
      description: 'The beginning of the time that was read.',
      resolve: ({ fromMs }) => new Date(fromMs),
    }),
    to: t.field({
      type: 'DateTime',
      description: 'Its end.',
      resolve: ({ toMs }) => new Date(toMs),
    }),
    complete: t.exposeBoolean('complete', {
      description:
        'False where there were too many request logs to read all: `from` is how far back the test came.',
    }),
    firstCallAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'The first of the calls; the logs of those before may have expired. Null without a call.',
      resolve: ({ firstCallAtMs }) => instant(firstCallAtMs),
    }),
    calls: t.expose('calls', { type: 'SafeInt', description: 'Calls that were read.' }),
    denied: t.expose('denied', { type: 'SafeInt', description: 'Calls that would have been denied.' }),
    rules: t.expose('rules', {
      type: [RuleBackTestRef],
      complexity: { field: 1, multiplier: 1 },
      description: 'The back-test of each rule, in the order of evaluation.',
    }),
    summary: t.exposeString('summary', { description: 'The result in a sentence, in English.' }),
  }),
})

const BackTestPayload = resultPayload<BackTestedPolicy>('BackTestKeyPolicyPayload', {
  description: 'The back-test, or why there is none.',
  errors: 'What is wrong with the input; empty on success.',
  fields: (t) => ({
    backTest: t.field({
      type: PolicyBackTestRef,
      nullable: true,
      description: 'Null where userErrors says why.',
      resolve: resultValue,
    }),
  }),
})

const BackTestInput = builder.inputType('BackTestKeyPolicyInput', {
  description: 'Which policy to back-test on which calls.',
  fields: (t) => ({
    apiKeyId: t.id({ required: true, description: 'The key that made them.' }),
    policy: t.field({
      type: KeyPolicyInput,
      description: 'The policy; absent: the one that the key has.',
    }),
    days: t.int({
      required: true,
      defaultValue: 7,
      description: `1 to ${BACK_TEST_DAYS_MAX}: how many times 24 hours to look back from now.`,
    }),
  }),
})

const BackTestSharedInput = builder.inputType('BackTestSharedPolicyInput', {
  description: 'Which shared policy to back-test. Send one of ownerId, labelLimitId and label.',
  fields: (t) => ({
    ownerId: t.id({ description: 'On the calls of all keys of this owner.' }),
    labelLimitId: t.id({ description: 'On the calls of all keys with the label of these limits.' }),
    label: t.field({ type: LabelInput, description: 'On the calls of all keys with this label.' }),
    policy: t.field({
      type: KeyPolicyInput,
      description:
        'Limits, budgets and concurrency; absent: what the owner or the limits have. Required with label.',
    }),
    days: t.int({
      required: true,
      defaultValue: 7,
      description: `1 to ${BACK_TEST_DAYS_MAX}: how many times 24 hours to look back from now.`,
    }),
  }),
})

const BackTestSharedPayload = resultPayload<BackTestedPolicy>('BackTestSharedPolicyPayload', {
  description: 'The back-test, or why there is none.',
  errors: 'What is wrong with the input; empty on success.',
  fields: (t) => ({
    backTest: t.field({
      type: PolicyBackTestRef,
      nullable: true,
      description: 'Null where userErrors says why.',
      resolve: resultValue,
    }),
  }),
})

builder.queryField('backTestSharedPolicy', (t) =>
  t.field({
    authScopes: { can: 'usage:read' },
    type: BackTestSharedPayload,
    description:
      'Back-tests a policy that the keys of an owner, or with a label, share, on all their calls of the last days together. Reads the request logs of everybody: the newest 500,000.',
    args: { input: t.arg({ type: BackTestSharedInput, required: true, description: 'What to test.' }) },
    // At most one in an operation.
    complexity: 5_001,
    resolve: async (_root, { input }, context) => {
      const of = sharingKeysOf(input)
      if (!of.ok) return of
      const { policy, days } = input
      return backTestSharedPolicy(context.plane, actorOf(context), { of: of.value, policy, days })
    },
  }),
)

function sharingKeysOf({
  ownerId,
  labelLimitId,
  label,
}: {
  ownerId?: string | null | undefined
  labelLimitId?: string | null | undefined
  label?: Label | null | undefined
}): Result<SharingKeys> {
  if ([ownerId, labelLimitId, label].filter((one) => one != null).length !== 1)
    return failed('INVALID', 'ownerId', 'Send one of ownerId, labelLimitId and label.')
  if (label != null) return ok({ label })
  if (ownerId != null) {
    const owner = sentOwner(ownerId, 'ownerId')
    return owner.ok ? ok({ ownerNumber: owner.value }) : owner
  }
  const limit = sentLabelLimit(labelLimitId ?? '', 'labelLimitId')
  return limit.ok ? ok({ labelLimitNumber: limit.value }) : limit
}

builder.queryField('backTestKeyPolicy', (t) =>
  t.field({
    authScopes: { can: 'usage:read' },
    type: BackTestPayload,
    description:
      "Back-tests a policy on a key's calls of the last days. Reads their request logs: takes a second over some hundred thousand.",
    args: { input: t.arg({ type: BackTestInput, required: true, description: 'What to test.' }) },
    // At most one in an operation.
    complexity: 5_001,
    resolve: async (_root, { input: { apiKeyId, policy, days } }, context) => {
      const number = sentApiKey(apiKeyId, 'apiKeyId')
      return number.ok
        ? backTestKeyPolicy(context.plane, actorOf(context), { number: number.value, policy, days })
        : number
    },
  }),
)
