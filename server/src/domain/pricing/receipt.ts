// What one call cost: usage times prices, exact, with everything that is needed to check it later.
import {
  FEE_UNITS,
  type FeeUnit,
  type PricedModel,
  type PriceSource,
  type PriceUnit,
  priceOf,
  pricesFor,
  type UnitPrices,
} from './prices.ts'

/**
 * How an upstream counts. INCLUSIVE, as OpenAI: cached, written, audio, image and video tokens are part of the input tokens,
 * reasoning, audio, images and videos part of the output tokens. EXCLUSIVE, as Anthropic: the input tokens are those besides the cache's; output
 * tokens hold the reasoning there too.
 * https://platform.openai.com/docs/guides/prompt-caching, https://platform.claude.com/docs/en/build-with-claude/prompt-caching
 */
export type UsageConvention = 'INCLUSIVE' | 'EXCLUSIVE'

/** What an upstream counted; null: not reported. */
export type BillableUsage = {
  inputTokens: number | null
  cachedInputTokens: number | null
  /** The parts of those that are audio, and images, where they are told apart. */
  cachedAudioTokens: number | null
  cachedImageTokens: number | null
  cacheWriteTokens: number | null
  /** The part of those that is kept for an hour. */
  cacheWrite1hTokens: number | null
  inputAudioTokens: number | null
  inputImageTokens: number | null
  inputVideoTokens: number | null
  outputTokens: number | null
  reasoningTokens: number | null
  outputAudioTokens: number | null
  outputImageTokens: number | null
  outputVideoTokens: number | null
  images: number | null
  seconds: number | null
  characters: number | null
}

/** One line: so many units, at so much nano-USD for a million. */
export type ReceiptLine = { unit: PriceUnit; quantity: number; nanoUsdPerMillion: number | null }

/** What is billed beside the usage. */
export type BilledBeside = {
  /** How many of each fee. */
  fees: Partial<Record<FeeUnit, number>>
  /** A service tier whose price is not known; null: the call costs what is listed. */
  unpricedTier: string | null
  /** Whole nano-dollars, as the upstream says; null: it does not. */
  reportedNanoUsd: number | null
}

export const NOTHING_BESIDE: BilledBeside = { fees: {}, unpricedTier: null, reportedNanoUsd: null }

/** Plain data but for `costNanoUsd`, which JSON has no number for. */
export type Receipt = {
  /**
   * Null where it cannot be known: no price, none for a unit that was used or for the service tier, or nothing was counted.
   * Never a free call.
   */
  costNanoUsd: bigint | null
  /** Whole nano-dollars, 0 or more, that the cached input tokens cost less than other input; null: none, or it is not known. */
  cacheSavedNanoUsd: number | null
  /** Null where the model has no price. */
  source: PriceSource | null
  convention: UsageConvention
  /** The service tier that the prices do not hold for; null: they do. */
  unpricedTier: string | null
  lines: ReceiptLine[]
}

/**
 * The receipt of a call. Where its cost cannot be known by prices, it is what the upstream reported. Lines are exact and only their total is rounded, half up, to a nano-dollar. Quantities keep six
 * decimals, for seconds.
 */
export function receiptOf(
  usage: BillableUsage,
  convention: UsageConvention,
  model: PricedModel | null,
  { fees, unpricedTier, reportedNanoUsd }: BilledBeside = NOTHING_BESIDE,
): Receipt {
  const prices = model === null ? {} : pricesFor(model.prices, contextTokens(usage, convention))
  const lines = linesOf(usage, convention, unpricedTier === null ? prices : {})
  for (const unit of FEE_UNITS) {
    const quantity = fees[unit] ?? 0
    if (quantity > 0) lines.push({ unit, quantity, nanoUsdPerMillion: priceOf(prices, unit) })
  }
  const costNanoUsd = isCounted(usage) ? sum(lines) : null
  if (costNanoUsd === null && reportedNanoUsd !== null) {
    const counted = lines.map((line) => ({ ...line, nanoUsdPerMillion: null }))
    const source = { kind: 'UPSTREAM' } as const
    return {
      costNanoUsd: BigInt(reportedNanoUsd),
      cacheSavedNanoUsd: null,
      source,
      convention,
      unpricedTier,
      lines: counted,
    }
  }
  const cacheSavedNanoUsd = costNanoUsd === null ? null : cacheSaved(lines, prices)
  return { costNanoUsd, cacheSavedNanoUsd, source: model?.source ?? null, convention, unpricedTier, lines }
}

/** What is cached of each unit. */
const CACHED = [
  ['cachedInputToken', 'inputToken'],
  ['cachedInputAudioToken', 'inputAudioToken'],
  ['cachedInputImageToken', 'inputImageToken'],
] as const

/** What the cached tokens cost less at these prices than other input of their kind would. */
function cacheSaved(lines: ReceiptLine[], prices: UnitPrices): number | null {
  let saved: number | null = null
  for (const [unit, plain] of CACHED) {
    const tokens = lines.find((line) => line.unit === unit)?.quantity ?? 0
    const [full, cached] = [priceOf(prices, plain), priceOf(prices, unit)]
    if (tokens === 0 || full === null || cached === null || full < cached) continue
    saved = (saved ?? 0) + tokens * (full - cached)
  }
  // Beyond 2^53 the millionth of a nano-dollar is lost: of nine dollars.
  return saved === null ? null : Math.min(Number.MAX_SAFE_INTEGER, Math.round(saved / MILLION))
}

/** Why a cost is not known. */
export const UNKNOWN_COST_REASONS = ['NO_PRICE', 'SERVICE_TIER', 'UNIT_WITHOUT_PRICE', 'NOT_COUNTED'] as const
export type UnknownCostReason = (typeof UNKNOWN_COST_REASONS)[number]

/** The reason for a receipt whose call has no cost. */
export function unknownCostReason({
  source,
  unpricedTier,
  lines,
}: Pick<Receipt, 'source' | 'unpricedTier' | 'lines'>): UnknownCostReason {
  // What has not been counted has no cost at any price.
  if (source === null) return lines.length === 0 ? 'NOT_COUNTED' : 'NO_PRICE'
  if (unpricedTier !== null) return 'SERVICE_TIER'
  return lines.some(({ nanoUsdPerMillion }) => nanoUsdPerMillion === null)
    ? 'UNIT_WITHOUT_PRICE'
    : 'NOT_COUNTED'
}

const MILLION = 1_000_000

/** The total of the lines; null where one has no price. */
function sum(lines: ReceiptLine[]): bigint | null {
  // Of a million nano-dollars: whole units alone, as nearly always, are whole numbers of them.
  let total = 0
  for (const { quantity, nanoUsdPerMillion } of lines) {
    if (nanoUsdPerMillion === null) return null
    total += quantity * nanoUsdPerMillion
    if (!Number.isInteger(quantity) || total > Number.MAX_SAFE_INTEGER - MILLION) return exactTotal(lines)
  }
  const halfUp = total + MILLION / 2
  return BigInt((halfUp - (halfUp % MILLION)) / MILLION)
}

/** The same for parts of units, and for totals beyond 2^53-1. */
function exactTotal(lines: ReceiptLine[]): bigint | null {
  let total = 0n
  for (const { quantity, nanoUsdPerMillion } of lines) {
    if (nanoUsdPerMillion === null) return null
    total += BigInt(Math.round(quantity * 1e6)) * BigInt(nanoUsdPerMillion)
  }
  const perNano = 1_000_000_000_000n
  return (total + perNano / 2n) / perNano
}

/** Units without those of which none were used. Subtracting parts never makes a count negative, whatever an upstream counts. */
function linesOf(usage: BillableUsage, convention: UsageConvention, prices: UnitPrices): ReceiptLine[] {
  const { inputTokens, outputTokens } = usage
  const cached = usage.cachedInputTokens ?? 0
  const reheard = Math.min(cached, usage.cachedAudioTokens ?? 0)
  const reseen = Math.min(cached - reheard, usage.cachedImageTokens ?? 0)
  const written = usage.cacheWriteTokens ?? 0
  const writtenFor1h = Math.min(written, usage.cacheWrite1hTokens ?? 0)
  const heard = usage.inputAudioTokens ?? 0
  const thought = usage.reasoningTokens ?? 0
  const seen = usage.inputImageTokens ?? 0
  const watched = usage.inputVideoTokens ?? 0
  const spoken = usage.outputAudioTokens ?? 0
  const drawn = usage.outputImageTokens ?? 0
  const filmed = usage.outputVideoTokens ?? 0
  const media = heard + seen + watched
  const besideInput = convention === 'INCLUSIVE' ? cached + written + media : media
  const lines: ReceiptLine[] = []
  const add = (unit: PriceUnit, quantity: number) => {
    if (quantity > 0) lines.push({ unit, quantity, nanoUsdPerMillion: priceOf(prices, unit) })
  }
  add('inputToken', (inputTokens ?? 0) - besideInput)
  add('cachedInputToken', cached - reheard - reseen)
  add('cachedInputAudioToken', reheard)
  add('cachedInputImageToken', reseen)
  add('cacheWriteToken', written - writtenFor1h)
  add('cacheWrite1hToken', writtenFor1h)
  add('inputAudioToken', heard)
  add('inputImageToken', seen)
  add('inputVideoToken', watched)
  add('outputToken', (outputTokens ?? 0) - thought - spoken - drawn - filmed)
  add('reasoningToken', thought)
  add('outputAudioToken', spoken)
  add('outputImageToken', drawn)
  add('outputVideoToken', filmed)
  add('image', usage.images ?? 0)
  add('second', usage.seconds ?? 0)
  add('character', usage.characters ?? 0)
  return lines
}

/** What decides about long-context prices: all input tokens. */
function contextTokens(usage: BillableUsage, convention: UsageConvention): number {
  const input = usage.inputTokens ?? 0
  if (convention === 'INCLUSIVE') return input
  return input + (usage.cachedInputTokens ?? 0) + (usage.cacheWriteTokens ?? 0)
}

/** A count of 0 is one; half of a count (input without output) is not enough to name a cost. */
function isCounted({ inputTokens, outputTokens, images, seconds, characters }: BillableUsage): boolean {
  if (images !== null || seconds !== null || characters !== null) return true
  return inputTokens !== null && outputTokens !== null
}
