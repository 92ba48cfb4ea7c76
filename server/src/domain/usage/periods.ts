// Periods of time that usage is shown by, in a time zone: hours, days, weeks and months, which follow each other without a gap.
import { budgetWindowAt, type Window } from '../policy/windows.ts'
import { HOUR_MS } from '../time.ts'

/** HOUR is one of UTC; the others are of the calendar of a time zone, and a WEEK begins on Monday (ISO 8601). */
export const PERIODS = ['HOUR', 'DAY', 'WEEK', 'MONTH'] as const
export type Period = (typeof PERIODS)[number]

/** The period that an instant lies in: from `startMs` up to, not including, `endMs`. A day has 23 or 25 hours where clocks change. */
export function periodAt(period: Period, timeZone: string, atMs: number): Window {
  if (period !== 'HOUR') return budgetWindowAt(period, timeZone, atMs)
  const startMs = Math.floor(atMs / HOUR_MS) * HOUR_MS
  return { startMs, endMs: startMs + HOUR_MS }
}

/**
 * Where the periods begin that a range touches, in order, at most `max` of them and one more. Milliseconds since the epoch; the first
 * may be before `fromMs`.
 */
export function periodStarts(
  period: Period,
  timeZone: string,
  { fromMs, toMs }: { fromMs: number; toMs: number },
  max: number,
): number[] {
  const starts: number[] = []
  let atMs = fromMs
  while (atMs < toMs && starts.length <= max) {
    const { startMs, endMs } = periodAt(period, timeZone, atMs)
    starts.push(startMs)
    atMs = endMs
  }
  return starts
}
