// Reads a key's policy from what an admin sent: every problem is named with its field and its fix.
import { CHAT_COMPLETIONS_PATH, WIRE_ROOT } from '../../endpoints/endpoints.ts'
import { ok, type Result, type UserError } from '../../user-error.ts'
import {
  type AddressRule,
  type Budget,
  CONTENT_CAPTURES,
  type ConcurrencyRule,
  type EndpointRule,
  type KeyPolicy,
  LIMIT_UNITS,
  type ModelRule,
  POLICY_MAX,
  type RateLimit,
  RULE_MODES,
  UNPRICED_CALLS,
} from '../key-policy.ts'
import { BUDGET_WINDOWS, LIMIT_WINDOWS } from '../windows.ts'
import { readNetwork } from './address-list.ts'
import { compareText, type PatternForm, PolicyField } from './policy-field.ts'

const PARTS = [
  'models',
  'endpoints',
  'addresses',
  'limits',
  'concurrency',
  'budgets',
  'capture',
  'sharedObjects',
  'selfRotation',
] as const

/**
 * A policy in its canonical form: defaults filled in, names trimmed, lists without doubles and in a fixed order. Null for
 * null, and for a policy that restricts nothing. Reading a canonical policy again gives the same. `path` is the name of the
 * field that it was sent in.
 */
export function readKeyPolicy(input: unknown, path = 'policy'): Result<KeyPolicy | null> {
  if (input === null || input === undefined) return ok(null)
  const problems: UserError[] = []
  const at = new PolicyField(path, input, problems)
  const members = at.object(PARTS)
  const policy: KeyPolicy = {
    models: members.models.optional(readModels),
    endpoints: members.endpoints.optional(readEndpoints),
    addresses: members.addresses.optional(readAddresses),
    limits: members.limits.list(POLICY_MAX.limits, readLimit),
    concurrency: members.concurrency.optional(readConcurrency),
    budgets: members.budgets.list(POLICY_MAX.budgets, readBudget),
    capture: members.capture.optional((field) => field.oneOf(CONTENT_CAPTURES)),
    sharedObjects: members.sharedObjects.optional((field) => field.truth()),
    selfRotation: members.selfRotation.optional((field) => field.truth()),
  }
  refuseDoubles(members.limits, policy.limits, limitKey)
  refuseDoubles(members.budgets, policy.budgets, budgetKey)
  if (problems.length > 0) return { ok: false, errors: problems }
  policy.limits.sort((a, b) => compareText(limitKey(a), limitKey(b)))
  policy.budgets.sort((a, b) => compareText(budgetKey(a), budgetKey(b)))
  return ok(restrictsNothing(policy) ? null : policy)
}

function readModels(field: PolicyField): ModelRule | null {
  const { allow, deny, mode } = field.object(['allow', 'deny', 'mode'])
  const rule = {
    allow: allow.patterns(MODEL),
    deny: deny.patterns(MODEL),
    mode: mode.oneOf(RULE_MODES, 'ENFORCE'),
  }
  return rule.allow.length === 0 && rule.deny.length === 0 ? null : rule
}

function readEndpoints(field: PolicyField): EndpointRule {
  const { allow, mode } = field.object(['allow', 'mode'])
  const rule = { allow: allow.patterns(ENDPOINT), mode: mode.oneOf(RULE_MODES, 'ENFORCE') }
  // An empty list could be meant as "none" or as "all": neither is guessed.
  if (rule.allow.length === 0)
    allow.wrong('REQUIRED', 'must name an endpoint. Send null for endpoints to allow all.')
  return rule
}

function readAddresses(field: PolicyField): AddressRule {
  const { allow, mode } = field.object(['allow', 'mode'])
  const networks = allow.list(POLICY_MAX.addresses, (entry) => {
    const text = entry.text(64)
    const network = readNetwork(text)
    if (network === null && text !== '') {
      entry.wrong('INVALID', 'must be an IP address or a network such as 10.0.0.0/8 or 2001:db8::/32.')
    }
    return network ?? ''
  })
  const rule = { allow: [...new Set(networks)].sort(compareText), mode: mode.oneOf(RULE_MODES, 'ENFORCE') }
  if (rule.allow.length === 0)
    allow.wrong('REQUIRED', 'must name an address. Send null for addresses to allow all.')
  return rule
}

function readConcurrency(field: PolicyField): ConcurrencyRule {
  const { maxCalls, mode } = field.object(['maxCalls', 'mode'])
  return { maxCalls: maxCalls.whole(1, POLICY_MAX.calls), mode: mode.oneOf(RULE_MODES, 'ENFORCE') }
}

function readLimit(field: PolicyField): RateLimit {
  const { unit, window, max, model, mode } = field.object(['unit', 'window', 'max', 'model', 'mode'])
  return {
    unit: unit.oneOf(LIMIT_UNITS),
    window: window.oneOf(LIMIT_WINDOWS),
    max: max.whole(1, POLICY_MAX.limit),
    model: model.optional((name) => name.pattern(MODEL)),
    mode: mode.oneOf(RULE_MODES, 'ENFORCE'),
  }
}

function readBudget(field: PolicyField): Budget {
  const members = field.object([
    'window',
    'limitUsd',
    'timeZone',
    'warnAtPercent',
    'model',
    'unpriced',
    'mode',
  ])
  return {
    window: members.window.oneOf(BUDGET_WINDOWS),
    limitUsd: members.limitUsd.usd(POLICY_MAX.usd),
    timeZone: members.timeZone.timeZone('UTC'),
    warnAtPercent: members.warnAtPercent.optional((percent) => percent.whole(1, 100)),
    model: members.model.optional((name) => name.pattern(MODEL)),
    unpriced: members.unpriced.oneOf(UNPRICED_CALLS, 'DENY'),
    mode: members.mode.oneOf(RULE_MODES, 'ENFORCE'),
  }
}

/** Names are kept in small letters, since they are compared without regard to case. */
const MODEL: PatternForm = {
  example: 'gpt-4o or gpt-4*',
  canonical: (text) => (/^[^\s\p{Cc}]+$/u.test(text) && text.isWellFormed() ? text.toLowerCase() : null),
}

const ENDPOINT: PatternForm = {
  example: `${CHAT_COMPLETIONS_PATH} or ${WIRE_ROOT}/audio/*`,
  canonical: (text) =>
    text === '*' || (text.startsWith(`${WIRE_ROOT}/`) && /^[\w\-./*:%]*$/.test(text)) ? text : null,
}

function refuseDoubles<T>(field: PolicyField, rules: T[], keyOf: (rule: T) => string): void {
  const seen = new Set<string>()
  for (const [at, rule] of rules.entries()) {
    const key = keyOf(rule)
    if (seen.has(key)) {
      field
        .at(at)
        .wrong('INVALID', 'repeats an earlier entry with another number. Keep the one that is meant.')
    }
    seen.add(key)
  }
}

function limitKey({ unit, window, model, mode }: RateLimit): string {
  return `${LIMIT_WINDOWS.indexOf(window)} ${unit} ${mode} ${model ?? ''}`
}

function budgetKey({ window, timeZone, model, mode }: Budget): string {
  return `${BUDGET_WINDOWS.indexOf(window)} ${timeZone} ${mode} ${model ?? ''}`
}

function restrictsNothing({ limits, budgets, ...others }: KeyPolicy): boolean {
  return limits.length + budgets.length === 0 && Object.values(others).every((part) => part === null)
}
