// Ranges of time as a screen's URL holds them: `range=7d` stays relative whenever the link is opened, `range=2026-10` is a calendar
// month, and `from` and `to` are a fixed span. Days and months are local ones or those of UTC.
import { dayMs, hourMs } from './durations.ts'

const presets = ['15m', '1h', '24h', '7d', '30d', '90d', 'month', 'last-month'] as const
export type Preset = (typeof presets)[number]

export type TimeRange =
  | { kind: 'preset'; preset: Preset }
  | { kind: 'month' /** YYYY-MM */; month: string }
  | { kind: 'fixed'; from: string; to: string }

/** Instants as RFC 3339; `to` is after the last one. */
export type Bounds = { from: string; to: string }

const spans: Record<string, number> = {
  '15m': 15 * 60_000,
  '1h': hourMs,
  '24h': dayMs,
}

/** The range in a URL, and whether it holds one that cannot be read, which a screen says rather than drops. */
export function readRange(
  params: Pick<URLSearchParams, 'get'>,
  fallback: Preset,
): { range: TimeRange; invalid: boolean } {
  const from = params.get('from')
  const to = params.get('to')
  if (from !== null && to !== null) {
    const [start, end] = [Date.parse(from), Date.parse(to)]
    if (start < end)
      return {
        range: { kind: 'fixed', from: new Date(start).toISOString(), to: new Date(end).toISOString() },
        invalid: false,
      }
  }
  const text = params.get('range')
  const preset = presets.find((each) => each === text)
  if (preset) return { range: { kind: 'preset', preset }, invalid: false }
  if (text !== null && /^\d{4}-(0[1-9]|1[0-2])$/.test(text))
    return { range: { kind: 'month', month: text }, invalid: false }
  return {
    range: { kind: 'preset', preset: fallback },
    invalid: text !== null || from !== null || to !== null,
  }
}

/** The parameters that hold a range; those of the former range go. */
export function rangeParams(range: TimeRange): Record<'range' | 'from' | 'to', string | null> {
  switch (range.kind) {
    case 'preset':
      return { range: range.preset, from: null, to: null }
    case 'month':
      return { range: range.month, from: null, to: null }
    case 'fixed':
      return { range: null, from: range.from, to: range.to }
  }
}

/** From when to when. Ranges of days begin at midnight, so that the first day is a whole one. */
export function boundsOf(range: TimeRange, utc: boolean, now: Date): Bounds {
  if (range.kind === 'fixed') return { from: range.from, to: range.to }
  if (range.kind === 'month') {
    const [year = 1970, month = 1] = range.month.split('-').map(Number)
    return monthBounds(year, month - 1, utc)
  }
  const { year, month, day } = calendarOf(now, utc)
  const end = now.toISOString()
  switch (range.preset) {
    case 'month':
      return { from: midnight(year, month, 1, utc).toISOString(), to: end }
    case 'last-month':
      return monthBounds(year, month - 1, utc)
    case '7d':
    case '30d':
    case '90d':
      return {
        from: midnight(year, month, day - Number.parseInt(range.preset, 10) + 1, utc).toISOString(),
        to: end,
      }
    default:
      return { from: new Date(now.getTime() - (spans[range.preset] ?? 0)).toISOString(), to: end }
  }
}

/**
 * The span of the calls that a figure of usage counts for these bounds: usage is kept by whole hours of UTC. What is yet to come is in
 * none, so that a list of the same calls has none that came after the figure.
 */
export function countedBounds({ from, to }: Bounds, now: Date): Bounds {
  const [start, end] = [Date.parse(from), Date.parse(to)]
  const whole = Math.min(Math.ceil(end / hourMs) * hourMs, Math.max(end, now.getTime()))
  return {
    from: new Date(Math.floor(start / hourMs) * hourMs).toISOString(),
    to: new Date(whole).toISOString(),
  }
}

/** The range of the request logs with the calls that a figure of usage counts: the same where it begins and ends with an hour, as most do. */
export function countedRange(range: TimeRange, bounds: Bounds, now: Date): TimeRange {
  const counted = countedBounds(bounds, now)
  return counted.from === bounds.from && counted.to === bounds.to ? range : { kind: 'fixed', ...counted }
}

/** This month of UTC, by which the spend of labels and owners is counted: where the reader's begins with it, that. */
export function monthOfUtc(utc: boolean, now: Date): TimeRange {
  const month = monthBounds(now.getUTCFullYear(), now.getUTCMonth(), true)
  const range: TimeRange = { kind: 'preset', preset: 'month' }
  return boundsOf(range, utc, now).from === month.from ? range : { kind: 'fixed', ...month }
}

/** The range before it that is as long, to compare with; of a calendar month the month before. */
export function boundsBefore(range: TimeRange, utc: boolean, now: Date): Bounds {
  if (range.kind === 'month') {
    const [year = 1970, month = 1] = range.month.split('-').map(Number)
    return monthBounds(year, month - 2, utc)
  }
  const { from, to } = boundsOf(range, utc, now)
  const start = Date.parse(from)
  return { from: new Date(start - (Date.parse(to) - start)).toISOString(), to: from }
}

/** The buckets of a chart of this range, as `usageSeries` names them. */
export function bucketOfBounds({ from, to }: Bounds): 'HOUR' | 'DAY' | 'WEEK' | 'MONTH' {
  const days = (Date.parse(to) - Date.parse(from)) / dayMs
  if (days <= 4) return 'HOUR'
  if (days <= 120) return 'DAY'
  return days <= 800 ? 'WEEK' : 'MONTH'
}

/** The last `count` calendar months as YYYY-MM, this one first. */
export function recentMonths(count: number, utc: boolean, now: Date): string[] {
  const { year, month } = calendarOf(now, utc)
  return Array.from({ length: count }, (_, index) =>
    new Date(Date.UTC(year, month - index, 1)).toISOString().slice(0, 7),
  )
}

function monthBounds(year: number, month: number, utc: boolean): Bounds {
  return {
    from: midnight(year, month, 1, utc).toISOString(),
    to: midnight(year, month + 1, 1, utc).toISOString(),
  }
}

function calendarOf(date: Date, utc: boolean): { year: number; month: number; day: number } {
  return utc
    ? { year: date.getUTCFullYear(), month: date.getUTCMonth(), day: date.getUTCDate() }
    : { year: date.getFullYear(), month: date.getMonth(), day: date.getDate() }
}

function midnight(year: number, month: number, day: number, utc: boolean): Date {
  return utc ? new Date(Date.UTC(year, month, day)) : new Date(year, month, day)
}
