import { expect, test } from 'vitest'
import { isNearlyFull } from './disk-space.ts'

const GIB = 1024 ** 3

test.each([
  [{ freeBytes: 0.4 * GIB, totalBytes: 1 * GIB }, true],
  [{ freeBytes: 0.6 * GIB, totalBytes: 1 * GIB }, false],
  [{ freeBytes: 4 * GIB, totalBytes: 100 * GIB }, true],
  [{ freeBytes: 5 * GIB, totalBytes: 100 * GIB }, false],
  [{ freeBytes: 30 * GIB, totalBytes: 4_000 * GIB }, false],
  [{ freeBytes: 19 * GIB, totalBytes: 4_000 * GIB }, true],
])('%j is nearly full: %s', (space, nearly) => {
  expect(isNearlyFull(space)).toBe(nearly)
})
