// A policy compiled for use on every call: names and networks parsed, rules in the order in which they are applied.

import { deniedModelTest, modelTest, type NameTest, nameTest } from '../models/name-pattern.ts'
import { nanoUsdOf } from '../pricing/money.ts'
import { addressTest } from './input/address-list.ts'
import type { Budget, KeyPolicy, RateLimit, RuleMode } from './key-policy.ts'
import type { AdmissionRequest, Refusal, RuleName } from './verdict.ts'
import {
  type BudgetWindow,
  budgetWindowAt,
  type LimitWindow,
  limitWindowAt,
  type Window,
  windowRank,
} from './windows.ts'

/** A rule that looks at the call alone. */
export type FixedRule = {
  rule: Extract<RuleName, 'ADDRESS' | 'ENDPOINT' | 'MODEL'>
  mode: RuleMode
  refuse(request: AdmissionRequest): Refusal | null
}

/** A rule that counts calls, tokens or money in windows. */
export type CountedRule = {
  rule: Extract<RuleName, 'BUDGET' | 'TOKENS' | 'REQUESTS'>
  mode: RuleMode
  /** What is counted, as text: rules of two policies with the same count the same, and may differ in their limit. */
  counts: string
  window: LimitWindow | BudgetWindow
  limit: number
  /** A pattern; null: all calls count. */
  model: string | null
  concerns(model: string | null): boolean
  windowAt(nowMs: number): Window
  allowsUnpriced: boolean
  /** A warning is due once this much is spent; null: never. */
  warnAt: number | null
}

export type CompiledPolicy = {
  /** What was compiled. */
  source: KeyPolicy
  fixed: FixedRule[]
  /** Budgets first and long windows before short ones: of several refusals, the one that lasts longest is reported. */
  counted: CountedRule[]
  concurrency: { maxCalls: number; mode: RuleMode } | null
}

/** Compiles a policy in canonical form (`readKeyPolicy`). To be done once for a policy, not for a call. */
export function compilePolicy(policy: KeyPolicy): CompiledPolicy {
  return {
    source: policy,
    fixed: [...addressRule(policy), ...endpointRule(policy), ...modelRule(policy)],
    counted: [...policy.budgets.map(budgetRule), ...policy.limits.map(limitRule)].sort(
      (a, b) => rank(a) - rank(b),
    ),
    concurrency: policy.concurrency,
  }
}

function addressRule({ addresses }: KeyPolicy): FixedRule[] {
  if (addresses === null) return []
  const has = addressTest(addresses.allow)
  const refuse = ({ address }: AdmissionRequest) =>
    address !== null && has(address) ? null : ('NOT_ALLOWED' as const)
  return [{ rule: 'ADDRESS', mode: addresses.mode, refuse }]
}

function endpointRule({ endpoints }: KeyPolicy): FixedRule[] {
  if (endpoints === null) return []
  const allows = anyOf(endpoints.allow.map(nameTest))
  const refuse = ({ endpoint }: AdmissionRequest) => (allows(endpoint) ? null : ('NOT_ALLOWED' as const))
  return [{ rule: 'ENDPOINT', mode: endpoints.mode, refuse }]
}

function modelRule({ models }: KeyPolicy): FixedRule[] {
  if (models === null) return []
  const allows = models.allow.length === 0 ? () => true : anyOf(models.allow.map(modelTest))
  const denies = deniedModelTest(models.deny)
  const refuse = ({ usesModel, model, resolvedModel = null }: AdmissionRequest): Refusal | null => {
    if (!usesModel) return null
    // The upstream would choose one itself, which no list has looked at.
    if (model === null) return 'MODEL_NOT_NAMED'
    if (denies(model) || (resolvedModel !== null && denies(resolvedModel))) return 'DENIED_BY_NAME'
    return allows(model) ? null : 'NOT_ALLOWED'
  }
  return [{ rule: 'MODEL', mode: models.mode, refuse }]
}

/** Whether a model may not be used, by its requested name or its name at an upstream. */
export type ModelDenied = (model: string | null, resolvedModel: string | null) => boolean

/** The rule about models as a test of names; null where there is none that is enforced. */
export function modelRuleOf({ fixed }: CompiledPolicy): ModelDenied | null {
  const found = fixed.find(({ rule, mode }) => rule === 'MODEL' && mode === 'ENFORCE')
  if (found === undefined) return null
  const call = { address: null, endpoint: '', usesModel: true, tokens: 0, costNanoUsd: null }
  return (model, resolvedModel) => found.refuse({ ...call, model, resolvedModel }) !== null
}

function limitRule({ unit, window, max, model, mode }: RateLimit): CountedRule {
  return {
    rule: unit,
    mode,
    counts: `${unit} ${window} ${model ?? ''}`,
    window,
    limit: max,
    model,
    concerns: concerned(model),
    windowAt: (nowMs) => limitWindowAt(window, nowMs),
    allowsUnpriced: true,
    warnAt: null,
  }
}

function budgetRule({
  window,
  limitUsd,
  timeZone,
  warnAtPercent,
  model,
  unpriced,
  mode,
}: Budget): CountedRule {
  const limit = Number(nanoUsdOf(limitUsd))
  return {
    rule: 'BUDGET',
    mode,
    counts: `BUDGET ${window} ${timeZone} ${model ?? ''}`,
    window,
    limit,
    model,
    concerns: concerned(model),
    windowAt: (nowMs) => budgetWindowAt(window, timeZone, nowMs),
    allowsUnpriced: unpriced === 'ALLOW',
    warnAt: warnAtPercent === null ? null : Math.ceil((limit * warnAtPercent) / 100),
  }
}

function concerned(pattern: string | null): (model: string | null) => boolean {
  if (pattern === null) return () => true
  const test = modelTest(pattern)
  return (model) => model !== null && test(model)
}

function anyOf(tests: NameTest[]): NameTest {
  return (name) => tests.some((test) => test(name))
}

function rank({ rule, window }: CountedRule): number {
  return (rule === 'BUDGET' ? 0 : 10) + windowRank(window)
}
