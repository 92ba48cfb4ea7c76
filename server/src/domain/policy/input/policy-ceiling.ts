// The settings about key policies: the defaults of new keys, and the ceiling of every key.

import { nanoUsdOf } from '../../pricing/money.ts'
import { failed, ok, problemsOf, type Result } from '../../user-error.ts'
import { type Budget, type KeyPolicy, type RateLimit, UNRESTRICTED } from '../key-policy.ts'
import { readKeyPolicy } from './read-key-policy.ts'

/** Both in canonical form. Null: nothing by itself; no ceiling. */
export type PolicySettings = {
  /** Each part is given to new keys that do not bring it themselves. */
  defaults: KeyPolicy | null
  /** No key may have more: what it holds (`readPolicyCeiling`) is the most that a key's own may be. */
  ceiling: KeyPolicy | null
}

/**
 * The policy of a new key: what was sent, as `readKeyPolicy` reads it, with the settings' defaults for the parts that it
 * leaves out, and with those rules of the ceiling that it has none for. Every number above the ceiling is named.
 */
export function policyOfNewKey(
  sent: unknown,
  { defaults, ceiling }: PolicySettings,
): Result<KeyPolicy | null> {
  const requested = readKeyPolicy(sent)
  if (!requested.ok) return requested
  return underCeiling(withDefaults(requested.value, defaults), ceiling, sent, 'policy')
}

/**
 * A policy as a key may have it under a ceiling: with those of its rules that the policy has none for. `path` is the name
 * of the field that it was sent in.
 */
export function policyUnderCeiling(
  sent: unknown,
  ceiling: KeyPolicy | null,
  path = 'policy',
): Result<KeyPolicy | null> {
  const requested = readKeyPolicy(sent, path)
  return requested.ok ? underCeiling(requested.value, ceiling, sent, path) : requested
}

/**
 * What can bound the policies of keys: limits, budgets and in-flight calls, all of them enforced. Lists have no "at most",
 * a rule in shadow mode bounds nothing, and of two budgets of one window in two time zones neither would be the bound.
 */
export function readPolicyCeiling(sent: unknown, path: string): Result<KeyPolicy | null> {
  const read = readKeyPolicy(sent, path)
  if (!read.ok || read.value === null) return read
  const { limits, budgets, concurrency, ...unbounded } = read.value
  const lists = Object.entries(unbounded)
  const errors = problemsOf(
    ...lists.map(([part, rule]) => {
      const field = `${path}.${part}`
      const message = `${field} cannot be bounded: a ceiling is of limits, budgets and concurrency. Leave ${part} out, or set it in the default policy.`
      return rule === null ? ok(null) : failed('INVALID', field, message)
    }),
    ...watching(limits, placesOf(limits, sent, 'limits'), `${path}.limits`),
    ...watching(budgets, placesOf(budgets, sent, 'budgets'), `${path}.budgets`),
    concurrency?.mode === 'SHADOW' ? onlyWatches(`${path}.concurrency.mode`) : ok(null),
    ...budgets.map((budget, at) => {
      const isFirst = budgets.findIndex((one) => boundsMoney(one, budget)) === at || budget.mode === 'SHADOW'
      const field = `${path}.budgets`
      const message = `${field} has two budgets of one window, in two time zones. Keep the one that is meant.`
      return isFirst ? ok(null) : failed('INVALID', field, message)
    }),
  )
  return errors.length > 0 ? { ok: false, errors } : read
}

function watching(rules: readonly (RateLimit | Budget)[], places: number[], path: string): Result<null>[] {
  return rules.map(({ mode }, at) => {
    return mode === 'SHADOW' ? onlyWatches(`${path}[${places[at]}].mode`) : ok(null)
  })
}

function onlyWatches(field: string): Result<never> {
  return failed('INVALID', field, `${field} must be ENFORCE: what only watches bounds nothing.`)
}

function underCeiling(
  policy: KeyPolicy | null,
  ceiling: KeyPolicy | null,
  sent: unknown,
  path: string,
): Result<KeyPolicy | null> {
  if (ceiling === null) return ok(policy)
  const own = policy ?? UNRESTRICTED
  const limitPlaces = placesOf(own.limits, sent, 'limits')
  const budgetPlaces = placesOf(own.budgets, sent, 'budgets')
  const problems = problemsOf(
    ...own.limits.map((limit, at) => {
      return checkLimit(limit, `${path}.limits[${limitPlaces[at]}].max`, ceiling.limits)
    }),
    ...own.budgets.map((budget, at) => {
      return checkBudget(budget, `${path}.budgets[${budgetPlaces[at]}].limitUsd`, ceiling.budgets)
    }),
    ...own.budgets.map((budget, at) => {
      return checkUnpriced(budget, `${path}.budgets[${budgetPlaces[at]}].unpriced`, ceiling.budgets)
    }),
    checkCalls(own, ceiling, `${path}.concurrency.maxCalls`),
  )
  if (problems.length > 0) return { ok: false, errors: problems }
  // Read once more, so that the whole is canonical and within the bounds of any policy.
  const whole = {
    ...own,
    limits: [
      ...own.limits,
      ...ceiling.limits.filter((limit) => !own.limits.some((one) => bounds(one, limit))),
    ],
    budgets: [
      ...own.budgets,
      ...ceiling.budgets.filter((budget) => !own.budgets.some((one) => boundsMoney(one, budget))),
    ],
    concurrency:
      own.concurrency?.mode === 'ENFORCE' ? own.concurrency : (ceiling.concurrency ?? own.concurrency),
  }
  return readKeyPolicy(whole, path)
}

function withDefaults(requested: KeyPolicy | null, defaults: KeyPolicy | null): KeyPolicy | null {
  if (requested === null || defaults === null) return requested ?? defaults
  return {
    models: requested.models ?? defaults.models,
    endpoints: requested.endpoints ?? defaults.endpoints,
    addresses: requested.addresses ?? defaults.addresses,
    limits: requested.limits.length > 0 ? requested.limits : defaults.limits,
    concurrency: requested.concurrency ?? defaults.concurrency,
    budgets: requested.budgets.length > 0 ? requested.budgets : defaults.budgets,
    capture: requested.capture ?? defaults.capture,
    sharedObjects: requested.sharedObjects ?? defaults.sharedObjects,
    selfRotation: requested.selfRotation ?? defaults.selfRotation,
  }
}

/** The index of each of these rules in the input, whose order may differ. */
function placesOf(
  rules: readonly (RateLimit | Budget)[],
  sent: unknown,
  list: 'limits' | 'budgets',
): number[] {
  const raw: unknown = typeof sent === 'object' && sent !== null ? Reflect.get(sent, list) : null
  const texts = (Array.isArray(raw) ? raw : []).map((rule: unknown) => {
    const read = readKeyPolicy({ [list]: [rule] })
    return read.ok ? JSON.stringify(read.value?.[list][0]) : null
  })
  return rules.map((rule, at) => {
    const place = texts.indexOf(JSON.stringify(rule))
    return place === -1 ? at : place
  })
}

function checkLimit(limit: RateLimit, field: string, ceilings: RateLimit[]): Result<null> {
  const over = ceilings.find((ceiling) => bounds(limit, ceiling) && limit.max > ceiling.max)
  if (over === undefined) return ok(null)
  return tooHigh(field, `${over.max} ${limit.unit.toLowerCase()} per ${limit.window.toLowerCase()}`, over.max)
}

function checkBudget(budget: Budget, field: string, ceilings: Budget[]): Result<null> {
  const over = ceilings.find((one) => boundsMoney(budget, one) && nano(budget.limitUsd) > nano(one.limitUsd))
  if (over === undefined) return ok(null)
  const most = `${over.limitUsd} US dollars a ${budget.window.toLowerCase()}`
  return tooHigh(field, most, Number(over.limitUsd))
}

/** A budget takes the place of the ceiling's, so it must count every call that the ceiling's budget counts. */
function checkUnpriced(budget: Budget, field: string, ceilings: Budget[]): Result<null> {
  const isOver =
    budget.unpriced === 'ALLOW' && ceilings.some((one) => one.unpriced === 'DENY' && boundsMoney(budget, one))
  if (!isOver) return ok(null)
  const message = `${field} must be DENY: this gateway allows a key no calls whose price is not known. Send DENY, or leave it out.`
  return failed('OUT_OF_RANGE', field, message, null)
}

function checkCalls({ concurrency }: KeyPolicy, ceiling: KeyPolicy, field: string): Result<null> {
  const max = ceiling.concurrency?.maxCalls
  if (max === undefined || concurrency === null || concurrency.mode !== 'ENFORCE') return ok(null)
  return concurrency.maxCalls > max ? tooHigh(field, `${max} calls at once`, max) : ok(null)
}

/** Whether a rule keeps to what the ceiling counts: one in shadow mode does not. */
function bounds(limit: RateLimit, ceiling: RateLimit): boolean {
  const isSame =
    limit.unit === ceiling.unit && limit.window === ceiling.window && limit.model === ceiling.model
  return isSame && limit.mode === 'ENFORCE'
}

/** A budget may have a time zone of its own. */
function boundsMoney(budget: Budget, ceiling: Budget): boolean {
  return budget.window === ceiling.window && budget.model === ceiling.model && budget.mode === 'ENFORCE'
}

function tooHigh(field: string, most: string, max: number): Result<never> {
  return failed(
    'OUT_OF_RANGE',
    field,
    `${field} is above what this gateway allows a key: ${most}. Send that or less.`,
    { max },
  )
}

function nano(usd: string): bigint {
  return nanoUsdOf(usd) ?? 0n
}
