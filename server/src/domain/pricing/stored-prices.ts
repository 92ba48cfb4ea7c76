// The prices of a model as the database has them: JSON text.
import { isObject } from '../is-object.ts'
import { type ModelPrices, PRICE_MAX, PRICE_UNITS, type PriceUnit, type UnitPrices } from './prices.ts'

/** The text to store; the same for prices that say the same. */
export function pricesText({ base, tiers }: ModelPrices): string {
  return JSON.stringify({
    base: inOrder(base),
    tiers: tiers.map(({ aboveInputTokens, prices }) => ({ aboveInputTokens, prices: inOrder(prices) })),
  })
}

/** Null where there is none, or what is stored is none: then what the model costs is not known, and it is not free. */
export function storedPrices(text: string | null): ModelPrices | null {
  if (text === null) return null
  try {
    const { base, tiers } = JSON.parse(text) as { base?: unknown; tiers?: unknown }
    if (!isUnitPrices(base) || !Array.isArray(tiers) || !tiers.every(isTier)) return null
    return { base, tiers }
  } catch {
    return null
  }
}

function inOrder(prices: UnitPrices): UnitPrices {
  return Object.fromEntries(
    PRICE_UNITS.flatMap((unit) => (prices[unit] === undefined ? [] : [[unit, prices[unit]]])),
  )
}

function isTier(value: unknown): value is ModelPrices['tiers'][number] {
  if (typeof value !== 'object' || value === null) return false
  const { aboveInputTokens, prices } = value as { aboveInputTokens?: unknown; prices?: unknown }
  return Number.isSafeInteger(aboveInputTokens) && isUnitPrices(prices)
}

function isUnitPrices(value: unknown): value is UnitPrices {
  if (!isObject(value)) return false
  return Object.entries(value).every(
    ([unit, price]) =>
      PRICE_UNITS.includes(unit as PriceUnit) &&
      typeof price === 'number' &&
      Number.isSafeInteger(price) &&
      price >= 0 &&
      price <= PRICE_MAX,
  )
}
