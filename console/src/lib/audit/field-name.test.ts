import { expect, test, vi } from 'vitest'

// The language of the reader is reactive; here it only has a value.
vi.stubGlobal('$state', (value: unknown) => value)
const { fieldName } = await import('./field-name.ts')

test('a field is called as the forms call it', () => {
  expect(fieldName('name')).toBe('Name')
  expect(fieldName('policy.budgets[0].limitUsd')).toBe('Budget 1 · US dollars')
  expect(fieldName('defaultPolicy.limits[1].max')).toBe('Default policy · Limit 2 · The most')
  expect(fieldName('thresholds.percent')).toBe('Percent')
  expect(fieldName('budget month gpt-4.1* spentUsd')).toBe('Spent')
})

test('a part without a name stands as it is recorded, and a path of such parts has none', () => {
  expect(fieldName('credentials.cred_1.secret')).toBe('Credential · cred_1 · Secret')
  expect(fieldName('checkpoint.position')).toBeUndefined()
  expect(fieldName('constructor')).toBeUndefined()
})
