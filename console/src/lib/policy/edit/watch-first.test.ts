import type { KeyPolicyInput } from '@latchkey/sdk'
import { expect, test } from 'vitest'
import { enforceWatched, watches, watchFirst } from './watch-first.ts'

const limit = (max: number, mode: 'ENFORCE' | 'SHADOW' = 'ENFORCE') => ({
  unit: 'REQUESTS' as const,
  window: 'MINUTE' as const,
  max,
  mode,
})

test('a tighter limit watches beside the one that is enforced, and takes its place once it is enforced', () => {
  const before: KeyPolicyInput = { limits: [limit(60)] }
  const watching = watchFirst(before, { limits: [limit(10)] })
  expect(watching?.limits).toEqual([limit(60), limit(10, 'SHADOW')])
  expect(watches(watching ?? {})).toBe(true)
  expect(enforceWatched(watching ?? {}).limits).toEqual([limit(10)])
  expect(watches(enforceWatched(watching ?? {}))).toBe(false)
})

test('a changed limit that watches already is replaced', () => {
  const before: KeyPolicyInput = { limits: [limit(60), limit(10, 'SHADOW')] }
  expect(watchFirst(before, { limits: [limit(60), limit(5, 'SHADOW')] })?.limits).toEqual([
    limit(60),
    limit(5, 'SHADOW'),
  ])
})

test('a new rule about models watches; one that is enforced is not given up for it', () => {
  expect(watchFirst({}, { models: { allow: ['a'], mode: 'ENFORCE' } })?.models?.mode).toBe('SHADOW')
  const before: KeyPolicyInput = { models: { allow: ['a'], mode: 'ENFORCE' } }
  expect(watchFirst(before, { models: { allow: ['b'], mode: 'ENFORCE' } })).toBeNull()
})
