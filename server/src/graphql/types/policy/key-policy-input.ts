// What a key may do, as an admin sends it; domain/policy/read-key-policy.ts judges it.
import { builder } from '../../builder.ts'
import { ContentCaptureEnum, LimitUnitEnum, RuleModeEnum, UnpricedCallsEnum } from './key-policy.ts'
import { BudgetWindowEnum, LimitWindowEnum } from './rule-windows.ts'

const MODE =
  'ENFORCE: calls are denied. SHADOW: calls are admitted, and their request logs say that they would have been denied.'
const PATTERNS = '`*` matches any text; at most 100.'

const ModelRuleInput = builder.inputType('ModelRuleInput', {
  description: 'Which models may be requested, in any letter case.',
  fields: (t) => ({
    allow: t.stringList({ description: `Absent or empty: all that are not denied. ${PATTERNS}` }),
    deny: t.stringList({ description: `Denied even where \`allow\` names them. ${PATTERNS}` }),
    mode: t.field({ type: RuleModeEnum, required: true, defaultValue: 'ENFORCE', description: MODE }),
  }),
})

const EndpointRuleInput = builder.inputType('EndpointRuleInput', {
  description: 'Which paths may be called.',
  fields: (t) => ({
    allow: t.stringList({
      required: true,
      description: `Paths such as /v1/chat/completions or /v1/files*. ${PATTERNS} An endpoint of the upstream account, such as /v1/webhook_endpoints, is open to a key only where a pattern begins with it; * does not name it.`,
    }),
    mode: t.field({ type: RuleModeEnum, required: true, defaultValue: 'ENFORCE', description: MODE }),
  }),
})

const AddressRuleInput = builder.inputType('AddressRuleInput', {
  description: 'Which client addresses may call.',
  fields: (t) => ({
    allow: t.stringList({
      required: true,
      description: 'Addresses and networks: 192.0.2.7, 10.0.0.0/8, 2001:db8::/32; at most 100.',
    }),
    mode: t.field({ type: RuleModeEnum, required: true, defaultValue: 'ENFORCE', description: MODE }),
  }),
})

const RateLimitInput = builder.inputType('RateLimitInput', {
  description: 'A limit on requests or tokens in a window.',
  fields: (t) => ({
    unit: t.field({ type: LimitUnitEnum, required: true, description: 'What is counted.' }),
    window: t.field({ type: LimitWindowEnum, required: true, description: 'The window.' }),
    max: t.field({ type: 'SafeInt', required: true, description: '1 to 1,000,000,000,000.' }),
    model: t.string({
      description:
        'A pattern of models, which are counted together; absent: all calls. `*` matches any text.',
    }),
    mode: t.field({ type: RuleModeEnum, required: true, defaultValue: 'ENFORCE', description: MODE }),
  }),
})

const ConcurrencyRuleInput = builder.inputType('ConcurrencyRuleInput', {
  description: 'How many calls may be in flight at once.',
  fields: (t) => ({
    maxCalls: t.int({ required: true, description: '1 to 100,000.' }),
    mode: t.field({ type: RuleModeEnum, required: true, defaultValue: 'ENFORCE', description: MODE }),
  }),
})

const BudgetInput = builder.inputType('BudgetInput', {
  description: 'A limit on money in a calendar window.',
  fields: (t) => ({
    window: t.field({ type: BudgetWindowEnum, required: true, description: 'The window.' }),
    limitUsd: t.field({
      type: 'Decimal',
      required: true,
      description: 'US dollars, above 0 and up to 1,000,000, with at most 9 decimals.',
    }),
    timeZone: t.string({
      required: true,
      defaultValue: 'UTC',
      description: 'An IANA time zone such as Europe/Berlin, whose calendar counts.',
    }),
    warnAtPercent: t.int({
      description: '1 to 100: warn admins once a window when this share is spent; absent: never.',
    }),
    model: t.string({
      description:
        'A pattern of models, which are paid from it together; absent: all calls. `*` matches any text.',
    }),
    unpriced: t.field({
      type: UnpricedCallsEnum,
      required: true,
      defaultValue: 'DENY',
      description: 'What happens to calls whose price is not known.',
    }),
    mode: t.field({ type: RuleModeEnum, required: true, defaultValue: 'ENFORCE', description: MODE }),
  }),
})

export const KeyPolicyInput = builder.inputType('KeyPolicyInput', {
  description: 'The policy of a key. A part that is absent restricts nothing.',
  fields: (t) => ({
    models: t.field({ type: ModelRuleInput, description: 'Which models may be requested.' }),
    endpoints: t.field({ type: EndpointRuleInput, description: 'Which paths may be called.' }),
    addresses: t.field({ type: AddressRuleInput, description: 'Which client addresses may call.' }),
    limits: t.field({ type: [RateLimitInput], description: 'Limits by window; at most 24.' }),
    concurrency: t.field({
      type: ConcurrencyRuleInput,
      description: 'How many calls may be in flight at once.',
    }),
    budgets: t.field({ type: [BudgetInput], description: 'Budgets by window; at most 8.' }),
    capture: t.field({
      type: ContentCaptureEnum,
      description: 'What is kept of the content of its calls; absent: what the configuration says.',
    }),
    sharedObjects: t.boolean({
      description:
        'True: it may read and name the stored objects of every key at the upstreams. Absent or false: its own alone.',
    }),
    selfRotation: t.boolean({
      description:
        "True: whoever has the key's current secret may replace it by `POST /v1/key/rotate`. Absent or false: admins alone.",
    }),
  }),
})
