import { expect, test } from 'vitest'
import type { PriceUnit } from './prices.ts'
import { readPrices, type SentPrices } from './read-prices.ts'

const base: SentPrices['base'] = [
  { unit: 'inputToken', usd: '2.50' },
  { unit: 'image', usd: '0.04' },
]

test('dollars become integers, by the million or by the one', () => {
  const tiers: SentPrices['tiers'] = [
    { aboveInputTokens: 200_000, prices: [{ unit: 'inputToken', usd: '5' }] },
  ]
  expect(readPrices({ base, tiers })).toEqual({
    ok: true,
    value: {
      base: { inputToken: 2_500_000_000, image: 40_000_000_000_000 },
      tiers: [{ aboveInputTokens: 200_000, prices: { inputToken: 5_000_000_000 } }],
    },
  })
})

const token = (usd: string) => ({ unit: 'inputToken' as const, usd })
const tier = (aboveInputTokens: number, usd = '1') => ({ aboveInputTokens, prices: [token(usd)] })

test.for<[SentPrices, string]>([
  [{ base: [], tiers: [] }, 'REQUIRED prices.base'],
  [{ base: [token('-1')], tiers: [] }, 'OUT_OF_RANGE prices.base[0].usd'],
  [{ base: [token('1e3')], tiers: [] }, 'OUT_OF_RANGE prices.base[0].usd'],
  [{ base: [token('9000001')], tiers: [] }, 'OUT_OF_RANGE prices.base[0].usd'],
  [{ base: [{ unit: 'image', usd: '9.01' }], tiers: [] }, 'OUT_OF_RANGE prices.base[0].usd'],
  [{ base: [token('1'), token('2')], tiers: [] }, 'INVALID prices.base[1].unit'],
  [{ base: [{ unit: 'token' as PriceUnit, usd: '1' }], tiers: [] }, 'INVALID prices.base[0].unit'],
  [{ base, tiers: [tier(0)] }, 'OUT_OF_RANGE prices.tiers[0].aboveInputTokens'],
  [{ base, tiers: [tier(9), tier(9)] }, 'OUT_OF_RANGE prices.tiers[1].aboveInputTokens'],
  [{ base, tiers: [tier(9, 'x')] }, 'OUT_OF_RANGE prices.tiers[0].prices[0].usd'],
  [{ base, tiers: Array(9).fill(tier(9)) }, 'TOO_LONG prices.tiers'],
])('%j is refused', ([sent, expected]) => {
  const result = readPrices(sent)
  expect(result.ok ? [] : result.errors.map(({ code, field }) => `${code} ${field}`)).toEqual([expected])
})
