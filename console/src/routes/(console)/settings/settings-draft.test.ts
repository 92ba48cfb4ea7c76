import { expect, test, vi } from 'vitest'
import { changedFields, changesOf, defaults } from './settings-draft.ts'

// Runes are compiled for a browser; no text here depends on the zone.
vi.mock('#lib/preferences/time-zone.svelte.ts', () => ({ intlZone: () => 'UTC' }))

test('what is not touched is not sent', () => {
  expect(changedFields(defaults, { ...defaults, policyCeiling: { limits: [] } })).toEqual([])
})

test('numbers are sent as numbers, and what is emptied as null', () => {
  const before = { ...defaults, maxExpiryDays: '90', backupHour: '3' }
  expect(changesOf(before, { ...before, maxExpiryDays: '30', backupHour: '' })).toEqual({
    maxExpiryDays: 30,
    backupHour: null,
  })
})

test('midnight is an hour, and a policy without rules is none', () => {
  const before = { ...defaults, defaultPolicy: { selfRotation: true } }
  expect(changesOf(before, { ...before, backupHour: '0', defaultPolicy: { selfRotation: false } })).toEqual({
    defaultPolicy: null,
    backupHour: 0,
  })
})
