import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nanoUsdOf, usdOf } from './money.ts'

test.for([
  ['20', 20_000_000_000n],
  ['0.50', 500_000_000n],
  ['0.000000001', 1n],
  ['0', 0n],
] as const)('%s dollars', ([text, nano]) => {
  expect(nanoUsdOf(text)).toBe(nano)
})

test.for(['', '-1', '1e3', '.5', '1.', '01', '0.0000000001', '1,5', ' 1', 'NaN', '１'])(
  '%j is no amount',
  (text) => {
    expect(nanoUsdOf(text)).toBeNull()
  },
)

test('an amount survives being written', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 20n }), (nano) => {
      expect(nanoUsdOf(usdOf(nano))).toBe(nano)
    }),
  )
  expect(usdOf(-1_500_000_000n)).toBe('-1.5')
})
