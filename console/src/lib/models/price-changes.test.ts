import { expect, test } from 'vitest'
import { priceChanges } from './price-changes.ts'

test('prices of an audit event are in dollars, each with its unit', () => {
  const changes = [
    { path: 'name', before: null, after: 'small', redacted: false },
    { path: 'price.base.inputToken', before: null, after: 120_000_000, redacted: false },
    { path: 'price.base.outputToken', before: 2_000_000_000, after: null, redacted: false },
    { path: 'price.tiers[0].prices.inputToken', before: 1, after: 0, redacted: false },
  ]
  expect(priceChanges(changes)).toEqual([
    { path: 'price.base.inputToken', unit: 'INPUT_TOKEN', before: null, after: '0.12' },
    { path: 'price.base.outputToken', unit: 'OUTPUT_TOKEN', before: '2', after: null },
    { path: 'price.tiers[0].prices.inputToken', unit: null, before: '0.000000001', after: '0' },
  ])
})
