import type { ModelPrice, PriceUnit } from '@latchkey/sdk'
import { expect, test } from 'vitest'
import { priceLines } from './price-text.ts'

const priceOf = (...base: [PriceUnit, string][]) =>
  ({ base: base.map(([unit, usd]) => ({ unit, usd })), tiers: [] }) as unknown as ModelPrice

test('beside each own price stands the list price where it differs, and what the list alone has comes last', () => {
  const own = priceOf(['INPUT_TOKEN', '2.50'], ['OUTPUT_TOKEN', '8'], ['REQUEST', '0.01'])
  const list = priceOf(['CACHED_INPUT_TOKEN', '1.25'], ['OUTPUT_TOKEN', '10'], ['INPUT_TOKEN', '2.5'])
  expect(priceLines(own, list)).toEqual([
    { unit: 'INPUT_TOKEN', usd: '2.50', listUsd: null },
    { unit: 'OUTPUT_TOKEN', usd: '8', listUsd: '10' },
    { unit: 'REQUEST', usd: '0.01', listUsd: null },
    { unit: 'CACHED_INPUT_TOKEN', usd: null, listUsd: '1.25' },
  ])
  expect(priceLines(list, null).every(({ listUsd }) => listUsd === null)).toBe(true)
})
