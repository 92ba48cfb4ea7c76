// What a call would cost at other prices, by what its receipt has counted.
import type { BilledUnit } from '../endpoints/endpoints.ts'
import type { CallRecord } from '../logs/call-record.ts'
import { NO_TOKENS } from './billable-usage.ts'
import {
  CACHED_UNITS,
  FEE_UNITS,
  type FeeUnit,
  INPUT_UNITS,
  OUTPUT_UNITS,
  type PricedModel,
  type PriceUnit,
  type UnitPrices,
} from './prices.ts'
import { type BillableUsage, type Receipt, receiptOf } from './receipt.ts'
import type { CountedUnit, StoredReceipt } from './stored-receipt.ts'

/** The columns of a request log that decide how its receipt is read. */
export type CountedCall = Pick<CallRecord, 'outcome' | 'inputTokens' | 'outputTokens'>

/**
 * The receipt of a call at the prices of `priced`; null where they do not tell what it cost: there are none, one of a unit is missing, or
 * they are by a unit that the first receipt has not counted. `also`: what it has counted beside its lines. `bills`: what its endpoint is
 * billed by.
 */
export function recalculatedReceipt(
  call: CountedCall,
  first: StoredReceipt,
  also: readonly CountedUnit[],
  priced: PricedModel | null,
  bills: BilledUnit | null,
): (Receipt & { costNanoUsd: bigint }) | null {
  if (priced === null) return null
  const counted = new Map([...also, ...first.lines.map(({ unit, quantity }) => [unit, quantity] as const)])
  const usage = usageIn(call, counted, priced.prices.base, bills)
  if (usage === null) return null
  const receipt = receiptOf(usage, 'INCLUSIVE', priced, {
    fees: feesAt(counted, priced),
    unpricedTier: first.unpricedTier,
    reportedNanoUsd: null,
  })
  const { costNanoUsd } = receipt
  return costNanoUsd === null ? null : { ...receipt, convention: first.convention, costNanoUsd }
}

const OWN_UNITS = ['image', 'second', 'character'] as const
type OwnUnit = (typeof OWN_UNITS)[number]

/** What an endpoint may be billed by in place of tokens, or beside them. */
const OWN_UNIT_OF: Record<BilledUnit, OwnUnit | null> = {
  TEXT: null,
  READING: null,
  IMAGES: 'image',
  SPEECH: 'character',
  AUDIO: 'second',
  VIDEO: 'second',
}

/**
 * The lines of a receipt as usage that has the same lines: each token once, whatever the convention was, with all of them in the sums, by
 * which long-context prices go. Of tokens and units of their own it has those that billedUsage bills at these prices; null where the receipt
 * has not counted them, since nothing had a price by them then.
 */
function usageIn(
  { outcome, inputTokens, outputTokens }: CountedCall,
  counted: ReadonlyMap<PriceUnit, number>,
  prices: UnitPrices,
  bills: BilledUnit | null,
): BillableUsage | null {
  const of = (unit: PriceUnit) => counted.get(unit) ?? 0
  const ownUnit = OWN_UNIT_OF[bills ?? 'TEXT']
  const isOwnDue = ownUnit !== 'image' || outcome === 'SUCCESS'
  if (ownUnit !== null && prices[ownUnit] !== undefined && !counted.has(ownUnit) && isOwnDue) return null
  const sumOf = (units: readonly PriceUnit[]) => units.reduce((sum, unit) => sum + of(unit), 0)
  const [input, output] = [sumOf(INPUT_UNITS), sumOf(OUTPUT_UNITS)]
  // As billable-usage.ts has it: where images have a price apart, all that a maker of images writes is theirs.
  const isAllDrawn =
    bills === 'IMAGES' && prices.outputImageToken !== undefined && !counted.has('outputImageToken')
  const isReported = inputTokens !== null
  const own = (unit: OwnUnit) =>
    prices[unit] !== undefined || !isReported ? (counted.get(unit) ?? null) : null
  const units = { images: own('image'), seconds: own('second'), characters: own('character') }
  const hasOwn = OWN_UNITS.some((unit) => own(unit) !== null)
  const hasTokenPrice = prices.inputToken !== undefined || prices.outputToken !== undefined
  if (!isReported || (hasOwn && !hasTokenPrice)) return { ...NO_TOKENS, ...units }
  const areLeftOut = input + output === 0 && inputTokens + (outputTokens ?? 0) > 0
  if (areLeftOut && hasTokenPrice) return null
  return {
    inputTokens: input,
    cachedInputTokens: sumOf(CACHED_UNITS),
    cachedAudioTokens: of('cachedInputAudioToken'),
    cachedImageTokens: of('cachedInputImageToken'),
    cacheWriteTokens: of('cacheWriteToken') + of('cacheWrite1hToken'),
    cacheWrite1hTokens: of('cacheWrite1hToken'),
    inputAudioTokens: of('inputAudioToken'),
    inputImageTokens: of('inputImageToken'),
    inputVideoTokens: of('inputVideoToken'),
    // Of an endpoint that only reads, a response need not report any.
    outputTokens: outputTokens === null && bills !== 'READING' ? null : output,
    reasoningTokens: of('reasoningToken'),
    outputAudioTokens: of('outputAudioToken'),
    outputImageTokens: isAllDrawn ? output - of('reasoningToken') : of('outputImageToken'),
    outputVideoTokens: of('outputVideoToken'),
    ...units,
  }
}

/** The tools that were counted, and what is due in each call at these prices. */
function feesAt(counted: ReadonlyMap<PriceUnit, number>, { prices, searchesEachCall }: PricedModel) {
  const fees: Partial<Record<FeeUnit, number>> = {}
  for (const unit of FEE_UNITS) {
    const isFree = unit === 'request' || (unit === 'textMessage' && prices.base.textMessage === undefined)
    const quantity = isFree ? 0 : (counted.get(unit) ?? 0)
    if (quantity > 0) fees[unit] = quantity
  }
  if (prices.base.request !== undefined) fees.request = 1
  if (searchesEachCall === true) fees.webSearch = Math.max(1, fees.webSearch ?? 0)
  return fees
}
