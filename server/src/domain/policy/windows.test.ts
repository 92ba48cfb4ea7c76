import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DAY_MS, HOUR_MS } from '../time.ts'
import { BUDGET_WINDOWS, budgetWindowAt, budgetWindowMaxMs, LIMIT_WINDOWS, limitWindowAt } from './windows.ts'

const at = (text: string) => Date.parse(text)
const hours = ({ startMs, endMs }: { startMs: number; endMs: number }) => (endMs - startMs) / HOUR_MS

function range(window: 'DAY' | 'WEEK' | 'MONTH', zone: string, instant: string): [string, string] {
  const { startMs, endMs } = budgetWindowAt(window, zone, at(instant))
  return [new Date(startMs).toISOString(), new Date(endMs).toISOString()]
}

test('limits count in whole minutes, hours and days of UTC', () => {
  const nowMs = at('2026-11-22T13:45:59.999Z')
  expect(limitWindowAt('MINUTE', nowMs)).toEqual({
    startMs: at('2026-11-22T13:45:00Z'),
    endMs: at('2026-11-22T13:46:00Z'),
  })
  expect(limitWindowAt('HOUR', nowMs).startMs).toBe(at('2026-11-22T13:00:00Z'))
  expect(limitWindowAt('DAY', nowMs).endMs).toBe(at('2026-11-23T00:00:00Z'))
})

test.for(LIMIT_WINDOWS)('a limit window of one %s is no longer than the request logs are kept', (window) => {
  const { startMs, endMs } = limitWindowAt(window, at('2026-11-22T13:45:00Z'))
  expect(
    endMs - startMs,
    `${window} is longer than a day: server/src/ledger/usage/key-usage.ts (readModelCalls) counts calls and tokens of a limit from the request logs, which LATCHKEY_LOG_RETENTION_DAYS may remove after a day. Keep the logs for the window, or count it there from a rollup that has exactly the calls which are counted now: none has yet. retention-bounds.ts then has to keep that for the window, too.`,
  ).toBeLessThanOrEqual(DAY_MS)
})

describe('budgets count in calendar windows of their zone', () => {
  test.for<['DAY' | 'WEEK' | 'MONTH', string, string, string, string]>([
    ['DAY', 'UTC', '2026-11-22T00:00:00Z', '2026-11-22T00:00:00.000Z', '2026-11-23T00:00:00.000Z'],
    ['DAY', 'Asia/Shanghai', '2026-11-22T15:59:59Z', '2026-11-21T16:00:00.000Z', '2026-11-22T16:00:00.000Z'],
    ['DAY', 'Asia/Shanghai', '2026-11-22T16:00:00Z', '2026-11-22T16:00:00.000Z', '2026-11-23T16:00:00.000Z'],
    // A Sunday belongs to the week that began on the Monday before.
    ['WEEK', 'UTC', '2026-11-22T23:59:59Z', '2026-11-16T00:00:00.000Z', '2026-11-23T00:00:00.000Z'],
    ['WEEK', 'UTC', '2027-01-01T12:00:00Z', '2026-12-28T00:00:00.000Z', '2027-01-04T00:00:00.000Z'],
    [
      'MONTH',
      'America/New_York',
      '2026-03-01T04:59:00Z',
      '2026-02-01T05:00:00.000Z',
      '2026-03-01T05:00:00.000Z',
    ],
    [
      'MONTH',
      'America/New_York',
      '2026-03-15T00:00:00Z',
      '2026-03-01T05:00:00.000Z',
      '2026-04-01T04:00:00.000Z',
    ],
    ['MONTH', 'UTC', '2028-02-29T12:00:00Z', '2028-02-01T00:00:00.000Z', '2028-03-01T00:00:00.000Z'],
    ['MONTH', 'UTC', '2026-12-31T23:59:59Z', '2026-12-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z'],
  ])('a %s in %s at %s', ([window, zone, instant, start, end]) => {
    expect(range(window, zone, instant)).toEqual([start, end])
  })

  test('a day has 23 hours where clocks go forward, 25 where they go back', () => {
    expect(hours(budgetWindowAt('DAY', 'Europe/Berlin', at('2026-03-29T12:00:00Z')))).toBe(23)
    expect(hours(budgetWindowAt('DAY', 'Europe/Berlin', at('2026-10-25T12:00:00Z')))).toBe(25)
    expect(hours(budgetWindowAt('DAY', 'Europe/Berlin', at('2026-10-26T12:00:00Z')))).toBe(24)
  })

  test('a day whose midnight is skipped begins an hour later', () => {
    expect(range('DAY', 'America/Sao_Paulo', '2018-11-04T12:00:00Z')).toEqual([
      '2018-11-04T03:00:00.000Z',
      '2018-11-05T02:00:00.000Z',
    ])
  })

  test('minutes that come again after midnight belong to the day that has begun', () => {
    // St. John's went back from 00:01 to 23:01 at 02:31 UTC on 2010-11-07.
    expect(range('DAY', 'America/St_Johns', '2010-11-07T03:00:00Z')[0]).toBe('2010-11-07T02:30:00.000Z')
  })

  test('a total never ends', () => {
    expect(budgetWindowAt('TOTAL', 'UTC', at('2026-11-22T00:00:00Z'))).toEqual({
      startMs: 0,
      endMs: Infinity,
    })
  })
})

describe('whatever the instant', () => {
  const instant = fc.integer({ min: at('2001-01-01'), max: at('2099-12-31') })
  const zone = fc.constantFrom(
    ...[
      'UTC',
      'Europe/Berlin',
      'America/New_York',
      'America/St_Johns',
      'Asia/Kathmandu',
      'Australia/Lord_Howe',
    ],
    ...['Pacific/Apia', 'America/Sao_Paulo', 'Africa/Casablanca', 'Asia/Tehran', 'Pacific/Chatham'],
  )

  test('a window holds it, is the same from its first to its last instant, and meets the next', () => {
    fc.assert(
      fc.property(instant, zone, fc.constantFrom(...BUDGET_WINDOWS), (nowMs, timeZone, window) => {
        fc.pre(window !== 'TOTAL')
        const found = budgetWindowAt(window, timeZone, nowMs)
        expect(found.startMs).toBeLessThanOrEqual(nowMs)
        expect(found.endMs).toBeGreaterThan(nowMs)
        expect(found.endMs - found.startMs, window).toBeLessThan(budgetWindowMaxMs() - DAY_MS)
        expect(budgetWindowAt(window, timeZone, found.startMs)).toEqual(found)
        expect(budgetWindowAt(window, timeZone, found.endMs - 1)).toEqual(found)
        expect(budgetWindowAt(window, timeZone, found.endMs).startMs).toBe(found.endMs)
      }),
      { numRuns: 300 },
    )
  })

  test('a limit window does so too', () => {
    fc.assert(
      fc.property(instant, fc.constantFrom(...LIMIT_WINDOWS), (nowMs, window) => {
        const found = limitWindowAt(window, nowMs)
        expect(found.startMs <= nowMs && nowMs < found.endMs).toBe(true)
        expect(limitWindowAt(window, found.endMs).startMs).toBe(found.endMs)
      }),
    )
  })
})
