import { expect, test } from 'vitest'
import {
  attemptsText,
  deliveryAttempt,
  retryAfterMsOf,
  retryDelayMs,
  storedAttempts,
} from './delivery-attempt.ts'

test('pauses double from five seconds to four hours, half of each by chance', () => {
  expect([1, 2, 3, 4].map((failed) => retryDelayMs(failed, 1, null))).toEqual([5_000, 10_000, 20_000, 40_000])
  expect(retryDelayMs(1, 0, null)).toBe(2_500)
  expect(retryDelayMs(60, 1, null)).toBe(4 * 3_600_000)
})

test('a receiver can ask for a longer pause, up to an hour', () => {
  expect(retryDelayMs(1, 0, 60_000)).toBe(60_000)
  expect(retryDelayMs(1, 0, 1)).toBe(2_500)
  expect(retryDelayMs(1, 0, 86_400_000)).toBe(3_600_000)
})

test.for<[unknown, number | null]>([
  ['120', 120_000],
  ['Sun, 29 Nov 2026 12:01:00 GMT', 60_000],
  ['Sun, 29 Nov 2026 11:00:00 GMT', 0],
  ['soon', null],
  ['9'.repeat(100), null],
  [['1'], null],
  [undefined, null],
])('Retry-After %j is %s', ([header, ms]) => {
  const nowMs = Date.parse('2026-11-29T12:00:00Z')
  expect(retryAfterMsOf(header, nowMs)).toBe(ms)
})

test('the last fifty attempts are kept', () => {
  let text = '[]'
  for (let atMs = 0; atMs < 60; atMs++)
    text = attemptsText(storedAttempts(text), deliveryAttempt(atMs, 1, { status: null, error: null }))
  expect(storedAttempts(text).map(({ atMs }) => atMs)).toEqual(Array.from({ length: 50 }, (_, at) => at + 10))
})

test.for([
  ['of a version before codes', {}],
  ['that a later version has added', { code: 'LATER', detail: {} }],
])('an attempt with a code %s keeps its text', ([, fields]) => {
  const before = { atMs: 1, durationMs: 1, status: 503, error: 'It responded with HTTP 503.' }
  const stored = JSON.stringify([{ ...before, ...(fields as object) }])
  expect(storedAttempts(stored)).toEqual([{ ...before, code: null, detail: {} }])
})
