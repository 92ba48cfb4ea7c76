// What a call may cost by any of the ways that it may go.
import type { CallError } from '../../domain/errors.ts'
import { MINIMUM_RESERVATION } from '../../domain/policy/judge-call.ts'
import type { Exchange } from '../../http/server/exchange.ts'
import type { GovernedKey } from '../admission/admission.ts'
import { hasBudget, unpricedRefusal } from '../admission/apply-rules.ts'
import type { BodySize } from '../admission/request-size.ts'
import type { Gateway } from '../gateway.ts'
import type { Route } from '../routing/route-table.ts'
import type { BillableUnits } from './billable-units.ts'
import { formRoute } from './charge.ts'
import { costAhead } from './cost-reservation.ts'

type Prices = Pick<Gateway, 'prices'>

/** Null where prices on all of these ways can be told at once; otherwise resolves when they can. Never rejects. */
export function openPrices({ prices }: Prices, candidates: readonly Route[]): Promise<void> | null {
  for (const way of candidates) {
    const opening = prices.opening(way)
    // One catalog serves them all.
    if (opening !== null) return opening
  }
  return null
}

/** The dearest of the ways, so that a budget holds whichever is gone; null where the price of one is not known. */
export function maxCostOfCandidates(
  { prices }: Prices,
  candidates: readonly Route[],
  units: BillableUnits | null,
  size: BodySize,
): number | null {
  if (units === null) return 0
  let most = 0
  for (const way of candidates) {
    const cost = costAhead(prices.priceOf(way), units, size)
    if (cost === null) return null
    most = Math.max(most, cost)
  }
  return most
}

/** The same for a session, which is let in while anything is left. */
export function sessionCost({ prices }: Prices, candidates: readonly Route[]): number | null {
  return candidates.some((way) => prices.priceOf(way) === null) ? null : MINIMUM_RESERVATION
}

/** The refusal of a form whose model has no price, or is not named, by a budget that lets no such calls in. */
export function refusedUnpriced(
  gateway: Gateway,
  key: GovernedKey | null,
  exchange: Exchange,
  route: Route,
  model: string | null,
): CallError | null {
  if (key === null || !hasBudget(key)) return null
  // `''` stands for one that cannot be told.
  const named = model || null
  const priced = named === null ? route : formRoute(gateway, route, named)
  return gateway.prices.priceOf(priced) === null ? unpricedRefusal(key, exchange, named) : null
}
