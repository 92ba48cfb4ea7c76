// Budgets that are nearly spent, and those that will be before their window ends.
import { thresholdOf } from '../../../domain/alerts/rules/alert-kinds.ts'
import type { Finding, Judgement } from '../../../domain/alerts/rules/plan-changes.ts'
import { usdOf } from '../../../domain/pricing/money.ts'
import { type ActiveRule, type AlertRound, keysOf } from './alert-round.ts'
import type { BudgetState } from './budget-state.ts'

// Before a tenth of the window has passed, one large call would project to ten of them.
const PACE_FROM = 0.1

/** Keys, owners and labels with a budget that is spent to the rule's percentage. */
export async function judgeBudgetSpent(round: AlertRound, rule: ActiveRule): Promise<Judgement> {
  const percent = thresholdOf(rule.kind, rule.thresholds, 'percent')
  const { states, complete } = await round.budgets(keysOf(rule.scope))
  const findings = states.flatMap((state) => {
    const { spentNanoUsd, limitNanoUsd } = state
    if (spentNanoUsd <= 0 && limitNanoUsd > 0) return []
    if (spentNanoUsd * 100 < limitNanoUsd * percent) return []
    return [finding(state, `${shareOf(spentNanoUsd, limitNanoUsd)} of ${nameOf(state)} is spent`)]
  })
  return { findings: worstByTarget(findings), complete }
}

/** Those that, spending on as they have in this window, will have spent the rule's percentage of a budget at its end. */
export async function judgeSpendPace(round: AlertRound, rule: ActiveRule): Promise<Judgement> {
  const percent = thresholdOf(rule.kind, rule.thresholds, 'percent')
  const { states, complete } = await round.budgets(keysOf(rule.scope))
  const findings = states.flatMap((state) => {
    const { window, spentNanoUsd, limitNanoUsd } = state
    const passed = (round.nowMs - window.startMs) / (window.endMs - window.startMs)
    // A budget of a key's whole life has no end to project to.
    if (!(passed >= PACE_FROM) || spentNanoUsd <= 0) return []
    const projected = Math.round(spentNanoUsd / passed)
    if (projected * 100 < limitNanoUsd * percent) return []
    const pace = `At its pace ${shareOf(projected, limitNanoUsd)} of ${nameOf(state)} will be spent`
    return [finding(state, `${pace} by ${new Date(window.endMs).toISOString().slice(0, 16)}Z`)]
  })
  return { findings: worstByTarget(findings), complete }
}

function finding({ target, name, spentNanoUsd, limitNanoUsd }: BudgetState, what: string) {
  const spent = `${usdOf(BigInt(spentNanoUsd))} of ${usdOf(BigInt(limitNanoUsd))} USD`
  return {
    target,
    label: name,
    message: `${what} (${spent} so far).`,
    share: limitNanoUsd === 0 ? Number.POSITIVE_INFINITY : spentNanoUsd / limitNanoUsd,
  }
}

/** One alert each: about the budget that is spent most. */
function worstByTarget(findings: (Finding & { share: number })[]): Finding[] {
  const worst = new Map<string, Finding & { share: number }>()
  for (const one of findings) {
    const known = worst.get(one.target)
    if (known === undefined || one.share > known.share) worst.set(one.target, one)
  }
  return [...worst.values()].map(({ target, label, message }) => ({ target, label, message }))
}

function nameOf({ budget: { window, model } }: BudgetState): string {
  const name = window === 'TOTAL' ? 'the budget in all' : `the budget of the ${window.toLowerCase()}`
  return model === null ? name : `${name} for ${model}`
}

function shareOf(part: number, whole: number): string {
  return whole === 0 ? '100 %' : `${Math.floor((part / whole) * 100)} %`
}
