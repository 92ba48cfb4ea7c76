// Which ways are open to a call now.
import type { CallError } from '../../domain/errors.ts'
import { allowedRoutes } from '../../domain/policy/judge-call.ts'
import type { GovernedKey } from '../admission/admission.ts'
import type { Gateway } from '../gateway.ts'
import { availableCandidates } from './candidate-routes.ts'
import type { CandidateRoutes, Route } from './route-table.ts'

/**
 * The ways that a call of this model may go, with this key: an error where none may be gone now; null where no upstream takes
 * it. `model` null: a call that names none.
 */
export function candidatesFor(
  gateway: Gateway,
  key: GovernedKey | null,
  model: string | null,
): CandidateRoutes | CallError | null {
  const candidates = gateway.routes.resolveRoutes(model)
  return candidates === null ? null : openCandidates(gateway, candidates, key, model)
}

/** Those of these ways that may be gone now, with this key; an error where none may. */
export function openCandidates(
  { health, clock }: Gateway,
  candidates: CandidateRoutes,
  key: GovernedKey | null,
  model: string | null,
): CandidateRoutes | CallError {
  return availableCandidates(allowedCandidates(candidates, key, model), health, clock())
}

/** Those that the rule about models of the key leaves to this call; makes nothing where there is no choice. */
function allowedCandidates(
  candidates: CandidateRoutes,
  key: GovernedKey | null,
  model: string | null,
): CandidateRoutes {
  if (key?.policy == null || candidates.others.length === 0) return candidates
  const all = [candidates.first, ...candidates.others]
  const allowed = allowedRoutes(all, key.policy, model, modelOf)
  const [first, ...others] = allowed
  return allowed === all || first === undefined ? candidates : { first, others }
}

function modelOf({ model }: Route): string | null {
  return model
}
