// Ranges of time on a screen: their bounds in the zone that the reader has chosen, and what they are called.

import { m } from '#lib/paraglide/messages.js'
import { dateTimeFormat } from '#lib/preferences/intl.ts'
import { intlZone } from '#lib/preferences/time-zone.svelte.ts'
import type { Bounds, Preset, TimeRange } from './calendar-range.ts'
import * as calendar from './calendar-range.ts'

export {
  type Bounds,
  bucketOfBounds,
  type Preset,
  rangeParams,
  readRange,
  type TimeRange,
} from './calendar-range.ts'

/** From when to when, as of now. */
export function boundsOf(range: TimeRange): Bounds {
  return calendar.boundsOf(range, intlZone() !== undefined, new Date())
}

/** The range before it that is as long, to compare with; of a calendar month the month before. */
export function boundsBefore(range: TimeRange): Bounds {
  return calendar.boundsBefore(range, intlZone() !== undefined, new Date())
}

/** The span of the calls that a figure of usage counts for these bounds: whole hours, and none that are yet to come. */
export function countedBounds(bounds: Bounds): Bounds {
  return calendar.countedBounds(bounds, new Date())
}

/** The range of the request logs with the calls that a figure of usage counts for this range, whose bounds were these. */
export function countedRange(range: TimeRange, bounds: Bounds): TimeRange {
  return calendar.countedRange(range, bounds, new Date())
}

/** This month of UTC, by which the spend of labels and owners is counted. */
export function monthOfUtc(): TimeRange {
  return calendar.monthOfUtc(intlZone() !== undefined, new Date())
}

/** The last `count` calendar months as YYYY-MM, this one first. */
export function recentMonths(count: number): string[] {
  return calendar.recentMonths(count, intlZone() !== undefined, new Date())
}

/** "Last 7 days", "October 2026", "1 Nov, 14:00 – 2 Nov, 09:30". */
export function rangeLabel(range: TimeRange): string {
  switch (range.kind) {
    case 'preset':
      return presetLabel(range.preset)
    case 'month':
      return monthLabel(range.month)
    case 'fixed': {
      const format = dateTimeFormat({
        month: 'short',
        day: 'numeric',
        hour: '2-digit',
        minute: '2-digit',
        hour12: false,
        timeZone: intlZone(),
      })
      return `${format.format(new Date(range.from))} – ${format.format(new Date(range.to))}`
    }
  }
}

/** A preset in the reader's language. */
export function presetLabel(preset: Preset): string {
  const labels: Record<Preset, () => string> = {
    '15m': m.range_last_15m,
    '1h': m.range_last_1h,
    '24h': m.range_last_24h,
    '7d': m.range_last_7d,
    '30d': m.range_last_30d,
    '90d': m.range_last_90d,
    month: m.range_this_month,
    'last-month': m.range_last_month,
  }
  return labels[preset]()
}

/** "2026-10" → "October 2026". */
export function monthLabel(month: string): string {
  return dateTimeFormat({ year: 'numeric', month: 'long', timeZone: 'UTC' }).format(
    new Date(`${month}-01T00:00:00Z`),
  )
}

/** What an input of type datetime-local holds, in the zone of the reader. */
export function toLocalInput(iso: string): string {
  const date = new Date(iso)
  const shifted = intlZone() ? date : new Date(date.getTime() - date.getTimezoneOffset() * 60_000)
  return shifted.toISOString().slice(0, 16)
}

/** The instant of such an input; null where it holds none. */
export function fromLocalInput(text: string): string | null {
  const date = new Date(intlZone() ? `${text}Z` : text)
  return Number.isNaN(date.getTime()) ? null : date.toISOString()
}
