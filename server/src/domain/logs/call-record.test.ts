import { expect, test } from 'vitest'
import { OUTCOMES, wasAdmitted } from './call-record.ts'

test('every outcome but a denial counts as a use of the key', () => {
  expect(OUTCOMES.filter(wasAdmitted)).toEqual(['SUCCESS', 'ERROR', 'CANCELLED', 'INTERRUPTED'])
})
