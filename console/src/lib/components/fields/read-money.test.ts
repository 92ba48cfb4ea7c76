import { expect, it } from 'vitest'
import { readMoney } from './read-money.ts'

it.each([
  ['20', '20'],
  [' $20 ', '20'],
  ['1,000.50', '1000.50'],
  ['12,345,678', '12345678'],
  ['.5', '0.5'],
  ['007', '7'],
  ['0.000000001', '0.000000001'],
])('reads %j as %j', (typed, value) => {
  expect(readMoney(typed)).toBe(value)
})

it.each(['', '-1', '1e3', '1,5', '0.0000000001', '1234567890123', 'ten', '1.', '1 000'])(
  'refuses %j',
  (typed) => {
    expect(readMoney(typed)).toBeNull()
  },
)
