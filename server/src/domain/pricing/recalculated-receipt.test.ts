import { describe, expect, test } from 'vitest'
import type { BilledUnit } from '../endpoints/endpoints.ts'
import type { PricedModel, PriceUnit, UnitPrices } from './prices.ts'
import { recalculatedReceipt } from './recalculated-receipt.ts'
import { type BillableUsage, receiptOf } from './receipt.ts'
import { receiptText, storedReceipt } from './stored-receipt.ts'

const M = 1_000_000
const NOTHING: BillableUsage = {
  inputTokens: null,
  cachedInputTokens: null,
  cacheWriteTokens: null,
  cacheWrite1hTokens: null,
  cachedAudioTokens: null,
  cachedImageTokens: null,
  inputAudioTokens: null,
  outputTokens: null,
  reasoningTokens: null,
  outputAudioTokens: null,
  inputImageTokens: null,
  inputVideoTokens: null,
  outputImageTokens: null,
  outputVideoTokens: null,
  images: null,
  seconds: null,
  characters: null,
}

function priced(base: UnitPrices, more: Partial<PricedModel> = {}): PricedModel {
  return { prices: { base, tiers: [] }, source: { kind: 'OVERRIDE' }, ...more }
}

function first(lines: [PriceUnit, number][], more: { unpricedTier?: string } = {}) {
  return {
    source: null,
    convention: 'INCLUSIVE' as const,
    unpricedTier: null,
    lines: lines.map(([unit, quantity]) => ({ unit, quantity, nanoUsdPerMillion: null })),
    ...more,
  }
}

const CALL = { outcome: 'SUCCESS', inputTokens: 10, outputTokens: 20 } as const
const cost = (
  lines: [PriceUnit, number][],
  prices: UnitPrices,
  {
    bills = 'TEXT',
    ...call
  }: { bills?: BilledUnit } & Partial<Record<'inputTokens' | 'outputTokens', number | null>> = {},
) => recalculatedReceipt({ ...CALL, ...call }, first(lines), [], priced(prices), bills)?.costNanoUsd ?? null

describe.each(['INCLUSIVE', 'EXCLUSIVE'] as const)('counted %s', (convention) => {
  test.each([1_000, 300_000])('of %i tokens: the receipt that the call would have had', (inputTokens) => {
    const usage = {
      ...NOTHING,
      inputTokens,
      cachedInputTokens: 400,
      cachedAudioTokens: 17,
      cachedImageTokens: 19,
      cacheWriteTokens: 50,
      inputAudioTokens: 7,
      outputTokens: 90,
      reasoningTokens: 30,
      outputAudioTokens: 3,
      inputImageTokens: 11,
      outputImageTokens: 13,
    }
    const beside = { fees: { webSearch: 2 }, unpricedTier: null, reportedNanoUsd: null }
    const stored = storedReceipt(receiptText(receiptOf(usage, convention, null, beside)))
    const model: PricedModel = {
      prices: {
        base: { inputToken: 3 * M, cachedInputToken: M, outputToken: 5 * M, webSearch: 11 * M },
        tiers: [{ aboveInputTokens: 200_000, prices: { inputToken: 7 * M } }],
      },
      source: { kind: 'OVERRIDE' },
    }
    if (stored === null) throw new Error('no receipt')
    expect(recalculatedReceipt({ ...CALL, inputTokens }, stored, [], model, 'TEXT')).toEqual(
      receiptOf(usage, convention, model, beside),
    )
  })
})

test('what was counted has to have a price, and stays unknown without', () => {
  expect(
    cost(
      [
        ['inputToken', 10],
        ['outputToken', 20],
      ],
      { inputToken: M, outputToken: 2 * M },
    ),
  ).toBe(50n)
  expect(
    cost(
      [
        ['inputToken', 10],
        ['outputToken', 20],
      ],
      { inputToken: M },
    ),
  ).toBe(null)
  expect(recalculatedReceipt(CALL, first([['inputToken', 10]]), [], null, 'TEXT')).toBe(null)
  // Half of a count is none.
  expect(cost([['inputToken', 10]], { inputToken: M, outputToken: M }, { outputTokens: null })).toBe(null)
  expect(cost([['inputToken', 10]], { inputToken: M }, { outputTokens: null, bills: 'READING' })).toBe(10n)
  expect(cost([], { inputToken: M, outputToken: M }, { inputTokens: null, outputTokens: null })).toBe(null)
  const prices = priced({ inputToken: M, outputToken: M })
  expect(
    recalculatedReceipt(CALL, first([['inputToken', 10]], { unpricedTier: 'flex' }), [], prices, 'TEXT'),
  ).toBe(null)
})

test('units of their own: by what was counted, beside tokens or in place of them', () => {
  const images: [PriceUnit, number][] = [['image', 2]]
  expect(cost(images, { image: 7 * M }, { bills: 'IMAGES', inputTokens: null, outputTokens: null })).toBe(14n)
  // By tokens then, by images now, or the other way round: the receipt does not say how many.
  expect(
    cost(
      [
        ['inputToken', 10],
        ['outputToken', 20],
      ],
      { image: 7 * M },
      { bills: 'IMAGES' },
    ),
  ).toBe(null)
  expect(cost(images, { inputToken: M, outputToken: M }, { bills: 'IMAGES' })).toBe(null)
  const both: [PriceUnit, number][] = [
    ['image', 2],
    ['inputToken', 10],
    ['outputToken', 20],
  ]
  expect(cost(both, { inputToken: M, outputToken: M }, { bills: 'IMAGES' })).toBe(30n)
  expect(cost(both, { image: 7 * M }, { bills: 'IMAGES' })).toBe(14n)
  expect(
    cost([['second', 1.5]], { second: 4 * M }, { bills: 'AUDIO', inputTokens: null, outputTokens: null }),
  ).toBe(6n)
})

test('images that were counted beside the lines are billed once they have a price', () => {
  const lines: [PriceUnit, number][] = [
    ['inputToken', 10],
    ['outputToken', 20],
  ]
  const also = [['image', 2]] as [PriceUnit, number][]
  const at = (prices: UnitPrices) =>
    recalculatedReceipt(CALL, first(lines), also, priced(prices), 'IMAGES')?.costNanoUsd
  expect(at({ image: 7 * M })).toBe(14n)
  expect(at({ image: 7 * M, inputToken: M, outputToken: M })).toBe(44n)
  expect(at({ inputToken: M, outputToken: M })).toBe(30n)
  expect(at({ inputToken: M, outputToken: M, outputImageToken: 3 * M })).toBe(70n)
})

test('fees that are due in each call are those of the prices of now', () => {
  const lines: [PriceUnit, number][] = [
    ['inputToken', 10],
    ['outputToken', 20],
    ['request', 1],
  ]
  expect(cost(lines, { inputToken: M, outputToken: M })).toBe(30n)
  expect(cost(lines, { inputToken: M, outputToken: M, request: 5 * M })).toBe(35n)
  const searching = priced({ inputToken: M, outputToken: M, webSearch: 9 * M }, { searchesEachCall: true })
  expect(recalculatedReceipt(CALL, first(lines), [], searching, 'TEXT')?.costNanoUsd).toBe(39n)
})
