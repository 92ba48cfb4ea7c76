// What changes between two policies, as sentences.
import type { BudgetInput, ContentCapture, KeyPolicyInput, RuleMode } from '@latchkey/sdk'
import { formatNumber } from '#lib/format.ts'
import { m } from '#lib/paraglide/messages.js'
import { budgetText, inARow, limitText } from '../policy-text.ts'
import { budgetPlace, limitPlace } from './watch-first.ts'

/** `before` null: the rule is new; `after` null: it is removed. */
export type PolicyChange = { before: string | null; after: string | null }

/** In the order of the form; empty where both say the same. */
export function policyChanges(before: KeyPolicyInput, after: KeyPolicyInput): PolicyChange[] {
  const [from, to] = [sentences(before), sentences(after)]
  const changes: PolicyChange[] = []
  for (const place of new Set([...from.keys(), ...to.keys()])) {
    const change = { before: from.get(place) ?? null, after: to.get(place) ?? null }
    if (change.before !== change.after) changes.push(change)
  }
  return changes
}

/** The rules of a policy by what they are about. */
function sentences(policy: KeyPolicyInput): Map<string, string> {
  const { models, addresses, endpoints, concurrency, budgets, limits, capture } = policy
  const texts = new Map<string, string>()
  const add = (place: string, text: string, mode?: RuleMode | null) =>
    texts.set(place, mode === 'SHADOW' ? m.policy_watched({ rule: text }) : text)
  for (const budget of budgets ?? [])
    add(`budget ${budgetPlace(budget)} ${budget.mode}`, budgetSentence(budget), budget.mode)
  for (const limit of limits ?? [])
    add(`limit ${limitPlace(limit)} ${limit.mode}`, m.policy_at_most({ rule: limitText(limit) }), limit.mode)
  if (concurrency)
    add(
      'concurrency',
      m.policy_at_most({ rule: m.policy_concurrency_short({ max: formatNumber(concurrency.maxCalls) }) }),
      concurrency.mode,
    )
  if (models?.allow?.length) add('models', m.policy_only_models({ names: row(models.allow) }), models.mode)
  if (models?.deny?.length) add('denied', m.policy_but_models({ names: row(models.deny) }), models.mode)
  if (addresses) add('addresses', m.policy_only_addresses({ names: row(addresses.allow) }), addresses.mode)
  if (endpoints) add('endpoints', m.policy_only_endpoints({ names: row(endpoints.allow) }), endpoints.mode)
  if (capture) add('capture', m.policy_keeps({ what: captureText(capture) }))
  if (policy.selfRotation) add('rotation', m.policy_self_rotation())
  if (policy.sharedObjects) add('objects', m.policy_shared_objects())
  return texts
}

function budgetSentence(budget: BudgetInput): string {
  const details = [
    budget.warnAtPercent ? m.policy_warns_at({ percent: formatNumber(budget.warnAtPercent) }) : '',
    budget.unpriced === 'ALLOW' ? m.policy_unpriced_admitted() : '',
    budget.timeZone && budget.timeZone !== 'UTC' ? budget.timeZone : '',
  ].filter(Boolean)
  const text = m.policy_at_most({ rule: budgetText(budget) })
  return details.length > 0 ? `${text} · ${details.join(' · ')}` : text
}

function captureText(capture: ContentCapture): string {
  switch (capture) {
    case 'OFF':
      return m.policy_capture_off()
    case 'METADATA':
      return m.policy_capture_metadata()
    case 'ERRORS':
      return m.policy_capture_errors()
    case 'FULL':
      return m.policy_capture_full()
  }
}

const row = (names: readonly string[]) => inARow(names)
