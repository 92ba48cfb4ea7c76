// The candidate routes of a call: of the route table, those that its key may use and that are available now.
import type { CallError } from '../../domain/errors.ts'
import { allowedRoutes } from '../../domain/policy/judge-call.ts'
import type { GovernedKey } from '../admission/admission.ts'
import type { Gateway } from '../gateway.ts'
import { candidatesWithObjects, type ObjectRoute } from '../objects/named-objects.ts'
import { availableCandidates } from './candidate-routes.ts'
import type { CandidateRoutes, Route } from './route-table.ts'
import type { Session } from './session-key.ts'

/**
 * The candidate routes of a call of this model with this key; an error where none is available now; null where no upstream
 * has the model. `model` null: the call names none. `objects`: the route that has the objects which the call names; without
 * one, `session` decides among equal routes.
 */
export function candidatesFor(
  gateway: Gateway,
  key: GovernedKey | null,
  model: string | null,
  objects: ObjectRoute = null,
  session?: Session,
): CandidateRoutes | CallError | null {
  const candidates = gateway.routes.resolveRoutes(model, objects === null ? session : undefined)
  if (candidates === null) return null
  const having = objects === null ? candidates : candidatesWithObjects(candidates, objects)
  return openCandidates(gateway, having, key, model)
}

/** Those of these candidate routes that this key may use and that are available now; an error where none is. */
export function openCandidates(
  { health, clock }: Gateway,
  candidates: CandidateRoutes,
  key: GovernedKey | null,
  model: string | null,
): CandidateRoutes | CallError {
  return availableCandidates(allowedCandidates(candidates, key, model), health, clock())
}

/** Those that the rule about models of the key allows; allocates nothing where there is no choice. */
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
