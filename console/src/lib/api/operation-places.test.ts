import { expect, test } from 'vitest'
import { labelsOf, placeOf } from './operation-places.ts'

const list = (code: string, first = 5) => ({
  name: 'ListFindings',
  query: 'query ListFindings { findings { totalCount } }',
  variables: { first, after: null, filter: { code: [code], dismissed: false } },
})
const ended = { isOpen: () => false }
const open = { isOpen: () => true }

test('queries that are sent side by side stay, and each is called by what it alone asks', () => {
  const known = [{ ...list('KEY_UNUSED'), ...open }]
  expect(placeOf(list('NO_BACKUP'), known)).toBe(-1)
  expect(labelsOf([list('KEY_UNUSED'), list('NO_BACKUP')])).toEqual([
    'ListFindings · KEY_UNUSED',
    'ListFindings · NO_BACKUP',
  ])
  expect(labelsOf([list('KEY_UNUSED')])).toEqual(['ListFindings'])
})

test('a query with other variables takes the place of the most similar one that has ended, and the same one its own', () => {
  const known = [
    { ...list('KEY_UNUSED'), ...ended },
    { ...list('NO_BACKUP'), ...ended },
    { ...list('NO_PRICE'), ...open },
  ]
  expect(placeOf(list('NO_BACKUP', 100), known)).toBe(1)
  expect(placeOf(list('NO_PRICE'), known)).toBe(2)
  expect(placeOf({ ...list('NO_BACKUP'), name: 'CountFindings' }, known)).toBe(-1)
})
