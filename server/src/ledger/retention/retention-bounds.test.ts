import { expect, test } from 'vitest'
import { budgetWindowMaxMs } from '../../domain/policy/windows.ts'
import { DAY_MS } from '../../domain/time.ts'
import { retentionBoundsAt } from './retention-bounds.ts'

const NOW_MS = 1_000 * DAY_MS
const daysAgo = (days: number) => NOW_MS - days * DAY_MS

test('what budgets are counted from is kept for the longest of their windows, whatever the retention of rollups', () => {
  const retention = { logsMs: 5 * DAY_MS, rollupsMs: 7 * DAY_MS, contentsMs: 2 * DAY_MS }
  expect(retentionBoundsAt(retention, NOW_MS)).toEqual({
    logsBeforeMs: daysAgo(5),
    rollupsBeforeMs: daysAgo(7),
    budgetsBeforeMs: NOW_MS - budgetWindowMaxMs(),
    contentsBeforeMs: daysAgo(2),
  })
  const rollupsMs = budgetWindowMaxMs() + DAY_MS
  expect(retentionBoundsAt({ ...retention, rollupsMs }, NOW_MS).budgetsBeforeMs).toBe(NOW_MS - rollupsMs)
})

test('logs and rollups that are kept for ever never expire', () => {
  const bounds = retentionBoundsAt({ logsMs: null, rollupsMs: null, contentsMs: DAY_MS }, NOW_MS)
  expect(bounds).toMatchObject({ logsBeforeMs: null, rollupsBeforeMs: null })
})
