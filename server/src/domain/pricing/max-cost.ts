// What a call can cost at most, so that a budget can reserve it before the call is made.
import {
  INPUT_UNITS,
  type ModelPrices,
  OUTPUT_UNITS,
  type PriceUnit,
  priceOf,
  pricesFor,
  type UnitPrices,
} from './prices.ts'

/** The size of a call before it is made: each number is the most that it can be. */
export type CallSize = {
  inputTokens: number
  outputTokens: number
  images: number
  seconds: number
  characters: number
}

/**
 * The most that a call of this size can cost in nano-USD, rounded up: each token at the highest price that it may turn out
 * to have, in the most expensive tier that its input may reach. Null where a unit of it has no price. Exact up to 2^53.
 */
export function costAtMost(prices: ModelPrices, size: CallSize): number | null {
  const tiers = prices.tiers.filter(({ aboveInputTokens }) => aboveInputTokens < size.inputTokens)
  const possible = [
    prices.base,
    ...tiers.map(({ aboveInputTokens }) => pricesFor(prices, aboveInputTokens + 1)),
  ]
  let most = 0n
  for (const [count, units] of PARTS.map(([part, units]) => [size[part], units] as const)) {
    if (count <= 0) continue
    const price = dearest(possible, units)
    if (price === null) return null
    most += BigInt(Math.ceil(count)) * BigInt(price)
  }
  return Number((most + 999_999n) / 1_000_000n)
}

const PARTS: [keyof CallSize, readonly PriceUnit[]][] = [
  ['inputTokens', INPUT_UNITS],
  ['outputTokens', OUTPUT_UNITS],
  ['images', ['image']],
  ['seconds', ['second']],
  ['characters', ['character']],
]

/** Null where the plain unit has no price: then the cost of the call is not known. */
function dearest(possible: UnitPrices[], units: readonly PriceUnit[]): number | null {
  const [plain] = units
  const known = possible.flatMap((prices) => units.map((unit) => priceOf(prices, unit) ?? 0))
  const isPriced = plain !== undefined && possible.every((prices) => priceOf(prices, plain) !== null)
  return isPriced ? Math.max(...known) : null
}
