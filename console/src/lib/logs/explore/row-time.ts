// The time of a call in a list, to the millisecond: rows are often closer than a second.
import { now } from '#lib/clock.svelte.ts'
import { formatClock } from '#lib/format.ts'
import { dateTimeFormat } from '#lib/preferences/intl.ts'
import { intlZone } from '#lib/preferences/time-zone.svelte.ts'

/** The time, "19:26:05.123", and the day in the zone that the reader has chosen, "28 Nov": empty today. */
export function rowTime(iso: string): { date: string; clock: string } {
  const date = dayOf(new Date(iso))
  return { date: date === dayOf(now()) ? '' : date, clock: formatClock(iso) }
}

function dayOf(time: Date | number): string {
  return dateTimeFormat({ month: 'short', day: 'numeric', timeZone: intlZone() }).format(time)
}
