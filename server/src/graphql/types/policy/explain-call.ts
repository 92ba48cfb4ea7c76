// Asking what a key's rules would say to a call.

import { CHAT_COMPLETIONS_PATH } from '../../../domain/endpoints.ts'
import type { CallError } from '../../../domain/errors.ts'
import { REFUSALS, type Refusal, type Verdict } from '../../../domain/policy/verdict.ts'
import { type ExplainedCall, explainCall } from '../../../services/policy/explain-call.ts'
import type { ExplainedRoute } from '../../../services/policy/explain-routes.ts'
import { builder, type FieldsOf } from '../../builder.ts'
import { describedValues } from '../../described-values.ts'
import { ApiKeyStatusEnum } from '../keys/api-key.ts'
import { resultPayload, resultValue } from '../payload.ts'
import { sentApiKey } from '../sent-ids.ts'
import { RuleModeEnum } from './key-policy.ts'
import { countOf, dollarsOf, RuleEnum, RuleWindowEnum } from './rule.ts'

const RefusalEnum = builder.enumType('Refusal', {
  description: 'Why a rule says no.',
  values: describedValues<Refusal>(REFUSALS, {
    NOT_ALLOWED: 'It is in no list of what is allowed.',
    DENIED_BY_NAME: 'It is in a list of what is denied.',
    MODEL_NOT_NAMED: 'The call names no model, and the key is for certain ones.',
    EXHAUSTED: 'Too little is left.',
    LARGER_THAN_LIMIT: 'Not even an empty window would have room for this one call.',
    PRICE_UNKNOWN: 'What it would cost is not known.',
  }),
})

type Amount = 'limit' | 'used' | 'reserved' | 'remaining' | 'requested'
type VerdictFields = FieldsOf<Verdict>

function counted(t: VerdictFields, amount: Amount, description: string) {
  return t.field({
    type: 'SafeInt',
    nullable: true,
    description,
    resolve: (verdict) => countOf(verdict.rule, verdict[amount]),
  })
}

function money(t: VerdictFields, amount: Amount, description: string) {
  return t.field({
    type: 'Decimal',
    nullable: true,
    description,
    resolve: (verdict) => dollarsOf(verdict.rule, verdict[amount]),
  })
}

const RuleVerdictRef = builder.objectRef<Verdict>('RuleVerdict').implement({
  description:
    "One rule's answer to one call. Amounts are requests, tokens or calls, as the rule counts, and US dollars in those named so, which a budget has alone; null where it counts nothing of the kind.",
  fields: (t) => ({
    rule: t.expose('rule', { type: RuleEnum, description: 'The kind of rule.' }),
    mode: t.expose('mode', { type: RuleModeEnum, description: 'Whether it denies or only watches.' }),
    refusal: t.expose('refusal', {
      type: RefusalEnum,
      nullable: true,
      description: 'Null where it lets the call in.',
    }),
    window: t.expose('window', {
      type: RuleWindowEnum,
      nullable: true,
      description: 'In what time it counts.',
    }),
    model: t.exposeString('model', {
      nullable: true,
      description: 'The models that it counts; null: all calls.',
    }),
    limit: counted(t, 'limit', 'At most so much.'),
    used: counted(t, 'used', 'What is gone, `reserved` included.'),
    reserved: counted(t, 'reserved', 'What calls under way may still take.'),
    remaining: counted(t, 'remaining', 'What is left.'),
    requested: counted(t, 'requested', 'What this call asks for.'),
    limitUsd: money(t, 'limit', 'At most so much.'),
    spentUsd: t.field({
      type: 'Decimal',
      nullable: true,
      description: 'What calls have cost, without what is reserved.',
      resolve: ({ rule, used, reserved }) => dollarsOf(rule, used === null ? null : used - (reserved ?? 0)),
    }),
    reservedUsd: money(t, 'reserved', 'What calls under way may still cost.'),
    remainingUsd: money(t, 'remaining', 'What is left.'),
    requestedUsd: money(
      t,
      'requested',
      'What this call may cost at most; null also where that is not known.',
    ),
    resetsAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the window ends.',
      resolve: ({ resetsAtMs }) => (resetsAtMs === null ? null : new Date(resetsAtMs)),
    }),
  }),
})

const CallRefusalRef = builder.objectRef<CallError>('CallRefusal').implement({
  description: 'What a caller would be answered.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'As errorCode in the request log.' }),
    httpStatus: t.exposeInt('httpStatus', { description: 'The status of the answer.' }),
    message: t.exposeString('message', { description: 'What the caller would read.' }),
  }),
})

const RouteCredentialRef = builder
  .objectRef<NonNullable<ExplainedRoute['credential']>>('RouteCredential')
  .implement({
    description: 'What an upstream would be sent, never in full.',
    fields: (t) => ({
      name: t.exposeString('name', { nullable: true, description: 'What admins call it.' }),
      lastFour: t.exposeString('lastFour', {
        nullable: true,
        description: "The secret's end; null where the secret is short, or of the environment.",
      }),
    }),
  })

const ExplainedRouteRef = builder.objectRef<ExplainedRoute>('ExplainedRoute').implement({
  description: 'One way that a call would go, with one of the credentials of the upstream.',
  fields: (t) => ({
    upstream: t.exposeString('upstream', { description: 'The name of the upstream.' }),
    upstreamModel: t.exposeString('upstreamModel', {
      nullable: true,
      description: "The model's name there; null where the call names none.",
    }),
    credential: t.expose('credential', {
      type: RouteCredentialRef,
      nullable: true,
      description: 'What it would be sent; null: none.',
    }),
    priority: t.exposeInt('priority', { description: 'The lowest is asked first.' }),
    weight: t.exposeInt('weight', { description: 'How often it is first, among those of its priority.' }),
    credentialWeight: t.exposeInt('credentialWeight', {
      description: 'How often the credential is first, among those of its upstream.',
    }),
    enabled: t.exposeBoolean('enabled', {
      description:
        'False where no call goes this way now: something of it is switched off or refused, or cannot be decrypted.',
    }),
  }),
})

const CallExplanationRef = builder.objectRef<ExplainedCall>('CallExplanation').implement({
  description: 'What a key and its rules say to a call, and where it would go.',
  fields: (t) => ({
    status: t.expose('status', { type: ApiKeyStatusEnum, description: "The key's status now." }),
    admitted: t.boolean({
      description: 'Whether the call would be let in.',
      resolve: ({ error }) => error === null,
    }),
    refusal: t.expose('error', {
      type: CallRefusalRef,
      nullable: true,
      description: 'What the caller would be answered; null where the call would be let in.',
    }),
    verdicts: t.expose('verdicts', {
      type: [RuleVerdictRef],
      complexity: { field: 1, multiplier: 1 },
      description:
        "Every rule's answer, in the order in which they are asked; the first that denies is told.",
    }),
    routes: t.expose('routes', {
      type: [ExplainedRouteRef],
      complexity: { field: 1, multiplier: 3 },
      description:
        'Where it would go: the ways in the order they are asked, among equals the heavier first. Empty where no upstream takes it, or none is asked.',
    }),
  }),
})

const ExplainCallPayload = resultPayload<ExplainedCall>('ExplainCallPayload', {
  description: 'The explanation, or why there is none.',
  errors: 'What is wrong with the input; empty on success.',
  fields: (t) => ({
    explanation: t.field({
      type: CallExplanationRef,
      nullable: true,
      description: 'Null where userErrors says why.',
      resolve: resultValue,
    }),
  }),
})

const ExplainCallInput = builder.inputType('ExplainCallInput', {
  description: 'A call that might be made.',
  fields: (t) => ({
    apiKeyId: t.id({ required: true, description: 'The key it would be made with.' }),
    model: t.string({ description: 'The model asked for; absent: a call that names none.' }),
    method: t.string({
      required: true,
      defaultValue: 'POST',
      description: 'Its method: GET, POST or DELETE.',
    }),
    endpoint: t.string({
      required: true,
      defaultValue: CHAT_COMPLETIONS_PATH,
      description: 'The path that would be called.',
    }),
    clientIp: t.string({ description: 'From where; absent: not known, which no list of addresses lets in.' }),
    tokens: t.field({
      type: 'SafeInt',
      required: true,
      defaultValue: 1,
      description: 'Tokens that it would use at most, both ways.',
    }),
    costUsd: t.field({
      type: 'Decimal',
      description:
        'What it would cost at most, in US dollars; absent: the least that anything costs, where the price of the model is known.',
    }),
  }),
})

builder.queryField('explainCall', (t) =>
  t.field({
    type: ExplainCallPayload,
    description:
      'Says what the rules of a key would answer to a call, and where it would go. No upstream is asked, and nothing is counted.',
    args: { input: t.arg({ type: ExplainCallInput, required: true, description: 'The call.' }) },
    complexity: 20,
    resolve: async (_root, { input }, { plane }) => {
      const number = sentApiKey(input.apiKeyId, 'apiKeyId')
      if (!number.ok) return number
      return explainCall(plane, {
        number: number.value,
        model: input.model ?? null,
        method: input.method,
        endpoint: input.endpoint,
        clientIp: input.clientIp ?? null,
        tokens: input.tokens,
        costUsd: input.costUsd ?? null,
      })
    },
  }),
)
