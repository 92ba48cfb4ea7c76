import { expect, test } from 'vitest'
import { changesBetween, secretChange } from './field-changes.ts'

test('names each field that differs by its path, and no other', () => {
  const before = {
    name: 'a',
    policy: { models: { allow: ['x', 'y'] }, budgets: [{ limitUsd: '5' }] },
    enabled: true,
  }
  const after = {
    name: 'a',
    policy: { models: { allow: ['x'] }, budgets: [{ limitUsd: '9' }] },
    enabled: false,
  }
  expect(changesBetween(before, after)).toEqual([
    { path: 'policy.models.allow', before: ['x', 'y'], after: ['x'] },
    { path: 'policy.budgets[0].limitUsd', before: '5', after: '9' },
    { path: 'enabled', before: true, after: false },
  ])
})

test('an empty list, null and an absent field are the same nothing', () => {
  expect(changesBetween({ a: [], b: null }, { c: undefined })).toEqual([])
})

test('a created or a deleted object has one side', () => {
  const at = new Date(0)
  expect(changesBetween(null, { at, max: 0 })).toEqual([
    { path: 'at', before: null, after: '1970-01-01T00:00:00.000Z' },
    { path: 'max', before: null, after: 0 },
  ])
  expect(changesBetween({ max: 0 }, null)).toEqual([{ path: 'max', before: 0, after: null }])
})

test('bounds the length of a text and the number of changes', () => {
  expect(String(changesBetween(null, { a: 'x'.repeat(5_000) })[0]?.after).length).toBe(2_001)
  const many = Object.fromEntries(Array.from({ length: 900 }, (_, at) => [`f${at}`, at]))
  expect(changesBetween(null, many)).toHaveLength(500)
})

test('says of a secret that it changed, and nothing of it', () => {
  expect(secretChange('credentials.cred_1.secret')).toEqual({
    path: 'credentials.cred_1.secret',
    before: null,
    after: null,
    redacted: true,
  })
})
