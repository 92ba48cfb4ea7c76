import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anyNameTest, modelTest, nameTest } from './name-pattern.ts'

test.for([
  ['gpt-4o', 'gpt-4o', true],
  ['gpt-4o', 'gpt-4o-mini', false],
  ['gpt-4*', 'gpt-4o-mini', true],
  ['*mini', 'gpt-4o-mini', true],
  ['*mini', 'mini-gpt', false],
  ['a*a', 'a', false],
  ['a*a', 'aa', true],
  ['*', '', true],
  ['*b*c', 'abxbc', true],
  ['a**b', 'ab', true],
  ['gpt.4o', 'gpt-4o', false],
] as const)('%s and %s', ([pattern, name, expected]) => {
  expect(nameTest(pattern)(name)).toBe(expected)
})

test('models are compared in any letter case, paths are not', () => {
  expect(modelTest('GPT-4*')('gpt-4O')).toBe(true)
  expect(nameTest('/v1/Files')('/v1/files')).toBe(false)
})

test('agrees with a regular expression', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 })
  const name = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 })
  fc.assert(
    fc.property(text, name, (pattern, tried) => {
      const regex = new RegExp(`^${pattern.replaceAll('*', '.*')}$`)
      expect(nameTest(pattern)(tried)).toBe(regex.test(tried))
    }),
    { numRuns: 2_000 },
  )
})

test('any of several patterns matches, each in its letter case', () => {
  const test = anyNameTest(['gpt-*', 'o1', 'a.b'])
  expect(['gpt-4o', 'o1', 'a.b'].every(test)).toBe(true)
  expect(['GPT-4o', 'o11', 'axb', ''].some(test)).toBe(false)
  expect(anyNameTest([])('gpt-4o')).toBe(false)
})
