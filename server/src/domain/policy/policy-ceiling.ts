// What the settings say of the policies of new keys: what they get by themselves, and what they may have at most.
import { failed, ok, problemsOf, type Result } from '../user-error.ts'
import { type Budget, type KeyPolicy, type RateLimit, UNRESTRICTED } from './key-policy.ts'
import { nanoUsdOf } from './money.ts'
import { readKeyPolicy } from './read-key-policy.ts'

/** Both in canonical form (`readKeyPolicy`). Null: nothing by itself; no ceiling. */
export type PolicySettings = {
  /** Each part is given to keys that do not bring it themselves. */
  defaults: KeyPolicy | null
  /** No key may have more: its limits, budgets and calls at once are the most that a key's own may be. */
  ceiling: KeyPolicy | null
}

/**
 * The policy of a new key: what was asked for (canonical), with the settings' defaults for the parts that it leaves out,
 * and with those rules of the ceiling that it has none for. Every number above the ceiling is named.
 */
export function policyOfNewKey(asked: KeyPolicy | null, settings: PolicySettings): Result<KeyPolicy | null> {
  const policy = withDefaults(asked, settings.defaults)
  const { ceiling } = settings
  if (ceiling === null) return ok(policy)
  const own = policy ?? UNRESTRICTED
  const problems = problemsOf(
    ...own.limits.map((limit, at) => checkLimit(limit, at, ceiling.limits)),
    ...own.budgets.map((budget, at) => checkBudget(budget, at, ceiling.budgets)),
    checkCalls(own, ceiling),
  )
  if (problems.length > 0) return { ok: false, errors: problems }
  // Read once more, so that the whole is canonical and within the bounds of any policy.
  return readKeyPolicy({
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
  })
}

function withDefaults(asked: KeyPolicy | null, defaults: KeyPolicy | null): KeyPolicy | null {
  if (asked === null || defaults === null) return asked ?? defaults
  return {
    models: asked.models ?? defaults.models,
    endpoints: asked.endpoints ?? defaults.endpoints,
    addresses: asked.addresses ?? defaults.addresses,
    limits: asked.limits.length > 0 ? asked.limits : defaults.limits,
    concurrency: asked.concurrency ?? defaults.concurrency,
    budgets: asked.budgets.length > 0 ? asked.budgets : defaults.budgets,
    capture: asked.capture ?? defaults.capture,
  }
}

function checkLimit(limit: RateLimit, at: number, ceilings: RateLimit[]): Result<null> {
  const over = ceilings.find((ceiling) => bounds(limit, ceiling) && limit.max > ceiling.max)
  if (over === undefined) return ok(null)
  const what = `${limit.unit.toLowerCase()} per ${limit.window.toLowerCase()}`
  return tooHigh(`policy.limits[${at}].max`, `${over.max} ${what}`)
}

function checkBudget(budget: Budget, at: number, ceilings: Budget[]): Result<null> {
  const over = ceilings.find((one) => boundsMoney(budget, one) && nano(budget.limitUsd) > nano(one.limitUsd))
  if (over === undefined) return ok(null)
  return tooHigh(
    `policy.budgets[${at}].limitUsd`,
    `${over.limitUsd} US dollars a ${budget.window.toLowerCase()}`,
  )
}

function checkCalls({ concurrency }: KeyPolicy, ceiling: KeyPolicy): Result<null> {
  const max = ceiling.concurrency?.maxCalls
  if (max === undefined || concurrency === null || concurrency.mode !== 'ENFORCE') return ok(null)
  return concurrency.maxCalls > max
    ? tooHigh('policy.concurrency.maxCalls', `${max} calls at once`)
    : ok(null)
}

/** Whether a rule keeps to what the ceiling counts: one that only watches does not. */
function bounds(limit: RateLimit, ceiling: RateLimit): boolean {
  const isSame =
    limit.unit === ceiling.unit && limit.window === ceiling.window && limit.model === ceiling.model
  return isSame && enforcesLike(limit, ceiling)
}

/** A budget may have a time zone of its own. */
function boundsMoney(budget: Budget, ceiling: Budget): boolean {
  return budget.window === ceiling.window && budget.model === ceiling.model && enforcesLike(budget, ceiling)
}

function enforcesLike(rule: RateLimit | Budget, ceiling: RateLimit | Budget): boolean {
  return rule.mode === 'ENFORCE' || ceiling.mode === 'SHADOW'
}

function tooHigh(field: string, most: string): Result<never> {
  return failed(
    'OUT_OF_RANGE',
    field,
    `${field} is above what this gateway allows a key: ${most}. Send that or less.`,
  )
}

function nano(usd: string): bigint {
  return nanoUsdOf(usd) ?? 0n
}
