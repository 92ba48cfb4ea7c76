// The time of a call in a list, to the millisecond: rows are often closer than a second.
import { now } from '#lib/clock.svelte.ts'
import { formatClock } from '#lib/format.ts'
import { getLocale } from '#lib/paraglide/runtime.js'
import { intlZone } from '#lib/preferences/time-zone.svelte.ts'

let format: Intl.DateTimeFormat | undefined
let made = ''

/** "19:26:05.123" today, "28 Nov 19:26:05.123" on another day of the zone that the reader has chosen. */
export function rowTime(iso: string): string {
  const date = dayOf(new Date(iso))
  return date === dayOf(now()) ? formatClock(iso) : `${date} ${formatClock(iso)}`
}

/** Making a format is dear, and a list asks for it twice a row. */
function dayOf(time: Date | number): string {
  const wanted = `${getLocale()} ${intlZone() ?? ''}`
  if (format === undefined || made !== wanted) {
    format = new Intl.DateTimeFormat(getLocale(), { month: 'short', day: 'numeric', timeZone: intlZone() })
    made = wanted
  }
  return format.format(time)
}
