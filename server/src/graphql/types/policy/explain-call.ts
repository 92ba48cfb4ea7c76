// Explaining a call: the verdicts of a key's rules, and the candidate routes.
import { CHAT_COMPLETIONS_PATH } from '../../../domain/endpoints/endpoints.ts'
import type { CallError } from '../../../domain/errors.ts'
import { REFUSALS, type Refusal, type SharedBy, type Verdict } from '../../../domain/policy/verdict.ts'
import { type ExplainedCall, explainCall } from '../../../services/policy/explain-call.ts'
import type { ExplainedRoute } from '../../../services/policy/explain-routes.ts'
import { builder, type FieldsOf } from '../../builder.ts'
import { actorOf } from '../../context.ts'
import { describedValues } from '../../described-values.ts'
import { ApiKeyStatusEnum } from '../keys/api-key.ts'
import { resultPayload, resultValue } from '../payload.ts'
import { sentApiKey } from '../sent-ids.ts'
import { RuleModeEnum } from './key-policy.ts'
import { countOf, dollarsOf, RuleEnum } from './rule.ts'
import { RuleWindowEnum } from './rule-windows.ts'

const RefusalEnum = builder.enumType('Refusal', {
  description: 'Why a rule denies a call.',
  values: describedValues<Refusal>(REFUSALS, {
    NOT_ALLOWED: 'No allow list has it.',
    DENIED_BY_NAME: 'A deny list has it.',
    MODEL_NOT_NAMED: 'The call names no model, and the key allows certain models only.',
    EXHAUSTED: 'Too little remains.',
    LARGER_THAN_LIMIT: 'The call alone exceeds the limit of the window.',
    PRICE_UNKNOWN: 'The price of the call is not known.',
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

const SharedByRef = builder.objectRef<SharedBy>('SharedBy').implement({
  description: 'With whom a key shares a rule: the keys of its owner, or those with one of its labels.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'The id of the owner, `own_…`, or of the label limits, `lim_…`.' }),
    name: t.exposeString('name', { description: 'The name of the owner, or the label, as `env=prod`.' }),
  }),
})

export const RuleVerdictRef = builder.objectRef<Verdict>('RuleVerdict').implement({
  description:
    "One rule's verdict on one call. Amounts are requests, tokens or calls, as the rule counts, and US dollars in those named so, which a budget has alone; null where it counts nothing of the kind.",
  fields: (t) => ({
    rule: t.expose('rule', { type: RuleEnum, description: 'The kind of rule.' }),
    mode: t.expose('mode', {
      type: RuleModeEnum,
      description: 'Whether it denies calls or is in shadow mode.',
    }),
    sharedBy: t.field({
      type: SharedByRef,
      nullable: true,
      description: "Whose rule it is; null: the key's own.",
      resolve: ({ sharedBy }) => sharedBy ?? null,
    }),
    refusal: t.expose('refusal', {
      type: RefusalEnum,
      nullable: true,
      description: 'Null where it admits the call.',
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
    limit: counted(t, 'limit', 'The limit.'),
    used: counted(t, 'used', 'What has been used, `reserved` included.'),
    reserved: counted(t, 'reserved', 'What in-flight calls have reserved.'),
    remaining: counted(t, 'remaining', 'What remains.'),
    requested: counted(t, 'requested', 'What this call would reserve.'),
    limitUsd: money(t, 'limit', 'The limit.'),
    spentUsd: t.field({
      type: 'Decimal',
      nullable: true,
      description: 'What calls have cost, `reservedUsd` excluded.',
      resolve: ({ rule, used, reserved }) => dollarsOf(rule, used === null ? null : used - (reserved ?? 0)),
    }),
    reservedUsd: money(t, 'reserved', 'What in-flight calls have reserved.'),
    remainingUsd: money(t, 'remaining', 'What remains.'),
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
  description: 'The error that a client would get.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'As errorCode in the request log.' }),
    httpStatus: t.exposeInt('httpStatus', { description: 'The status of the response.' }),
    message: t.exposeString('message', { description: 'The message of the error.' }),
  }),
})

const RouteCredentialRef = builder
  .objectRef<NonNullable<ExplainedRoute['credential']>>('RouteCredential')
  .implement({
    description: 'The credential of a route, never in full.',
    fields: (t) => ({
      name: t.exposeString('name', { nullable: true, description: 'Its name for admins.' }),
      lastFour: t.exposeString('lastFour', {
        nullable: true,
        description: "The secret's end; null where the secret is short, or of the environment.",
      }),
    }),
  })

const ExplainedRouteRef = builder.objectRef<ExplainedRoute>('ExplainedRoute').implement({
  description: 'One candidate route of a call, with one of the credentials of its upstream.',
  fields: (t) => ({
    upstream: t.exposeString('upstream', { description: 'The name of the upstream.' }),
    upstreamModel: t.exposeString('upstreamModel', {
      nullable: true,
      description: "The model's name there; null where the call names none.",
    }),
    credential: t.expose('credential', {
      type: RouteCredentialRef,
      nullable: true,
      description: 'The credential; null: none is sent.',
    }),
    priority: t.exposeInt('priority', { description: 'The lowest is tried first.' }),
    weight: t.exposeInt('weight', { description: 'The weight among the routes of the same priority.' }),
    credentialWeight: t.exposeInt('credentialWeight', {
      description: 'The weight among the credentials of the upstream.',
    }),
    enabled: t.exposeBoolean('enabled', {
      description:
        'False where no call takes this route now: the model, the upstream or the credential is disabled, is refused, or cannot be decrypted.',
    }),
  }),
})

const CallExplanationRef = builder.objectRef<ExplainedCall>('CallExplanation').implement({
  description: 'The verdicts on a call with a key, and its candidate routes.',
  fields: (t) => ({
    status: t.expose('status', { type: ApiKeyStatusEnum, description: "The key's status now." }),
    admitted: t.boolean({
      description: 'Whether the call would be admitted.',
      resolve: ({ error }) => error === null,
    }),
    refusal: t.expose('error', {
      type: CallRefusalRef,
      nullable: true,
      description: 'The error that the client would get; null where the call would be admitted.',
    }),
    verdicts: t.expose('verdicts', {
      type: [RuleVerdictRef],
      complexity: { field: 1, multiplier: 1 },
      description:
        "Every rule's verdict, in the order of evaluation. The error is that of the first that denies.",
    }),
    routes: t.expose('routes', {
      type: [ExplainedRouteRef],
      complexity: { field: 1, multiplier: 3 },
      description:
        'The candidate routes in the order in which they are tried, of equal priority the heavier first. Empty where no upstream takes the call, or none is needed.',
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
  description: 'The call to explain.',
  fields: (t) => ({
    apiKeyId: t.id({ required: true, description: 'The key of the call.' }),
    model: t.string({ description: 'The requested model; absent: a call without a model.' }),
    method: t.string({
      required: true,
      defaultValue: 'POST',
      description: 'Its method: GET, POST or DELETE.',
    }),
    endpoint: t.string({
      required: true,
      defaultValue: CHAT_COMPLETIONS_PATH,
      description: 'Its path.',
    }),
    clientIp: t.string({
      description: "The client's address; absent: unknown, which no list of addresses admits.",
    }),
    tokens: t.field({
      type: 'SafeInt',
      required: true,
      defaultValue: 1,
      description: 'The most tokens that it would use, input and output together.',
    }),
    costUsd: t.field({
      type: 'Decimal',
      description:
        'The most that it would cost, in US dollars; absent: the minimum reservation, where the price of the model is known.',
    }),
  }),
})

builder.queryField('explainCall', (t) =>
  t.field({
    authScopes: { can: 'keys:read' },
    type: ExplainCallPayload,
    description:
      'Explains how the rules of a key would judge a call, and its candidate routes. No upstream is called, and nothing is counted.',
    args: { input: t.arg({ type: ExplainCallInput, required: true, description: 'The call.' }) },
    complexity: 20,
    resolve: async (_root, { input }, context) => {
      const number = sentApiKey(input.apiKeyId, 'apiKeyId')
      if (!number.ok) return number
      return explainCall(context.plane, actorOf(context), {
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
