import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nanoUsdOf, nanoUsdOfNumber, usdOf } from './money.ts'

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

test.for<[unknown, number | null]>([
  [0, 0],
  [-0, 0],
  [0.1, 100_000_000],
  [1e-9, 1],
  [4.9e-10, 0],
  [5e-10, 1],
  [5e-324, 0],
  [0.30000000000000004, 300_000_000],
  ['9007199.254740991', Number.MAX_SAFE_INTEGER],
  [9_007_200, null],
  [1e21, null],
  [1.5e300, null],
  ['1e-7', 100],
  ['12.50', 12_500_000_000],
  [`0.${'1'.repeat(40)}`, 111_111_111],
  [`0.${'1'.repeat(41)}`, null],
  ['1e999', null],
  ['1e-999', 0],
  [Number.NaN, null],
  [Number.POSITIVE_INFINITY, null],
  [-0.1, null],
  ['', null],
  [' 1', null],
  ['0x10', null],
  ['9'.repeat(70), null],
  [null, null],
  [undefined, null],
  [true, null],
])('an upstream that reports %j means %j nano-dollars', ([amount, nano]) => {
  expect(nanoUsdOfNumber(amount)).toBe(nano)
})
