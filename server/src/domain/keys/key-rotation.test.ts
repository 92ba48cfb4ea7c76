import { describe, expect, test } from 'vitest'
import { formerSecretAt, type KeySecrets, readRotationGrace, rotated } from './key-rotation.ts'

describe('a rotation', () => {
  const first: KeySecrets = { currentHash: 'a', formerHash: null, formerUntilMs: null }
  const second = rotated(first, 'b', { nowMs: 1_000, graceMs: 500, expiresAtMs: null })

  test('lets both secrets in for its grace, to the millisecond', () => {
    expect(second).toEqual({ currentHash: 'b', formerHash: 'a', formerUntilMs: 1_500 })
    expect(formerSecretAt(1_500, 1_499)).toBe('FORMER')
    expect(formerSecretAt(1_500, 1_500)).toBe('REPLACED')
  })

  test('without grace stops the old secret at once', () => {
    const { formerUntilMs } = rotated(first, 'b', { nowMs: 1_000, graceMs: 0, expiresAtMs: null })
    expect(formerSecretAt(formerUntilMs ?? 0, 1_000)).toBe('REPLACED')
  })

  test('during a grace ends that grace', () => {
    const third = rotated(second, 'c', { nowMs: 1_200, graceMs: 500, expiresAtMs: null })
    expect(third).toEqual({ currentHash: 'c', formerHash: 'b', formerUntilMs: 1_700 })
  })

  test('does not extend the expiry of the key', () => {
    expect(rotated(first, 'b', { nowMs: 1_000, graceMs: 500, expiresAtMs: 1_200 }).formerUntilMs).toBe(1_200)
  })
})

test('a grace is at most thirty days', () => {
  expect(readRotationGrace(0)).toEqual({ ok: true, value: 0 })
  expect(readRotationGrace(2_592_000)).toEqual({ ok: true, value: 2_592_000_000 })
  for (const wrong of [-1, 1.5, 2_592_001, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(readRotationGrace(wrong)).toMatchObject({
      ok: false,
      errors: [{ code: 'OUT_OF_RANGE', field: 'graceSeconds', message: expect.stringContaining('2592000') }],
    })
  }
})
