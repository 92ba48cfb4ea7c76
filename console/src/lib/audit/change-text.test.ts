import { expect, test, vi } from 'vitest'

// The zone of the reader is reactive; here it only has a value.
vi.stubGlobal('$state', (value: unknown) => value)
const { changeText } = await import('./change-text.ts')

const change = (before: unknown, after: unknown, redacted = false) => ({
  path: 'policy.budgets[0].limitUsd',
  before,
  after,
  redacted,
})

test('a change of a plain value shows what it was and what it is', () => {
  expect(changeText(change('20', '50'))).toBe('Budget 1 · US dollars: 20 → 50')
  expect(changeText({ ...change(true, false), path: 'enabled' })).toBe('Enabled: true → false')
  expect(changeText({ ...change(undefined, 0), path: 'weight' })).toBe('Weight: – → 0')
})

test('a time is a day of the reader, and a secret or a list shows no value', () => {
  expect(changeText({ ...change(null, '2026-11-22T12:00:00.000Z'), path: 'revokedAt' })).toMatch(
    /^Revoked: – → .*2026/,
  )
  expect(changeText(change('a', 'b', true))).toBe('Budget 1 · US dollars')
  expect(changeText(change(null, ['gpt-5']))).toBe('Budget 1 · US dollars')
})
