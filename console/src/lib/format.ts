// Numbers, spans and instants in the reader's language. Intl only; money is in format-money.ts.

import { m } from '#lib/paraglide/messages.js'
import { compactDigits, dateTimeFormat, numberFormat, relativeTimeFormat } from '#lib/preferences/intl.ts'
import { intlZone } from '#lib/preferences/time-zone.svelte.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** 1204 → "1,204". */
export function formatNumber(value: number): string {
  return numberFormat({}).format(value)
}

/** 12345 → "12.3K" or "1.23万"; for tiles, where the exact value stands in the title. */
export function formatCompact(value: number): string {
  return value < 10_000 ? formatNumber(value) : numberFormat(compactDigits).format(value)
}

/**
 * 0.98765 → "98.8%", 0.04 → "4%". Never rounds up to 100% or down to 0%: one in a million stays visible, as "<0.1%". In a column
 * it has one digit behind the point always ("4.0%"), so that the points stand below each other.
 */
export function formatShare(value: number, { column = false } = {}): string {
  if (value > 0 && value < 0.0005) return `<${formatShare(0.001)}`
  const floored = value < 1 ? Math.min(value, 0.999) : value
  const digits = { minimumFractionDigits: column ? 1 : 0, maximumFractionDigits: 1 }
  return numberFormat({ style: 'percent', ...digits }).format(floored)
}

/** 830 → "830 ms"; 2310 → "2.31 s"; 31380 → "31.4 s"; 108000 → "1 min 48 s"; 7500000 → "2 h 5 min". */
export function formatDuration(ms: number): string {
  if (ms < 999.5) return measure(ms, 'ms', Number.isInteger(ms) || ms >= 9.95 ? 0 : 1)
  const seconds = ms / second
  if (seconds < 59.95) return measure(seconds, 's', seconds < 9.995 ? 2 : 1)
  const whole = Math.round(seconds)
  if (whole < 3600) return `${measure(Math.floor(whole / 60), 'min', 0)} ${measure(whole % 60, 's', 0)}`
  const minutes = Math.round(seconds / 60)
  return `${measure(Math.floor(minutes / 60), 'h', 0)} ${measure(minutes % 60, 'min', 0)}`
}

/** 10000 → "10 s": a duration that somebody has set, without digits that say nothing. */
export function formatSetDuration(ms: number): string {
  if (ms >= minute && ms % minute === 0) return measure(ms / minute, 'min', 0)
  return ms % second === 0 ? measure(ms / second, 's', 0) : formatDuration(ms)
}

/**
 * 14390 → "14 s"; 1234 → "1.2 s"; 834 → "830 ms": a percentile of durations, with the two digits that count. The server keeps them
 * in buckets of 9 %, so that further digits would be those of the bucket.
 */
export function formatPercentile(ms: number): string {
  if (ms < 10) return measure(ms, 'ms', 0)
  const rounded = Number(ms.toPrecision(2))
  if (rounded >= minute) return formatDuration(rounded)
  return rounded < second
    ? measure(rounded, 'ms', 0)
    : measure(rounded / second, 's', rounded < 10 * second ? 1 : 0)
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

/** "3 minutes ago", "in 2 days", "3 分钟前". */
export function formatRelative(iso: string, now: number): string {
  const span = new Date(iso).getTime() - now
  const size = Math.abs(span)
  if (size < 10 * second) return m.just_now()
  if (size < minute) return relative(Math.trunc(span / second), 'second')
  if (size < hour) return relative(Math.trunc(span / minute), 'minute')
  if (size < day) return relative(Math.trunc(span / hour), 'hour')
  if (size < 60 * day) return relative(Math.round(span / day), 'day')
  if (size < 730 * day) return relative(Math.round(span / (30.44 * day)), 'month')
  return relative(Math.round(span / (365.25 * day)), 'year')
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

/**
 * (120, 100) → "+20%"; "–" where there was nothing before. Beyond tenfold as "×12". What differs is never "0%", and what is left
 * of something never "−100%".
 */
export function formatDelta(now: number, before: number): string {
  if (before === 0) return '–'
  const factor = now / before
  if (factor >= 10) return `×${formatNumber(Math.round(factor))}`
  const size = Math.abs(factor - 1)
  if (size > 0 && size < 0.0005) return `${factor > 1 ? '+' : '−'}${formatShare(size)}`
  const isLittleLeft = factor > 0 && factor < 0.01
  const change = numberFormat({
    style: 'percent',
    maximumFractionDigits: size < 0.1 || isLittleLeft ? 1 : 0,
    signDisplay: 'exceptZero',
  }).format(isLittleLeft ? Math.max(factor - 1, -0.999) : factor - 1)
  // A minus is as wide as a plus; a hyphen is not.
  return change.replace('-', '−')
}

/** Intl sets no space between a digit and a Chinese character; all other texts of the console do. */
function relative(value: number, unit: Intl.RelativeTimeFormatUnit): string {
  const text = relativeTimeFormat({ numeric: 'auto' }).format(value, unit)
  return text.replace(/(\d)(?=\p{Script=Han})/gu, '$1 ')
}

/** The symbols are SI's, the same in every language; the digits are the reader's, and always as many, so that columns line up. */
function measure(value: number, symbol: string, digits: number): string {
  const format = numberFormat({
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  })
  return `${format.format(value)} ${symbol}`
}
