import { expect, test } from 'vitest'
import { knownSpend } from './known-spend.ts'

test('knows no spend where no call has a price, and 0 where all were free of charge', () => {
  expect(knownSpend({ costUsd: '0', unpricedCalls: 3 })).toBeNull()
  expect(knownSpend({ costUsd: '0', unpricedCalls: 0 })).toBe('0')
  expect(knownSpend({ costUsd: '1.5', unpricedCalls: 3 })).toBe('1.5')
})
