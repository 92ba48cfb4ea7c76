// What a call may cost on any of its candidate routes.
import { MINIMUM_RESERVATION } from '../../domain/policy/judge-call.ts'
import { isEcho } from '../../domain/upstreams/upstream.ts'
import type { BodySize } from '../admission/request-size.ts'
import type { Gateway } from '../gateway.ts'
import type { Route } from '../routing/route-table.ts'
import type { BillableUnits } from './billable-units.ts'
import { Charge } from './charge.ts'
import { costAhead } from './cost-reservation.ts'

type Prices = Pick<Gateway, 'prices'>

/** Null where the prices of all these routes are known; otherwise resolves when they are loaded. Never rejects. */
export function openPrices({ prices }: Prices, candidates: readonly Route[]): Promise<void> | null {
  for (const route of candidates) {
    const opening = prices.opening(route)
    // One catalog serves them all.
    if (opening !== null) return opening
  }
  return null
}

/** What a call on this route is charged by; null: it is free of charge, as every call of the built-in echo is. */
export function chargeOn({ prices }: Prices, route: Route, units: BillableUnits | null): Charge | null {
  return units === null || isEcho(route.upstream) ? null : new Charge(prices, route, units)
}

/** Whether it is known what calls on this route cost. Only after `openPrices`. */
export function isPriced({ prices }: Prices, route: Route): boolean {
  return isEcho(route.upstream) || prices.priceOf(route) !== null
}

/** The cost on the most expensive route, so that a budget holds whichever is taken; null where the price of one is not known. */
export function maxCostOfCandidates(
  { prices }: Prices,
  candidates: readonly Route[],
  units: BillableUnits | null,
  size: BodySize,
): number | null {
  if (units === null) return 0
  let most = 0
  for (const route of candidates) {
    if (isEcho(route.upstream)) continue
    const boundsTools = route.upstream.settings?.kind === 'OPENAI'
    const cost = costAhead(prices.priceOf(route), units, size, route.model, boundsTools)
    if (cost === null) return null
    most = Math.max(most, cost)
  }
  return most
}

/** The same for a session, which is admitted while any budget remains. */
export function sessionCost(gateway: Prices, candidates: readonly Route[]): number | null {
  return candidates.every((route) => isPriced(gateway, route)) ? MINIMUM_RESERVATION : null
}
