// Numbers, spans and instants in the reader's language. Intl only; money is in format-money.ts.

import { m } from '#lib/paraglide/messages.js'
import { dateTimeFormat, numberFormat, relativeTimeFormat } from '#lib/preferences/intl.ts'
import { intlZone } from '#lib/preferences/time-zone.svelte.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** 1204 → "1,204". */
export function formatNumber(value: number): string {
  return numberFormat({}).format(value)
}

/** 12345 → "12.3K" or "1.2万"; for tiles, where the exact value stands in the title. */
export function formatCompact(value: number): string {
  if (value < 10_000) return formatNumber(value)
  return numberFormat({ notation: 'compact', maximumFractionDigits: 1 }).format(value)
}

/** 0.98765 → "98.8%". Never rounds up to 100% or down to 0%: one in a million stays visible, as "<0.1%". */
export function formatShare(value: number): string {
  if (value > 0 && value < 0.0005) return `<${formatShare(0.001)}`
  const floored = value < 1 ? Math.min(value, 0.999) : value
  return numberFormat({ style: 'percent', maximumFractionDigits: 1 }).format(floored)
}

/** 830 → "830 ms"; 2310 → "2.31 s"; 65000 → "1.1 min". */
export function formatDuration(ms: number): string {
  if (ms < second) return measure(ms, 'ms', Number.isInteger(ms) || ms >= 10 ? 0 : 1)
  return ms < minute ? measure(ms / second, 's', 2) : measure(ms / minute, 'min', 1)
}

/** 10000 → "10 s": a duration that somebody has set, without digits that say nothing. */
export function formatSetDuration(ms: number): string {
  if (ms >= minute && ms % minute === 0) return measure(ms / minute, 'min', 0)
  return ms % second === 0 ? measure(ms / second, 's', 0) : formatDuration(ms)
}

/** 2048 → "2.0 kB". */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return measure(bytes, 'B', 0)
  return bytes < 1_000_000 ? measure(bytes / 1000, 'kB', 1) : measure(bytes / 1_000_000, 'MB', 1)
}

/** "22 Nov 2026, 19:26:05", in the zone that the reader has chosen; with milliseconds where the order of calls matters. */
export function formatInstant(iso: string, withMilliseconds = false): string {
  return dateTimeFormat({
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: withMilliseconds ? 3 : undefined,
    hour12: false,
    timeZone: intlZone(),
    timeZoneName: intlZone() && 'short',
  }).format(new Date(iso))
}

/** "19:26:05.123": for rows that are close to each other. */
export function formatClock(iso: string): string {
  return dateTimeFormat({
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    hour12: false,
    timeZone: intlZone(),
  }).format(new Date(iso))
}

/** "22 Nov 2026". */
export function formatDate(iso: string): string {
  const format = dateTimeFormat({ dateStyle: 'medium', timeZone: intlZone() })
  return format.format(new Date(iso))
}

/** A calendar day (YYYY-MM-DD), short: "22 Nov". No zone may move it. */
export function formatDay(date: string): string {
  const format = dateTimeFormat({ month: 'short', day: 'numeric', timeZone: 'UTC' })
  return format.format(new Date(`${date}T00:00:00Z`))
}

/** "3 minutes ago", "in 2 days". */
export function formatRelative(iso: string, now: number): string {
  const span = new Date(iso).getTime() - now
  const format = relativeTimeFormat({ numeric: 'auto' })
  const size = Math.abs(span)
  if (size < 10 * second) return m.just_now()
  if (size < minute) return format.format(Math.trunc(span / second), 'second')
  if (size < hour) return format.format(Math.trunc(span / minute), 'minute')
  if (size < day) return format.format(Math.trunc(span / hour), 'hour')
  if (size < 60 * day) return format.format(Math.round(span / day), 'day')
  if (size < 730 * day) return format.format(Math.round(span / (30.44 * day)), 'month')
  return format.format(Math.round(span / (365.25 * day)), 'year')
}

/** "in 2 h 14 min", "in 45 s": until something that is near, to its last second. Past is "Just now". */
export function formatCountdown(iso: string, now: number): string {
  const left = Math.ceil((new Date(iso).getTime() - now) / second)
  if (left <= 0) return m.just_now()
  if (left >= 2 * 86_400) return formatRelative(iso, now)
  const [hours, minutes, seconds] = [Math.floor(left / 3600), Math.floor((left % 3600) / 60), left % 60]
  if (hours > 0) return m.in_span({ span: m.span_hours({ hours: formatNumber(hours), minutes }) })
  if (minutes >= 10) return m.in_span({ span: m.span_minutes({ minutes }) })
  return m.in_span({
    span: minutes > 0 ? m.span_minutes_seconds({ minutes, seconds }) : m.span_seconds({ seconds }),
  })
}

/** (120, 100) → "+20%"; "–" where there was nothing before. Beyond tenfold as "×12". */
export function formatDelta(now: number, before: number): string {
  if (before === 0) return '–'
  const factor = now / before
  if (factor >= 10) return `×${formatNumber(Math.round(factor))}`
  const change = numberFormat({
    style: 'percent',
    maximumFractionDigits: Math.abs(factor - 1) < 0.1 ? 1 : 0,
    signDisplay: 'exceptZero',
  }).format(factor - 1)
  // A minus is as wide as a plus; a hyphen is not.
  return change.replace('-', '−')
}

/** The symbols are SI's, the same in every language; the digits are the reader's, and always as many, so that columns line up. */
function measure(value: number, symbol: string, digits: number): string {
  const format = numberFormat({
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  })
  return `${format.format(value)} ${symbol}`
}
