import { expect, test } from 'vitest'
import { DAY_MS } from '../../domain/time.ts'
import { retentionBoundsAt } from './retention-bounds.ts'

const NOW_MS = 1_000 * DAY_MS
const daysAgo = (days: number) => NOW_MS - days * DAY_MS

test('what a key has spent by the hour is kept for a month at least, whatever the retention of rollups', () => {
  const retention = { logsMs: 5 * DAY_MS, rollupsMs: 7 * DAY_MS, contentsMs: 2 * DAY_MS }
  expect(retentionBoundsAt(retention, NOW_MS)).toEqual({
    logsBeforeMs: daysAgo(5),
    rollupsBeforeMs: daysAgo(7),
    keyHoursBeforeMs: daysAgo(33),
    contentsBeforeMs: daysAgo(2),
  })
  const longer = retentionBoundsAt({ ...retention, rollupsMs: 90 * DAY_MS }, NOW_MS)
  expect(longer.keyHoursBeforeMs).toBe(daysAgo(90))
})

test('logs and rollups that are kept for ever never expire', () => {
  const bounds = retentionBoundsAt({ logsMs: null, rollupsMs: null, contentsMs: DAY_MS }, NOW_MS)
  expect(bounds).toMatchObject({ logsBeforeMs: null, rollupsBeforeMs: null })
})
