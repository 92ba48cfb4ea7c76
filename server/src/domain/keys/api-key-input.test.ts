import { describe, expect, test } from 'vitest'
import { DAY_MS } from '../time.ts'
import { readDescription, readExpiry, readName } from './api-key-input.ts'

const NOW = Date.parse('2026-11-22T00:00:00Z')

describe('name', () => {
  test('is trimmed and may have 100 characters of any script', () => {
    expect(readName('  ci runner ')).toEqual({ ok: true, value: 'ci runner' })
    expect(readName('钥'.repeat(100)).ok).toBe(true)
    expect(readName('🔑'.repeat(100)).ok).toBe(true)
  })

  test.for([
    ['', 'REQUIRED'],
    [' \n\t ', 'REQUIRED'],
    ['x'.repeat(101), 'TOO_LONG'],
    ['two\nlines', 'INVALID'],
    ['nul\u0000', 'INVALID'],
    ['half \ud83d emoji', 'INVALID'],
  ])('refuses %j with %s', ([name, code]) => {
    expect(readName(name ?? '')).toMatchObject({ ok: false, errors: [{ code, field: 'name' }] })
  })
})

describe('description', () => {
  test('keeps line breaks, and counts blank as none', () => {
    expect(readDescription('one\ntwo\ttabs')).toEqual({ ok: true, value: 'one\ntwo\ttabs' })
    expect(readDescription('  ')).toEqual({ ok: true, value: null })
    expect(readDescription(null)).toEqual({ ok: true, value: null })
  })

  test.for([
    ['x'.repeat(1_001), 'TOO_LONG'],
    ['bell \u0007', 'INVALID'],
    ['nul \u0000', 'INVALID'],
    ['\udc00', 'INVALID'],
  ])('refuses %j with %s', ([description, code]) => {
    expect(readDescription(description ?? '')).toMatchObject({
      ok: false,
      errors: [{ code, field: 'description' }],
    })
  })
})

describe('expiry', () => {
  test('is relative to now, an instant, or never', () => {
    expect(readExpiry({ expiresInDays: 30, expiresAtMs: null }, NOW)).toEqual({
      ok: true,
      value: NOW + 30 * DAY_MS,
    })
    expect(readExpiry({ expiresInDays: null, expiresAtMs: NOW + 1 }, NOW)).toEqual({
      ok: true,
      value: NOW + 1,
    })
    expect(readExpiry({ expiresInDays: null, expiresAtMs: null }, NOW)).toEqual({ ok: true, value: null })
  })

  test.for([0, -1, 1.5, 3_651, Number.NaN, Number.POSITIVE_INFINITY])('refuses %d days', (expiresInDays) => {
    expect(readExpiry({ expiresInDays, expiresAtMs: null }, NOW)).toMatchObject({
      ok: false,
      errors: [{ code: 'OUT_OF_RANGE', field: 'expiresInDays' }],
    })
  })

  test.for([NOW, NOW - 1, NOW + 3_654 * DAY_MS, Number.NaN])('refuses an expiry at %d', (expiresAtMs) => {
    expect(readExpiry({ expiresInDays: null, expiresAtMs }, NOW)).toMatchObject({
      ok: false,
      errors: [{ code: 'OUT_OF_RANGE', field: 'expiresAt' }],
    })
  })

  test('refuses both at once', () => {
    expect(readExpiry({ expiresInDays: 1, expiresAtMs: NOW + 1 }, NOW)).toMatchObject({
      ok: false,
      errors: [{ code: 'INVALID', field: 'expiresAt' }],
    })
  })
})
