// What a call that was sent to an upstream costs: its usage, at the prices of the route that it went to.
import type { CallRecord, Outcome } from '../../domain/logs/call-record.ts'
import { billedUsage, type UsageDetails } from '../../domain/pricing/billable-usage.ts'
import type { PricedModel } from '../../domain/pricing/prices.ts'
import { type BillableUsage, receiptOf } from '../../domain/pricing/receipt.ts'
import { unpricedTier } from '../../domain/pricing/service-tier.ts'
import { type CountedUnit, receiptText } from '../../domain/pricing/stored-receipt.ts'
import type { OpenedCall } from '../../ledger/journal/line.ts'
import type { ToolUse } from '../metering/read-fees.ts'
import type { Route } from '../routing/route-table.ts'
import type { BillableUnits } from './billable-units.ts'
import type { PriceBook } from './price-book.ts'

/** What the upstream's response reported beside the usage that the record has. */
export type ReportedUnits = {
  details: UsageDetails | null
  items: number | null
  tools: ToolUse | null
  reportedNanoUsd: number | null
}

export const NOTHING_REPORTED: ReportedUnits = {
  details: null,
  items: null,
  tools: null,
  reportedNanoUsd: null,
}

export type Cost = Pick<CallRecord, 'costNanoUsd' | 'receipt' | 'cacheSavedNanoUsd'>

const NO_COST: Cost = { costNanoUsd: null, receipt: null, cacheSavedNanoUsd: null }

/** What one call is charged by: the route of its attempt, and what is billed there. */
export class Charge {
  readonly #prices: PriceBook
  readonly #route: Route
  readonly #units: BillableUnits

  constructor(prices: PriceBook, route: Route, units: BillableUnits) {
    this.#prices = prices
    this.#route = route
    this.#units = units
  }

  /**
   * The cost and its receipt, at the end of the call. A call that its upstream refused, or to which it never responded, has
   * neither; one that was served without reported usage has a receipt without a cost, so that it is counted as unpriced.
   */
  costOf(facts: OpenedCall, reported: ReportedUnits, outcome: Outcome): Cost {
    const isUsed = facts.usageSource !== 'NONE'
    if (!isUsed && outcome === 'ERROR' && (facts.httpStatus ?? 500) >= 400) return NO_COST
    const units = this.#units
    const prices = this.#prices
    const priced = prices.priceOf(this.#route)
    const images = outcome === 'SUCCESS' ? imagesOf(units, reported.items) : null
    const characters = units.kind === 'SPEECH' ? units.count : null
    const usage = billedUsage(
      facts,
      reported.details,
      {
        writes: units.kind !== 'READING',
        images,
        makesImages: units.kind === 'IMAGES',
        characters,
        hidesReasoning: prices.providerOf(this.#route.upstream) === 'google',
      },
      // What is counted is the same in every tier.
      priced === null ? null : priced.prices.base,
    )
    const receipt = receiptOf(usage, reported.details?.convention ?? 'INCLUSIVE', priced, {
      fees: feesOf(priced, reported.tools),
      unpricedTier: unpricedTier(facts.serviceTier),
      reportedNanoUsd: reported.reportedNanoUsd,
    })
    const { costNanoUsd, cacheSavedNanoUsd } = receipt
    return {
      costNanoUsd: costNanoUsd === null ? null : exact(costNanoUsd),
      receipt: receiptText(
        receipt,
        units.kind === 'TEXT'
          ? freeMessages(priced, reported.tools)
          : unbilled(usage, { images, characters }),
      ),
      cacheSavedNanoUsd,
    }
  }
}

/** The images that the response has; where it was too long to be read, the number in the request. */
function imagesOf(units: BillableUnits, inResponse: number | null): number | null {
  return units.kind === 'IMAGES' ? (inResponse ?? units.count) : null
}

const NOT_BILLED: CountedUnit[] = []

/** Images and characters of a call that is billed by tokens. */
function unbilled(
  billed: BillableUsage,
  { images, characters }: Pick<BillableUsage, 'images' | 'characters'>,
): CountedUnit[] {
  const counted: CountedUnit[] = []
  if (billed.images === null && images !== null && images > 0) counted.push(['image', images])
  if (billed.characters === null && characters !== null && characters > 0)
    counted.push(['character', characters])
  return counted
}

const NO_FEES: ToolUse = {}

/** Text messages of a session have a fee where they have a price, and are else counted beside what is billed. */
function freeMessages(priced: PricedModel | null, tools: ToolUse | null): CountedUnit[] {
  const messages = tools?.textMessage ?? 0
  return messages > 0 && priced?.prices.base.textMessage === undefined
    ? [['textMessage', messages]]
    : NOT_BILLED
}

/** The tools that the response reports, and what is due in each call. */
function feesOf(priced: PricedModel | null, used: ToolUse | null): ToolUse {
  const tools = freeMessages(priced, used) === NOT_BILLED ? used : { ...used, textMessage: 0 }
  const eachSearches = priced?.searchesEachCall === true
  const eachPays = priced?.prices.base.request !== undefined
  if (!eachSearches && !eachPays) return tools ?? NO_FEES
  return {
    ...tools,
    ...(eachPays && { request: 1 }),
    ...(eachSearches && { webSearch: Math.max(1, tools?.webSearch ?? 0) }),
  }
}

/** Null above 2^53 nano-dollars, some nine million dollars: for one call that is an error of the upstream. */
function exact(nanoUsd: bigint): number | null {
  return nanoUsd <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(nanoUsd) : null
}
