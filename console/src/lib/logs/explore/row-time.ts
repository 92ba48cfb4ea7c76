// The time of a call in a list, to the millisecond: rows are often closer than a second.
import { now } from '#lib/clock.svelte.ts'
import { formatClock } from '#lib/format.ts'
import { dateTimeFormat } from '#lib/preferences/intl.ts'
import { intlZone } from '#lib/preferences/time-zone.svelte.ts'

/** "19:26:05.123" today, "28 Nov 19:26:05.123" on another day of the zone that the reader has chosen. */
export function rowTime(iso: string): string {
  const date = dayOf(new Date(iso))
  return date === dayOf(now()) ? formatClock(iso) : `${date} ${formatClock(iso)}`
}

function dayOf(time: Date | number): string {
  return dateTimeFormat({ month: 'short', day: 'numeric', timeZone: intlZone() }).format(time)
}
