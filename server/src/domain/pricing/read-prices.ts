// Reads the prices that an admin sets over the catalog's.

import { failed, ok, problemsOf, type Result } from '../user-error.ts'
import { nanoUsdOf } from './money.ts'
import { type ModelPrices, PRICE_MAX, PRICE_UNITS, type PriceUnit, type UnitPrices } from './prices.ts'

/** Dollars as decimals: `"2.50"`. Tokens and characters by the million, all else by the one. */
export type SentPrices = {
  base: { unit: PriceUnit; usd: string }[]
  tiers: { aboveInputTokens: number; prices: { unit: PriceUnit; usd: string }[] }[]
}

const TIERS_MAX = 8
const MILLION = 1_000_000

/** Prices as integers. `field` is where they stand in what was sent. */
export function readPrices(sent: SentPrices, field = 'prices'): Result<ModelPrices> {
  if (sent.base.length === 0) {
    return failed(
      'REQUIRED',
      `${field}.base`,
      `${field}.base must name a price. A model that is free has prices of "0".`,
    )
  }
  if (sent.tiers.length > TIERS_MAX) {
    return failed(
      'TOO_LONG',
      `${field}.tiers`,
      `${field}.tiers has ${sent.tiers.length} entries; at most ${TIERS_MAX} are allowed.`,
      { maxItems: TIERS_MAX },
    )
  }
  const base = readUnits(sent.base, `${field}.base`)
  const tiers = sent.tiers.map((tier, at) => readUnits(tier.prices, `${field}.tiers[${at}].prices`))
  const starts = sent.tiers.map(({ aboveInputTokens: start }, at) => {
    const before = sent.tiers[at - 1]?.aboveInputTokens ?? 0
    const path = `${field}.tiers[${at}].aboveInputTokens`
    return Number.isSafeInteger(start) && start > before
      ? ok(start)
      : failed(
          'OUT_OF_RANGE',
          path,
          `${path} must be a whole number above ${before}. Name the tiers in ascending order.`,
          { min: before + 1, max: Number.MAX_SAFE_INTEGER },
        )
  })
  const problems = problemsOf(base, ...tiers, ...starts)
  if (!base.ok || problems.length > 0) return { ok: false, errors: problems }
  return ok({
    base: base.value,
    tiers: sent.tiers.map(({ aboveInputTokens }, at) => {
      const read = tiers[at]
      return { aboveInputTokens, prices: read?.ok ? read.value : {} }
    }),
  })
}

/** Whether its price is given for one unit, and not for a million. */
export function isByOne(unit: PriceUnit): boolean {
  return unit !== 'character' && !unit.endsWith('Token')
}

function readUnits(sent: { unit: PriceUnit; usd: string }[], field: string): Result<UnitPrices> {
  const prices: UnitPrices = {}
  const read = sent.map(({ unit, usd }, at) => {
    const path = `${field}[${at}]`
    if (!PRICE_UNITS.includes(unit)) {
      return failed('INVALID', `${path}.unit`, `${path}.unit must be one of ${PRICE_UNITS.join(', ')}.`)
    }
    if (prices[unit] !== undefined) {
      return failed('INVALID', `${path}.unit`, `${path}.unit repeats ${unit}. Keep the price that is meant.`)
    }
    const nanoUsd = nanoUsdOf(usd.trim())
    const factor = isByOne(unit) ? MILLION : 1
    if (nanoUsd === null || nanoUsd * BigInt(factor) > BigInt(PRICE_MAX)) {
      const most = PRICE_MAX / 1e9 / factor
      return failed(
        'OUT_OF_RANGE',
        `${path}.usd`,
        `${path}.usd must be an amount in US dollars from 0 to ${most}, such as "2.50", with at most 9 decimals.`,
        { min: 0, max: most },
      )
    }
    prices[unit] = Number(nanoUsd) * factor
    return ok(null)
  })
  const problems = problemsOf(...read)
  return problems.length > 0 ? { ok: false, errors: problems } : ok(prices)
}
