// Time ranges that stay relative in the URL: `7d` is seven days on every day that the link is opened.
import type { DateTimeRange } from '@latchkey/sdk'
import { m } from '#lib/paraglide/messages.js'

export const ranges = ['24h', '7d', '30d', '90d', 'all'] as const
export type Range = (typeof ranges)[number]

/** The range in a URL; anything unknown is the fallback. */
export function rangeFrom(params: Pick<URLSearchParams, 'get'>, fallback: Range): Range {
  return ranges.find((range) => range === params.get('range')) ?? fallback
}

/** From when on. Ranges of days start at local midnight, so that the first day is a whole one. */
export function rangeBounds(range: Range, now = new Date()): DateTimeRange {
  if (range === 'all') return {}
  const from = new Date(now)
  if (range === '24h') {
    from.setHours(from.getHours() - 24)
  } else {
    from.setDate(from.getDate() - Number.parseInt(range, 10) + 1)
    from.setHours(0, 0, 0, 0)
  }
  return { from: from.toISOString() }
}

/** Where the reader's day starts, in minutes east of UTC. */
export function utcOffsetMinutes(): number {
  return -new Date().getTimezoneOffset()
}

/** The days (YYYY-MM-DD) of a range of days, oldest first; empty for ranges that are not made of days. */
export function daysOf(range: Range, now = new Date()): string[] {
  if (range === '24h' || range === 'all') return []
  const count = Number.parseInt(range, 10)
  return Array.from({ length: count }, (_, index) =>
    isoDay(new Date(now.getFullYear(), now.getMonth(), now.getDate() - count + 1 + index)),
  )
}

/** A local date as YYYY-MM-DD. */
export function isoDay(date: Date): string {
  const pad = (value: number) => String(value).padStart(2, '0')
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`
}

/** The range's name: "24 hours". */
export function rangeText(range: Range): string {
  switch (range) {
    case '24h':
      return m.range_24h()
    case '7d':
      return m.range_7d()
    case '30d':
      return m.range_30d()
    case '90d':
      return m.range_90d()
    case 'all':
      return m.range_all()
  }
}
