import { expect, test } from 'vitest'
import { pricesText, storedPrices } from './stored-prices.ts'

test('prices are stored in a fixed order and come back as they were', () => {
  const prices = {
    base: { outputToken: 10_000_000_000, inputToken: 0 },
    tiers: [{ aboveInputTokens: 200_000, prices: { outputToken: 15_000_000_000 } }],
  }
  const text = pricesText(prices)
  expect(text).toBe(
    '{"base":{"inputToken":0,"outputToken":10000000000},"tiers":[{"aboveInputTokens":200000,"prices":{"outputToken":15000000000}}]}',
  )
  expect(storedPrices(text)).toEqual(prices)
})

test.for([
  null,
  '',
  'null',
  '[]',
  '{}',
  '{"base":{"other":1},"tiers":[]}',
  '{"base":{"image":-1},"tiers":[]}',
  '{"base":{"image":"1"},"tiers":[]}',
  '{"base":{"image":1},"tiers":[{}]}',
])('stored %j is none', (stored) => {
  expect(storedPrices(stored)).toBeNull()
})
