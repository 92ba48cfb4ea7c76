// Which ways are open to a call now.
import type { CallError } from '../../domain/errors.ts'
import type { GovernedKey } from '../admission/admission.ts'
import type { Gateway } from '../gateway.ts'
import { allowedWays } from './allowed-routes.ts'
import { chooseWays } from './candidate-routes.ts'
import type { Ways } from './route-table.ts'

/**
 * The ways that a call of this model may go, with this key: an error where none may be gone now; null where no upstream takes
 * it. `model` null: a call that names none.
 */
export function waysFor(
  gateway: Gateway,
  key: GovernedKey | null,
  model: string | null,
): Ways | CallError | null {
  const ways = gateway.routes.waysOf(model)
  return ways === null ? null : openWays(gateway, ways, key, model)
}

/** Those of these ways that may be gone now, with this key; an error where none may. */
export function openWays(
  { health, clock }: Gateway,
  ways: Ways,
  key: GovernedKey | null,
  model: string | null,
): Ways | CallError {
  return chooseWays(allowedWays(ways, key, model), health, clock())
}
