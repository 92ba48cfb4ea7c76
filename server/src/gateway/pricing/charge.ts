// What a call that was sent to an upstream cost: its usage, at the prices of where it went.
import type { CallRecord, Outcome } from '../../domain/logs/call-record.ts'
import { paidUsage, type UsageDetails } from '../../domain/pricing/billable-usage.ts'
import { receiptOf } from '../../domain/pricing/receipt.ts'
import { receiptText } from '../../domain/pricing/stored-receipt.ts'
import type { OpenedCall } from '../../ledger/journal/line.ts'
import type { Gateway } from '../gateway.ts'
import type { Route } from '../routing/route-table.ts'
import type { BillableUnits } from './billable-units.ts'
import type { PricedRoute } from './price-book.ts'

/** What a call is charged by. */
export type Charge = { gateway: Pick<Gateway, 'prices' | 'routes'>; route: Route; units: BillableUnits }

/** What its answer told beside the usage of the record. */
export type ReportedUnits = { details: UsageDetails | null; items: number | null }

export type Cost = Pick<CallRecord, 'costNanoUsd' | 'receipt'>

/** Of a call that nothing is charged for: it went nowhere, was refused, or is of a kind that is not metered. */
export const NO_COST: Cost = { costNanoUsd: null, receipt: null }

/**
 * The cost and its receipt. A call that its upstream refused, or never answered, has neither; one that was answered without
 * telling its usage has a receipt without a cost, so that it is counted as unpriced.
 */
export function costOf(charge: Charge, facts: OpenedCall, told: ReportedUnits, outcome: Outcome): Cost {
  const isUsed = facts.usageSource !== 'NONE'
  if (!isUsed && outcome === 'ERROR' && (facts.httpStatus ?? 500) >= 400) return NO_COST
  const { gateway, units, route } = charge
  const priced = gateway.prices.priceOf(pricedRoute(charge, facts.requestedModel))
  const usage = paidUsage(
    facts,
    told.details,
    {
      writes: units.kind !== 'READING',
      images: outcome === 'SUCCESS' ? imagesOf(units, told.items) : null,
      characters: units.kind === 'SPEECH' ? units.count : null,
      hidesReasoning: gateway.prices.providerOf(route.upstream) === 'google',
    },
    // What is counted is the same in every tier.
    priced === null ? null : priced.prices.base,
  )
  const receipt = receiptOf(usage, told.details?.convention ?? 'INCLUSIVE', priced)
  const { costNanoUsd } = receipt
  return {
    costNanoUsd: costNanoUsd === null ? null : exact(costNanoUsd),
    receipt: receiptText(receipt),
  }
}

/** A form names its model on its way, after it has been routed: its price is that of the model it names. */
function pricedRoute({ gateway, route, units }: Charge, requestedModel: string | null): PricedRoute {
  if (units.kind !== 'FORM' || requestedModel === null) return route
  return formRoute(gateway, route, requestedModel)
}

/** Those that came; where the answer was too long to be read, those that were asked for. */
function imagesOf(units: BillableUnits, came: number | null): number | null {
  if (units.kind === 'FORM') return came
  return units.kind === 'IMAGES' ? (came ?? units.count) : null
}

/** The price that a form's model has where the form goes. */
export function formRoute(
  { routes }: Pick<Gateway, 'routes'>,
  { upstream }: Route,
  model: string,
): PricedRoute {
  const price = routes.resolveRoutes(model)?.first.price
  return { upstream, model, ...(price === undefined ? {} : { price }) }
}

/** Nine million dollars for one call are no cost, but a mistake of the upstream's. */
function exact(nanoUsd: bigint): number | null {
  return nanoUsd <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(nanoUsd) : null
}
