import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PRICE_UNITS, type PriceSource } from './prices.ts'
import { receiptText, type StoredReceipt, storedReceipt } from './stored-receipt.ts'

const source = fc.oneof(
  fc.constant<PriceSource | null>(null),
  fc.constant<PriceSource>({ kind: 'OVERRIDE' }),
  fc.record({
    kind: fc.constant('CATALOG' as const),
    catalog: fc.string(),
    provider: fc.string(),
    model: fc.string(),
    asOf: fc.constant('2026-11-22'),
  }),
)
const receipt: fc.Arbitrary<StoredReceipt> = fc.record({
  source,
  convention: fc.constantFrom('INCLUSIVE', 'EXCLUSIVE'),
  lines: fc.array(
    fc.record({
      unit: fc.constantFrom(...PRICE_UNITS),
      quantity: fc.oneof(fc.maxSafeNat(), fc.constant(1.234567)),
      nanoUsdPerMillion: fc.option(fc.maxSafeNat()),
    }),
    { maxLength: PRICE_UNITS.length },
  ),
})

test('a receipt comes back as it was', () => {
  fc.assert(
    fc.property(receipt, (one) => {
      expect(storedReceipt(receiptText(one))).toEqual(one)
    }),
  )
})

test('the usual one is short', () => {
  const lines = [
    { unit: 'inputToken', quantity: 86, nanoUsdPerMillion: 2_500_000_000 },
    { unit: 'outputToken', quantity: 172, nanoUsdPerMillion: null },
  ] as const
  expect(receiptText({ source: { kind: 'OVERRIDE' }, convention: 'EXCLUSIVE', lines: [...lines] })).toBe(
    '{"by":"OVERRIDE","counts":"EXCLUSIVE","lines":[["inputToken",86,2500000000],["outputToken",172,null]]}',
  )
})

test.for([null, '', '[]', 'null', '{}', '{"lines":[1]}', '{"lines":[["other",1,1]]}'])(
  'stored %j is none',
  (text) => {
    expect(storedReceipt(text)).toBeNull()
  },
)
