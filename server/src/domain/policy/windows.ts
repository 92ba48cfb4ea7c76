// The fixed windows that limits and budgets count in, as ranges of instants. They partition time: each ends where the next begins.
//
// Calendar days come from @internationalized/date, which the console brings already: pure functions over Intl's time zones.
// Node 24 has no Temporal, and its polyfill is four times the size. Nothing here runs on every call: a counter calls it once a window.
import {
  type CalendarDate,
  fromAbsolute,
  getDayOfWeek,
  startOfMonth,
  toCalendarDate,
  toZoned,
} from '@internationalized/date'
import { DAY_MS, HOUR_MS } from '../time.ts'

export const LIMIT_WINDOWS = ['MINUTE', 'HOUR', 'DAY'] as const
/**
 * The windows of limits, fixed in UTC. Another one: here, with its text in graphql/types/policy/rule-windows.ts; after `generate` the
 * compiler names what the console has to say of it (limit-windows.ts and policy-text.ts of console/src/lib/policy/).
 */
export type LimitWindow = (typeof LIMIT_WINDOWS)[number]

export const BUDGET_WINDOWS = ['DAY', 'WEEK', 'MONTH', 'TOTAL'] as const
/**
 * The windows of budgets, by the calendar of the budget's time zone; a WEEK begins on Monday (ISO 8601), TOTAL is the key's
 * whole life.
 */
export type BudgetWindow = (typeof BUDGET_WINDOWS)[number]

const LONGEST_FIRST: Record<LimitWindow | BudgetWindow, number> = {
  TOTAL: 0,
  MONTH: 1,
  WEEK: 2,
  DAY: 3,
  HOUR: 4,
  MINUTE: 5,
}

/** The place of a window among all, the longest first, from 0 on. */
export function windowRank(window: LimitWindow | BudgetWindow): number {
  return LONGEST_FIRST[window]
}

/** From `startMs` up to, not including, `endMs`; milliseconds since the epoch. */
export type Window = { startMs: number; endMs: number }

const LENGTH_MS: Record<LimitWindow, number> = { MINUTE: 60_000, HOUR: HOUR_MS, DAY: DAY_MS }

/**
 * The window of a rate limit that an instant lies in, aligned in UTC: a window of whole minutes, hours or days. One that begins
 * on a certain day, such as a week, needs an offset, since the epoch was a Thursday.
 */
export function limitWindowAt(window: LimitWindow, nowMs: number): Window {
  const startMs = Math.floor(nowMs / LENGTH_MS[window]) * LENGTH_MS[window]
  return { startMs, endMs: startMs + LENGTH_MS[window] }
}

/**
 * The calendar window of a budget that an instant lies in. A day begins with its first instant, which is not always
 * midnight, and has 23 or 25 hours where clocks change. TOTAL has neither beginning nor end (0, Infinity).
 */
export function budgetWindowAt(window: BudgetWindow, timeZone: string, nowMs: number): Window {
  if (window === 'TOTAL') return { startMs: 0, endMs: Number.POSITIVE_INFINITY }
  const startOf = (date: CalendarDate) => toZoned(date, timeZone, 'compatible').toDate().getTime()
  let first = firstDay(window, toCalendarDate(fromAbsolute(nowMs, timeZone)))
  let next = first.add(STEP[window])
  // Where clocks go back over midnight, a day's last minutes have the date of the day before: those belong to the day
  // that has begun.
  while (startOf(next) <= nowMs) {
    first = next
    next = first.add(STEP[window])
  }
  return { startMs: startOf(first), endMs: startOf(next) }
}

const STEP = { DAY: { days: 1 }, WEEK: { weeks: 1 }, MONTH: { months: 1 } } as const

function firstDay(window: keyof typeof STEP, date: CalendarDate): CalendarDate {
  switch (window) {
    case 'DAY':
      return date
    case 'WEEK':
      // ISO 8601: Monday is the first day, whatever a locale thinks.
      return date.subtract({ days: getDayOfWeek(date, 'en', 'mon') })
    case 'MONTH':
      return startOfMonth(date)
  }
}
