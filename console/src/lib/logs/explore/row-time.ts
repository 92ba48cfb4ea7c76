// The time of a call in a list, to the millisecond: rows are often closer than a second.
import { now } from '#lib/clock.svelte.ts'
import { formatClock } from '#lib/format.ts'
import { dateTimeFormat } from '#lib/preferences/intl.ts'
import { intlZone } from '#lib/preferences/time-zone.svelte.ts'

type RowTime = { date: string; minute: string; second: string; millisecond: string }

/**
 * The time as parts that follow each other, "19:26", ":05" and ".123", since a narrow row has no room for all of them; and the day in the
 * zone that the reader has chosen, "28 Nov": empty today.
 */
export function rowTime(iso: string): RowTime {
  const date = dayOf(new Date(iso))
  const clock = formatClock(iso)
  return {
    date: date === dayOf(now()) ? '' : date,
    minute: clock.slice(0, 5),
    second: clock.slice(5, 8),
    millisecond: clock.slice(8),
  }
}

function dayOf(time: Date | number): string {
  return dateTimeFormat({ month: 'short', day: 'numeric', timeZone: intlZone() }).format(time)
}
