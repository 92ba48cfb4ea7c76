// The fixed windows that limits and budgets count in, as ranges of instants. They partition time: each ends where the next begins.
//
// Calendar days come from @internationalized/date, which the console brings already: pure functions over Intl's time zones.
// Node 24 has no Temporal, and its polyfill is four times the size. Nothing here runs on every call: a counter calls it once a window.
import {
  type CalendarDate,
  type DateDuration,
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
 * compiler names what the console has to say of it. None is longer than a day: ledger/usage/key-usage.ts counts calls and tokens from
 * the request logs, which are kept for a day at least.
 */
export type LimitWindow = (typeof LIMIT_WINDOWS)[number]

export const BUDGET_WINDOWS = ['DAY', 'WEEK', 'MONTH', 'TOTAL'] as const
/**
 * The windows of budgets, by the calendar of the budget's time zone; a WEEK begins on Monday (ISO 8601), TOTAL is the key's
 * whole life. Another one is added as one of limits is; rollups that it is counted from are kept as long as `CALENDAR` says.
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
 * The window of a rate limit that an instant lies in, aligned in UTC to multiples of its length. One that begins on a certain day,
 * such as a week, needs an offset, since the epoch was a Thursday.
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
  let next = first.add(CALENDAR[window].step)
  // Where clocks go back over midnight, a day's last minutes have the date of the day before: those belong to the day
  // that has begun.
  while (startOf(next) <= nowMs) {
    first = next
    next = first.add(CALENDAR[window].step)
  }
  return { startMs: startOf(first), endMs: startOf(next) }
}

type CalendarWindow = Exclude<BudgetWindow, 'TOTAL'>

/** `step`: from the first day of a window to that of the next. `maxDays`: the most dates that it has. */
const CALENDAR: Record<CalendarWindow, { step: DateDuration; maxDays: number }> = {
  DAY: { step: { days: 1 }, maxDays: 1 },
  WEEK: { step: { weeks: 1 }, maxDays: 7 },
  MONTH: { step: { months: 1 }, maxDays: 31 },
}

/**
 * Milliseconds after which no window of a budget but TOTAL lasts on, in whatever time zone: its dates, a day for clocks that are
 * changed meanwhile, and a day since rollups are kept by whole days.
 */
export function budgetWindowMaxMs(): number {
  return (Math.max(...Object.values(CALENDAR).map(({ maxDays }) => maxDays)) + 2) * DAY_MS
}

function firstDay(window: CalendarWindow, date: CalendarDate): CalendarDate {
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
