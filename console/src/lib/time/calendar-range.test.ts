import { expect, it } from 'vitest'
import {
  boundsBefore,
  boundsOf,
  bucketOfBounds,
  countedRange,
  monthOfUtc,
  readRange,
  recentMonths,
} from './calendar-range.ts'

const now = new Date(2026, 10, 29, 15, 30)
const read = (search: string) => readRange(new URLSearchParams(search), '7d')

it('starts a range of days at midnight', () => {
  expect(boundsOf({ kind: 'preset', preset: '7d' }, false, now)).toEqual({
    from: new Date(2026, 10, 23).toISOString(),
    to: now.toISOString(),
  })
})

it('knows calendar months, and the one before', () => {
  const { range } = read('range=2026-01')
  expect(boundsOf(range, false, now)).toEqual({
    from: new Date(2026, 0, 1).toISOString(),
    to: new Date(2026, 1, 1).toISOString(),
  })
  expect(boundsBefore(range, false, now).from).toBe(new Date(2025, 11, 1).toISOString())
})

it('compares with the span before it', () => {
  const bounds = boundsOf({ kind: 'preset', preset: '24h' }, false, now)
  expect(boundsBefore({ kind: 'preset', preset: '24h' }, false, now).to).toBe(bounds.from)
})

it('says what it cannot read, and falls back', () => {
  expect(read('range=7d').invalid).toBe(false)
  expect(read('').invalid).toBe(false)
  for (const search of ['range=7 days', 'range=2026-13', 'from=x&to=y', 'from=2026-02-01&to=2026-01-01'])
    expect(read(search), search).toEqual({ range: { kind: 'preset', preset: '7d' }, invalid: true })
})

it('gives a chart a sensible number of buckets', () => {
  const bucket = (preset: '24h' | '30d') => bucketOfBounds(boundsOf({ kind: 'preset', preset }, false, now))
  expect(bucket('24h')).toBe('HOUR')
  expect(bucket('30d')).toBe('DAY')
})

it('lists months over the turn of a year', () => {
  expect(recentMonths(3, false, new Date(2026, 0, 31))).toEqual(['2026-01', '2025-12', '2025-11'])
})

it('leads from a figure of usage to the calls of its whole hours, and to none after it', () => {
  const at = new Date('2026-11-29T15:30:00.000Z')
  const counted = (search: string) => {
    const { range } = read(search)
    return countedRange(range, boundsOf(range, true, at), at)
  }
  expect(counted('range=7d')).toEqual({ kind: 'preset', preset: '7d' })
  expect(counted('range=2026-10')).toEqual({ kind: 'month', month: '2026-10' })
  expect(counted('range=24h')).toEqual({
    kind: 'fixed',
    from: '2026-11-28T15:00:00.000Z',
    to: '2026-11-29T15:30:00.000Z',
  })
  expect(counted('from=2026-11-01T10:20:00Z&to=2026-11-01T11:40:00Z')).toEqual({
    kind: 'fixed',
    from: '2026-11-01T10:00:00.000Z',
    to: '2026-11-01T12:00:00.000Z',
  })
})

it('leads from a figure of the month of UTC to that month, wherever the reader is', () => {
  const at = new Date('2026-11-29T15:30:00.000Z')
  expect(monthOfUtc(true, at)).toEqual({ kind: 'preset', preset: 'month' })
  const month = boundsOf({ kind: 'month', month: '2026-11' }, true, at)
  const local = boundsOf({ kind: 'preset', preset: 'month' }, false, at).from === month.from
  expect(monthOfUtc(false, at)).toEqual(
    local ? { kind: 'preset', preset: 'month' } : { kind: 'fixed', ...month },
  )
})
