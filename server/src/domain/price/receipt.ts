// What one call cost: usage times prices, exact, with everything that is needed to check it later.
import { type PricedModel, type PriceSource, type PriceUnit, priceOf, pricesFor } from './prices.ts'

/**
 * How an upstream counts. INCLUSIVE, as OpenAI: cached, written and audio tokens are part of the input tokens, reasoning
 * and audio part of the output tokens. EXCLUSIVE, as Anthropic: the input tokens are those besides the cache's; output
 * tokens hold the reasoning there too.
 * https://platform.openai.com/docs/guides/prompt-caching, https://platform.claude.com/docs/en/build-with-claude/prompt-caching
 */
export type UsageConvention = 'INCLUSIVE' | 'EXCLUSIVE'

/** What an upstream counted; null: not told. */
export type BillableUsage = {
  inputTokens: number | null
  cachedInputTokens: number | null
  cacheWriteTokens: number | null
  inputAudioTokens: number | null
  outputTokens: number | null
  reasoningTokens: number | null
  outputAudioTokens: number | null
  images: number | null
  seconds: number | null
  characters: number | null
}

/** One line: so many units, at so much nano-USD for a million. */
export type ReceiptLine = { unit: PriceUnit; quantity: number; nanoUsdPerMillion: number | null }

/** Plain data but for `costNanoUsd`, which JSON has no number for. */
export type Receipt = {
  /** Null where it cannot be known: no price, none for a unit that was used, or nothing was counted. Never a free call. */
  costNanoUsd: bigint | null
  /** Null where the model has no price. */
  source: PriceSource | null
  convention: UsageConvention
  lines: ReceiptLine[]
}

/**
 * The receipt of a call. Lines are exact and only their sum is rounded, half up, to a nano-dollar. Quantities keep six
 * decimals, for seconds.
 */
export function receiptOf(
  usage: BillableUsage,
  convention: UsageConvention,
  model: PricedModel | null,
): Receipt {
  const quantities = quantitiesOf(usage, convention)
  const prices = model === null ? {} : pricesFor(model.prices, contextTokens(usage, convention))
  const lines = quantities.map(([unit, quantity]) => ({
    unit,
    quantity,
    nanoUsdPerMillion: priceOf(prices, unit),
  }))
  const source = model?.source ?? null
  return { costNanoUsd: isCounted(usage) ? sum(lines) : null, source, convention, lines }
}

/** The lines' sum; null where one has no price. */
function sum(lines: ReceiptLine[]): bigint | null {
  let total = 0n
  for (const { quantity, nanoUsdPerMillion } of lines) {
    if (nanoUsdPerMillion === null) return null
    total += BigInt(Math.round(quantity * 1e6)) * BigInt(nanoUsdPerMillion)
  }
  const perNano = 1_000_000_000_000n
  return (total + perNano / 2n) / perNano
}

/** Units without those of which none were used. Parts never make a whole negative, whatever an upstream counts. */
function quantitiesOf(usage: BillableUsage, convention: UsageConvention): [PriceUnit, number][] {
  const { inputTokens, outputTokens } = usage
  const cached = usage.cachedInputTokens ?? 0
  const written = usage.cacheWriteTokens ?? 0
  const heard = usage.inputAudioTokens ?? 0
  const thought = usage.reasoningTokens ?? 0
  const spoken = usage.outputAudioTokens ?? 0
  const besideInput = convention === 'INCLUSIVE' ? cached + written + heard : heard
  const all: [PriceUnit, number][] = [
    ['inputToken', Math.max(0, (inputTokens ?? 0) - besideInput)],
    ['cachedInputToken', cached],
    ['cacheWriteToken', written],
    ['inputAudioToken', heard],
    ['outputToken', Math.max(0, (outputTokens ?? 0) - thought - spoken)],
    ['reasoningToken', thought],
    ['outputAudioToken', spoken],
    ['image', usage.images ?? 0],
    ['second', usage.seconds ?? 0],
    ['character', usage.characters ?? 0],
  ]
  return all.filter(([, quantity]) => quantity > 0)
}

/** What long-context prices go by: all that the model read. */
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
