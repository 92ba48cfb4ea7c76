// Which of a call's ways its key's rule about models leaves open.
import { modelRuleOf } from '../../domain/policy/compile-policy.ts'
import type { GovernedKey } from '../admission/admission.ts'
import type { Ways } from './route-table.ts'

/**
 * The ways on which the model has a name, at its upstream, that the key may use: a key comes to no other by chance, or by
 * another way's failure. Where that is none, all of them, so that the rule itself says no.
 */
export function allowedWays(ways: Ways, key: GovernedKey | null, asked: string | null): Ways {
  const turnedAway = key?.policy == null || ways.others.length === 0 ? null : modelRuleOf(key.policy)
  if (turnedAway === null) return ways
  const [first, ...others] = [ways.first, ...ways.others].filter(({ model }) => !turnedAway(asked, model))
  return first === undefined ? ways : { first, others }
}
