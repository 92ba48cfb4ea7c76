// What a model costs, as an admin sets it: whole nano-USD (10⁻⁹ US dollars), so that sums stay exact.
import { failed, ok, type Result } from './user-error.ts'

export const MODEL_PRICE_PARTS = [
  'inputNanoUsdPerMillion',
  'cachedInputNanoUsdPerMillion',
  'cacheWriteNanoUsdPerMillion',
  'outputNanoUsdPerMillion',
  'reasoningNanoUsdPerMillion',
  'audioInputNanoUsdPerMillion',
  'audioOutputNanoUsdPerMillion',
  'perImageNanoUsd',
  'perSecondNanoUsd',
  'perCharacterNanoUsd',
] as const
export type ModelPricePart = (typeof MODEL_PRICE_PARTS)[number]

/** A part that is absent is unknown, which is not 0: free. */
export type ModelPrice = Partial<Record<ModelPricePart, number>>

/** A million dollars a million tokens: above it is a slip of the hand, and far below 2^53. */
const PART_MAX = 1e15

/** The JSON text that prices are kept as, its parts in a fixed order; null where no part is given. */
export function readModelPrice(
  sent: Partial<Record<ModelPricePart, number | null>> | null,
): Result<string | null> {
  const price: ModelPrice = {}
  for (const part of MODEL_PRICE_PARTS) {
    const value = sent?.[part] ?? null
    if (value === null) continue
    if (!isPrice(value)) {
      return failed(
        'OUT_OF_RANGE',
        'price',
        `price.${part} must be a whole number of nano-USD from 0 to ${PART_MAX}; one US dollar is 1000000000.`,
      )
    }
    price[part] = value
  }
  return ok(Object.keys(price).length === 0 ? null : JSON.stringify(price))
}

/** The price in kept JSON text; null where there is none, or what is kept is no price. */
export function modelPriceOf(priceJson: string | null): ModelPrice | null {
  if (priceJson === null) return null
  try {
    const kept: unknown = JSON.parse(priceJson)
    if (typeof kept !== 'object' || kept === null) return null
    const entries = Object.entries(kept)
    const known = entries.every(([part, value]) => isPart(part) && isPrice(value))
    return known && entries.length > 0 ? (Object.fromEntries(entries) as ModelPrice) : null
  } catch {
    return null
  }
}

function isPart(name: string): name is ModelPricePart {
  return MODEL_PRICE_PARTS.some((part) => part === name)
}

function isPrice(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= PART_MAX
}
