// Which of a call's ways its key's rule about models leaves open.
import { modelRuleOf } from '../../domain/policy/compile-policy.ts'
import type { GovernedKey } from '../admission/admission.ts'
import type { CandidateRoutes } from './route-table.ts'

/**
 * The ways on which the model has a name, at its upstream, that the key may use: a key comes to no other by chance, or by
 * another way's failure. Where that is none, all of them, so that the rule itself says no.
 */
export function allowedCandidates(
  candidates: CandidateRoutes,
  key: GovernedKey | null,
  requested: string | null,
): CandidateRoutes {
  const turnedAway = key?.policy == null || candidates.others.length === 0 ? null : modelRuleOf(key.policy)
  if (turnedAway === null) return candidates
  const [first, ...others] = [candidates.first, ...candidates.others].filter(
    ({ model }) => !turnedAway(requested, model),
  )
  return first === undefined ? candidates : { first, others }
}
