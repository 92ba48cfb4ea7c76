import { expect, test } from 'vitest'
import { NO_MEDIA } from '../../domain/pricing/media-tokens.ts'
import type { PricedModel, UnitPrices } from '../../domain/pricing/prices.ts'
import type { BillableUnits } from './billable-units.ts'
import { costAhead } from './cost-reservation.ts'

const priced = (base: UnitPrices): PricedModel => ({
  prices: { base, tiers: [] },
  source: { kind: 'OVERRIDE' },
})
const size = { inputTokens: 100, outputTokens: 50, inBackground: false, beside: null }
// 1,000 and 4,000 nano-dollars a token.
const text = { inputToken: 1_000_000_000, outputToken: 4_000_000_000 }

test.for<[BillableUnits, UnitPrices, number | null]>([
  [{ kind: 'TEXT' }, text, 2 * 100 * 1_000 + 50 * 4_000],
  [{ kind: 'READING' }, { inputToken: 1_000_000_000 }, 200_000],
  [{ kind: 'TEXT' }, { inputToken: 1_000_000_000 }, null],
  [{ kind: 'AUDIO' }, { second: 1 }, 1],
  [{ kind: 'VIDEO' }, text, null],
  [{ kind: 'SPEECH', count: 40 }, { character: 15_000_000_000 }, 40 * 15_000],
  [{ kind: 'SPEECH', count: null }, { character: 15_000_000_000 }, null],
  [{ kind: 'SPEECH', count: 40 }, text, 200_000 + 4_096 * 4_000],
  [{ kind: 'IMAGES', count: 3 }, { image: 40_000_000_000_000 }, 120_000_000],
  [{ kind: 'IMAGES', count: 3 }, text, 200_000 + 3 * 8_192 * 4_000],
  [
    { kind: 'IMAGES', count: 2 },
    { ...text, image: 1_000_000_000_000 },
    2_000_000 + 200_000 + 2 * 8_192 * 4_000,
  ],
  [{ kind: 'IMAGES', count: null }, { image: 1 }, null],
])('%j at %j costs at most %j', ([units, base, expected]) => {
  expect(costAhead(priced(base), units, size, 'm', false)).toBe(expected)
})

test('the cost of what has no price, or goes on in the background, is not known', () => {
  expect(costAhead(null, { kind: 'TEXT' }, size, 'm', false)).toBeNull()
  expect(costAhead(priced(text), { kind: 'TEXT' }, { ...size, inBackground: true }, 'm', false)).toBeNull()
})

test.for([
  [0, true, 0],
  [4, true, 4],
  [40, true, 40],
  [0, false, 10],
  [4, false, 10],
  [40, false, 40],
] as const)(
  'tools bounded to %s calls, which the upstream heeds: %s, reserve %s fees',
  ([toolCalls, heeds, fees]) => {
    const beside = {
      media: NO_MEDIA,
      fees: { hasUnpricedTier: false, tools: ['webSearch' as const], toolCalls },
    }
    const prices = { inputToken: 0, outputToken: 0, webSearch: 1_000_000 }
    expect(costAhead(priced(prices), { kind: 'TEXT' }, { ...size, beside }, 'm', heeds)).toBe(fees)
  },
)
