// Where the buckets of a range begin, with those in which nothing was called.
import type { UsageBucket } from '@latchkey/sdk'
import { hourMs } from '#lib/time/durations.ts'
import type { Bounds } from '#lib/time/time-range.ts'

// 120 days of hours: what a chart can draw.
const most = 3000

/**
 * Instants in milliseconds since the epoch, rising, at most 3,000. `utc`: days, weeks (from Monday) and months are those of UTC, else
 * those of this browser.
 */
export function bucketTimes({ from, to }: Bounds, bucket: UsageBucket, utc: boolean): number[] {
  const end = Date.parse(to)
  const times: number[] = []
  let time = bucketStart(Date.parse(from), bucket, utc)
  while (time < end && times.length < most) {
    times.push(time)
    time = nextBucket(time, bucket, utc)
  }
  return times
}

function bucketStart(time: number, bucket: UsageBucket, utc: boolean): number {
  if (bucket === 'HOUR') return Math.floor(time / hourMs) * hourMs
  const { year, month, day, weekday } = calendarOf(time, utc)
  if (bucket === 'MONTH') return midnight(year, month, 1, utc)
  return midnight(year, month, bucket === 'WEEK' ? day - ((weekday + 6) % 7) : day, utc)
}

function nextBucket(time: number, bucket: UsageBucket, utc: boolean): number {
  if (bucket === 'HOUR') return time + hourMs
  const { year, month, day } = calendarOf(time, utc)
  if (bucket === 'MONTH') return midnight(year, month + 1, 1, utc)
  return midnight(year, month, day + (bucket === 'WEEK' ? 7 : 1), utc)
}

function calendarOf(time: number, utc: boolean) {
  const date = new Date(time)
  return utc
    ? {
        year: date.getUTCFullYear(),
        month: date.getUTCMonth(),
        day: date.getUTCDate(),
        weekday: date.getUTCDay(),
      }
    : { year: date.getFullYear(), month: date.getMonth(), day: date.getDate(), weekday: date.getDay() }
}

function midnight(year: number, month: number, day: number, utc: boolean): number {
  return utc ? Date.UTC(year, month, day) : new Date(year, month, day).getTime()
}
