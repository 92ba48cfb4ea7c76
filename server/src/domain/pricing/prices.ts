// What a model costs: prices by unit, in integers.

/** The billed units. The tokens of each unit are counted apart: no token is in two of them. */
export const PRICE_UNITS = [
  'inputToken',
  'cachedInputToken',
  'cachedInputAudioToken',
  'cachedInputImageToken',
  'cacheWriteToken',
  'cacheWrite1hToken',
  'inputAudioToken',
  'inputImageToken',
  'inputVideoToken',
  'outputToken',
  'reasoningToken',
  'outputAudioToken',
  'outputImageToken',
  'outputVideoToken',
  'image',
  'second',
  'character',
  'request',
  'webSearch',
  'fileSearch',
  'codeSession',
  'toolImage',
  'citationToken',
  'textMessage',
] as const
export type PriceUnit = (typeof PRICE_UNITS)[number]

/** The units of input tokens from a cache, of all input tokens, and of all output tokens; the plain ones first. */
export const CACHED_UNITS = [
  'cachedInputToken',
  'cachedInputAudioToken',
  'cachedInputImageToken',
] as const satisfies PriceUnit[]
export const INPUT_UNITS = [
  'inputToken',
  ...CACHED_UNITS,
  'cacheWriteToken',
  'cacheWrite1hToken',
  'inputAudioToken',
  'inputImageToken',
  'inputVideoToken',
] as const satisfies PriceUnit[]
export const OUTPUT_UNITS = [
  'outputToken',
  'reasoningToken',
  'outputAudioToken',
  'outputImageToken',
  'outputVideoToken',
] as const satisfies PriceUnit[]

/** Fees beside the tokens: of the call itself, of the tools that a model used at its provider, and of what it read and counts apart. */
export const FEE_UNITS = [
  'request',
  'webSearch',
  'fileSearch',
  'codeSession',
  'toolImage',
  'citationToken',
  'textMessage',
] as const satisfies PriceUnit[]
export type FeeUnit = (typeof FEE_UNITS)[number]

/**
 * Nano-USD for a million of a unit: $2.50 for a million tokens is 2_500_000_000, and $0.04 an image 40_000_000_000_000.
 * What has no price of its own is absent; an explicit 0 is free.
 */
export type UnitPrices = Partial<Record<PriceUnit, number>>

export type ModelPrices = {
  base: UnitPrices
  /** Long-context prices, for the whole call, where its input is longer than `aboveInputTokens`; in ascending order. */
  tiers: { aboveInputTokens: number; prices: UnitPrices }[]
}

/** Where prices come from, as a log row keeps it. */
export type PriceSource =
  | { kind: 'OVERRIDE' }
  /** `catalog`: the package and its version; `asOf`: the UTC day for which it was read. */
  | { kind: 'CATALOG'; catalog: string; provider: string; model: string; asOf: string }
  /** There is no price: the upstream said itself what the call cost. */
  | { kind: 'UPSTREAM' }

export type PricedModel = {
  prices: ModelPrices
  source: PriceSource
  /** The most tokens that a call can have in all; absent: not known. */
  contextTokens?: number
  /** It searches the web in each call, which has a fee of its own. */
  searchesEachCall?: true
}

/** $9,000,000 for a million of a unit: more is an error, and is not an exact number. */
export const PRICE_MAX = 9_000_000_000_000_000

/** The prices for a call with so long an input. */
export function pricesFor(prices: ModelPrices, inputTokens: number): UnitPrices {
  let found = prices.base
  for (const tier of prices.tiers) {
    if (inputTokens > tier.aboveInputTokens) found = { ...found, ...tier.prices }
  }
  return found
}

/** The unit whose price stands in where a unit has none, and so on; null where nothing may. */
export const STANDS_IN: Record<PriceUnit, PriceUnit | null> = {
  inputToken: null,
  cachedInputToken: 'inputToken',
  cachedInputAudioToken: 'cachedInputToken',
  cachedInputImageToken: 'cachedInputToken',
  cacheWriteToken: 'inputToken',
  // Whoever has a longer cache charges more for it: what is not known is not the price of a shorter one.
  cacheWrite1hToken: null,
  inputAudioToken: 'inputToken',
  inputImageToken: 'inputToken',
  inputVideoToken: 'inputToken',
  outputToken: null,
  reasoningToken: 'outputToken',
  outputAudioToken: 'outputToken',
  outputImageToken: 'outputToken',
  outputVideoToken: 'outputToken',
  image: null,
  second: null,
  character: null,
  request: null,
  webSearch: null,
  fileSearch: null,
  codeSession: null,
  toolImage: null,
  citationToken: null,
  textMessage: null,
}

/** The price of a unit, or of the first that stands in for it; null where none has one. */
export function priceOf(prices: UnitPrices, unit: PriceUnit): number | null {
  const own = prices[unit]
  if (own !== undefined) return own
  const other = STANDS_IN[unit]
  return other === null ? null : priceOf(prices, other)
}
