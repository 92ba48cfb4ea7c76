import { describe, expect, it } from 'vitest'
import { ConnectionError } from './errors.ts'
import { retryAfterMs, retryDelayMs } from './retry.ts'

describe('the wait before the next attempt', () => {
  const lost = new ConnectionError('lost')

  it('doubles from half a second up to eight', () => {
    const delays = [0, 1, 2, 3, 4, 5].map((attempt) => retryDelayMs(attempt, lost, () => 0))
    expect(delays).toEqual([500, 1000, 2000, 4000, 8000, 8000])
  })

  it('is up to a quarter shorter', () => {
    expect(retryDelayMs(0, lost, () => 1)).toBe(375)
  })
})

describe('what the server asks for', () => {
  const at = Date.parse('2026-01-01T00:00:00Z')

  it.each([
    [{ 'retry-after-ms': '250', 'retry-after': '9' }, 250],
    [{ 'retry-after': '2' }, 2000],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:00:05 GMT' }, 5000],
    [{ 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' }, 0],
    [{ 'retry-after': 'soon' }, undefined],
    [{}, undefined],
  ])('%j', (headers, expected) => {
    expect(retryAfterMs(new Headers(headers), at)).toBe(expected)
  })
})
