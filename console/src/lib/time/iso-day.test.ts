import { afterEach, beforeEach, expect, test } from 'vitest'
import { dayStart, isoDay } from './iso-day.ts'

const zone = process.env.TZ
beforeEach(() => {
  process.env.TZ = 'America/New_York'
})
afterEach(() => {
  if (zone === undefined) delete process.env.TZ
  else process.env.TZ = zone
})

const iso = (ms: number) => new Date(ms).toISOString()

test('a day begins and ends in the chosen zone, also where the clock changes', () => {
  expect(iso(dayStart('2026-11-30', true))).toBe('2026-11-30T00:00:00.000Z')
  expect(iso(dayStart('2026-11-30', false))).toBe('2026-11-30T05:00:00.000Z')
  expect(iso(dayStart('2026-11-30', true, 1))).toBe('2026-12-01T00:00:00.000Z')
  expect(dayStart('2026-11-01', false, 1) - dayStart('2026-11-01', false)).toBe(25 * 3_600_000)
})

test('the last second of a day is of that day, in the zone it was chosen in', () => {
  for (const utc of [true, false])
    expect(isoDay(new Date(dayStart('2026-11-30', utc, 1) - 1_000), utc)).toBe('2026-11-30')
})

test.for(['2026-11-31', '2026-13-01', '2026-1-1', 'today', ''])('%j is no day', (text) => {
  expect(dayStart(text, true)).toBeNaN()
  expect(dayStart(text, false)).toBeNaN()
})
