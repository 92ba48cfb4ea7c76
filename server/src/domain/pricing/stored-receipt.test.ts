import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PRICE_UNITS, type PriceSource } from './prices.ts'
import { receiptText, type StoredReceipt, storedReceipt } from './stored-receipt.ts'

const source = fc.oneof(
  fc.constant<PriceSource | null>(null),
  fc.constant<PriceSource>({ kind: 'OVERRIDE' }),
  fc.constant<PriceSource>({ kind: 'UPSTREAM' }),
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
  unpricedTier: fc.option(fc.string()),
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
  const source = { kind: 'OVERRIDE' } as const
  expect(receiptText({ source, convention: 'EXCLUSIVE', unpricedTier: null, lines: [...lines] })).toBe(
    '{"by":"OVERRIDE","counts":"EXCLUSIVE","lines":[["inputToken",86,2500000000],["outputToken",172,null]]}',
  )
})

test('tokens of images are of a later version than what an earlier program can read', () => {
  for (const unit of ['inputImageToken', 'outputImageToken'] as const) {
    const lines = [{ unit, quantity: 1, nanoUsdPerMillion: 2 }]
    const text = receiptText({ source: null, convention: 'INCLUSIVE', unpricedTier: null, lines })
    expect(text).toBe(`{"v":2,"lines":[["${unit}",1,2]]}`)
  }
})

test('tokens of audio and images from a cache are of a later version still', () => {
  for (const unit of ['cachedInputAudioToken', 'cachedInputImageToken'] as const) {
    const lines = [{ unit, quantity: 1, nanoUsdPerMillion: 2 }]
    const text = receiptText({ source: null, convention: 'INCLUSIVE', unpricedTier: 'flex', lines })
    expect(text).toBe(`{"v":3,"tier":"flex","lines":[["${unit}",1,2]]}`)
  }
})

// Every version that was ever written, to the letter.
test.for<[string, StoredReceipt]>([
  [
    '{"by":["catalog 1","openai","gpt-4o","2026-11-22"],"lines":[["inputToken",86,2500000000],["second",1.5,null]]}',
    {
      source: {
        kind: 'CATALOG',
        catalog: 'catalog 1',
        provider: 'openai',
        model: 'gpt-4o',
        asOf: '2026-11-22',
      },
      convention: 'INCLUSIVE',
      unpricedTier: null,
      lines: [
        { unit: 'inputToken', quantity: 86, nanoUsdPerMillion: 2_500_000_000 },
        { unit: 'second', quantity: 1.5, nanoUsdPerMillion: null },
      ],
    },
  ],
  [
    '{"v":2,"by":"UPSTREAM","tier":"flex","lines":[["inputToken",86,null],["webSearch",1,null]]}',
    {
      source: { kind: 'UPSTREAM' },
      convention: 'INCLUSIVE',
      unpricedTier: 'flex',
      lines: [
        { unit: 'inputToken', quantity: 86, nanoUsdPerMillion: null },
        { unit: 'webSearch', quantity: 1, nanoUsdPerMillion: null },
      ],
    },
  ],
  [
    '{"v":4,"by":"OVERRIDE","lines":[["cacheWrite1hToken",8,6000000000],["citationToken",2,null]]}',
    {
      source: { kind: 'OVERRIDE' },
      convention: 'INCLUSIVE',
      unpricedTier: null,
      lines: [
        { unit: 'cacheWrite1hToken', quantity: 8, nanoUsdPerMillion: 6_000_000_000 },
        { unit: 'citationToken', quantity: 2, nanoUsdPerMillion: null },
      ],
    },
  ],
])('%s is read and written', ([text, receipt]) => {
  expect(storedReceipt(text)).toEqual(receipt)
  expect(receiptText(receipt)).toBe(text)
})

test.for([null, '', '[]', 'null', '{}', '{"lines":[1]}', '{"lines":[["other",1,1]]}', '{"v":5,"lines":[]}'])(
  'stored %j is none',
  (text) => {
    expect(storedReceipt(text)).toBeNull()
  },
)

test('units that are not billed stand beside the lines, which are read as ever', () => {
  const receipt: StoredReceipt = { source: null, convention: 'INCLUSIVE', unpricedTier: null, lines: [] }
  const text = receiptText(receipt, [['image', 2]])
  expect(text).toBe('{"lines":[],"also":[["image",2]]}')
  expect(storedReceipt(text)).toEqual(receipt)
})
