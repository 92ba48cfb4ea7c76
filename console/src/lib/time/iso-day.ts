// Days as text, in the zone that the reader has chosen.

/** A date as YYYY-MM-DD: of UTC, or else local. */
export function isoDay(date: Date, utc: boolean): string {
  if (utc) return date.toISOString().slice(0, 10)
  const pad = (value: number) => String(value).padStart(2, '0')
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`
}

/**
 * When a day begins, in milliseconds since the epoch; NaN where the text is no day.
 *
 * @param day YYYY-MM-DD.
 * @param utc whether it is a day of UTC, or else a local one, which may have 23 or 25 hours.
 * @param later so many days later.
 */
export function dayStart(day: string, utc: boolean, later = 0): number {
  const [, year, month, date] = (/^(\d{4})-(\d{2})-(\d{2})$/.exec(day) ?? []).map(Number)
  if (year === undefined || month === undefined || date === undefined) return Number.NaN
  const start = (more: number) =>
    utc ? Date.UTC(year, month - 1, date + more) : new Date(year, month - 1, date + more).getTime()
  // The 31st of a month with 30 days is none, rather than the first of the next.
  return isoDay(new Date(start(0)), utc) === day ? start(later) : Number.NaN
}
