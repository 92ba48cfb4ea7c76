// The policy of a key.
import {
  type AddressRule,
  type Budget,
  CONTENT_CAPTURES,
  type ConcurrencyRule,
  type ContentCapture,
  type EndpointRule,
  type KeyPolicy,
  LIMIT_UNITS,
  type LimitUnit,
  type ModelRule,
  type RateLimit,
  RULE_MODES,
  type RuleMode,
  UNPRICED_CALLS,
  type UnpricedCalls,
} from '../../../domain/policy/key-policy.ts'
import { builder } from '../../builder.ts'
import { describedValues } from '../../described-values.ts'
import { BudgetWindowEnum, LimitWindowEnum } from './rule-windows.ts'

export const RuleModeEnum = builder.enumType('RuleMode', {
  description: 'What a rule does with a call that it refuses.',
  values: describedValues<RuleMode>(RULE_MODES, {
    ENFORCE: 'The call is denied.',
    SHADOW: 'The call is admitted; its request log says that it would have been denied.',
  }),
})

export const LimitUnitEnum = builder.enumType('LimitUnit', {
  description: 'What a limit counts.',
  values: describedValues<LimitUnit>(LIMIT_UNITS, {
    REQUESTS: 'Calls that are sent to an upstream.',
    TOKENS: 'Tokens, input and output together.',
  }),
})

export const ContentCaptureEnum = builder.enumType('ContentCapture', {
  description:
    "What is kept of the content of a key's calls. Each response says it in x-latchkey-content-capture.",
  values: describedValues<ContentCapture>(CONTENT_CAPTURES, {
    OFF: 'Nothing.',
    METADATA: 'Types, roles and parameters, without text.',
    ERRORS: 'The text of failed calls, the metadata of all others.',
    FULL: 'The text of all calls.',
  }),
})

export const UnpricedCallsEnum = builder.enumType('UnpricedCalls', {
  description: 'What a budget does with a call whose price is not known.',
  values: describedValues<UnpricedCalls>(UNPRICED_CALLS, {
    DENY: 'The call is denied.',
    ALLOW: 'The call is admitted. It counts only if its cost is known at its end.',
  }),
})

const MODE = 'Whether the rule denies calls or is in shadow mode.'
const PATTERNS = '`*` matches any text.'

const ModelRuleRef = builder.objectRef<ModelRule>('ModelRule').implement({
  description: `Which models may be requested, in any letter case. ${PATTERNS}`,
  fields: (t) => ({
    allow: t.exposeStringList('allow', { description: 'Empty: all that are not denied.' }),
    deny: t.exposeStringList('deny', { description: 'Denied even where `allow` names them.' }),
    mode: t.expose('mode', { type: RuleModeEnum, description: MODE }),
  }),
})

const EndpointRuleRef = builder.objectRef<EndpointRule>('EndpointRule').implement({
  description: `Which paths may be called. ${PATTERNS}`,
  fields: (t) => ({
    allow: t.exposeStringList('allow', { description: 'Paths such as /v1/chat/completions.' }),
    mode: t.expose('mode', { type: RuleModeEnum, description: MODE }),
  }),
})

const AddressRuleRef = builder.objectRef<AddressRule>('AddressRule').implement({
  description: 'Which client addresses may call.',
  fields: (t) => ({
    allow: t.exposeStringList('allow', { description: 'Addresses and networks: 192.0.2.7, 10.0.0.0/8.' }),
    mode: t.expose('mode', { type: RuleModeEnum, description: MODE }),
  }),
})

const RateLimitRef = builder.objectRef<RateLimit>('RateLimit').implement({
  description: 'A limit on requests or tokens in a window.',
  fields: (t) => ({
    unit: t.expose('unit', { type: LimitUnitEnum, description: 'What is counted.' }),
    window: t.expose('window', { type: LimitWindowEnum, description: 'The window.' }),
    max: t.expose('max', { type: 'SafeInt', description: 'How many.' }),
    model: t.exposeString('model', {
      nullable: true,
      description: `Of which models; null: of all calls together. ${PATTERNS}`,
    }),
    mode: t.expose('mode', { type: RuleModeEnum, description: MODE }),
  }),
})

const ConcurrencyRuleRef = builder.objectRef<ConcurrencyRule>('ConcurrencyRule').implement({
  description: 'How many calls may be in flight at once.',
  fields: (t) => ({
    maxCalls: t.exposeInt('maxCalls', { description: 'The limit.' }),
    mode: t.expose('mode', { type: RuleModeEnum, description: MODE }),
  }),
})

const BudgetRef = builder.objectRef<Budget>('Budget').implement({
  description:
    'A limit on money in a window. Before a call, the most that it may cost is reserved; at its end its cost is settled.',
  fields: (t) => ({
    window: t.expose('window', { type: BudgetWindowEnum, description: 'The window.' }),
    limitUsd: t.expose('limitUsd', { type: 'Decimal', description: 'US dollars.' }),
    timeZone: t.exposeString('timeZone', { description: 'An IANA time zone, whose calendar counts.' }),
    warnAtPercent: t.exposeInt('warnAtPercent', {
      nullable: true,
      description: 'Admins are warned once a window when this share is spent; null: never.',
    }),
    model: t.exposeString('model', {
      nullable: true,
      description: `Of which models; null: of all calls together. ${PATTERNS}`,
    }),
    unpriced: t.expose('unpriced', {
      type: UnpricedCallsEnum,
      description: 'What happens to calls whose price is not known.',
    }),
    mode: t.expose('mode', { type: RuleModeEnum, description: MODE }),
  }),
})

export const KeyPolicyRef = builder.objectRef<KeyPolicy>('KeyPolicy').implement({
  description: 'The policy of a key. A part that is null restricts nothing.',
  fields: (t) => ({
    models: t.expose('models', {
      type: ModelRuleRef,
      nullable: true,
      description: 'Which models may be requested.',
    }),
    endpoints: t.expose('endpoints', {
      type: EndpointRuleRef,
      nullable: true,
      description: 'Which paths may be called.',
    }),
    addresses: t.expose('addresses', {
      type: AddressRuleRef,
      nullable: true,
      description: 'Which client addresses may call.',
    }),
    limits: t.expose('limits', {
      type: [RateLimitRef],
      complexity: { field: 1, multiplier: 1 },
      description: 'Limits by window.',
    }),
    concurrency: t.expose('concurrency', {
      type: ConcurrencyRuleRef,
      nullable: true,
      description: 'How many calls may be in flight at once.',
    }),
    budgets: t.expose('budgets', {
      type: [BudgetRef],
      complexity: { field: 1, multiplier: 1 },
      description: 'Budgets by window.',
    }),
    capture: t.expose('capture', {
      type: ContentCaptureEnum,
      nullable: true,
      description: 'What is kept of the content of its calls; null: what the configuration says.',
    }),
    sharedObjects: t.exposeBoolean('sharedObjects', {
      nullable: true,
      description:
        'True: it may read and name the stored objects of every key at the upstreams (files, responses, batches …), also those made before objects were bound to keys. Null or false: its own alone.',
    }),
    selfRotation: t.exposeBoolean('selfRotation', {
      nullable: true,
      description:
        "True: whoever has the key's current secret may replace it by `POST /v1/key/rotate`. Null or false: admins alone.",
    }),
  }),
})
