// Which ways are open to a call now.
import type { CallError } from '../../domain/errors.ts'
import type { GovernedKey } from '../admission/admission.ts'
import type { Gateway } from '../gateway.ts'
import { allowedCandidates } from './allowed-routes.ts'
import { availableCandidates } from './candidate-routes.ts'
import type { CandidateRoutes } from './route-table.ts'

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
