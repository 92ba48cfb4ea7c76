// Points of usage over time on a grid without gaps: the server leaves out hours and days without a call.
import type { UsageBucket, UsagePoint } from '@latchkey/sdk'
import { hourMs } from '#lib/time/durations.ts'

type Bounds = { from: string; to: string }

/** The name of the reader's zone in the IANA database, as `usageSeries` takes it; `chosen`: what Intl is given, where that is not the browser's own. */
export function ianaZone(chosen: string | undefined): string {
  return chosen ?? Intl.DateTimeFormat().resolvedOptions().timeZone
}

/** Where each bucket of the range begins, in milliseconds since the epoch; days, weeks and months are of UTC or of this browser's zone. */
export function gridOf({ from, to }: Bounds, bucket: UsageBucket, utc: boolean): number[] {
  const [start, end] = [Date.parse(from), Date.parse(to)]
  const times: number[] = []
  if (bucket === 'HOUR') {
    for (let at = Math.floor(start / hourMs) * hourMs; at < end; at += hourMs) times.push(at)
    return times
  }
  let at = beginOf(new Date(start), bucket, utc)
  while (at.getTime() < end) {
    times.push(at.getTime())
    at = next(at, bucket, utc)
  }
  return times
}

/** What `read` finds in the point of each bucket; `absent` where no call began in it, which is 0 of what is counted and null of what is measured. */
export function onGrid<Value>(
  times: readonly number[],
  points: readonly UsagePoint[],
  read: (totals: UsagePoint['totals']) => Value,
  absent: Value,
): Value[] {
  const values = new Array<Value>(times.length).fill(absent)
  let place = 0
  for (const { at, totals } of points) {
    const time = Date.parse(at)
    // A bucket that the clocks have moved still belongs to the day that it begins in.
    while (place + 1 < times.length && (times[place + 1] ?? 0) <= time) place++
    if (times.length > 0) values[place] = read(totals)
  }
  return values
}

function beginOf(date: Date, bucket: UsageBucket, utc: boolean): Date {
  const [year, month, day] = partsOf(date, utc)
  if (bucket === 'MONTH') return midnight(year, month, 1, utc)
  const weekday = ((utc ? date.getUTCDay() : date.getDay()) + 6) % 7
  return midnight(year, month, bucket === 'WEEK' ? day - weekday : day, utc)
}

function next(date: Date, bucket: UsageBucket, utc: boolean): Date {
  const [year, month, day] = partsOf(date, utc)
  if (bucket === 'MONTH') return midnight(year, month + 1, 1, utc)
  return midnight(year, month, day + (bucket === 'WEEK' ? 7 : 1), utc)
}

function partsOf(date: Date, utc: boolean): [number, number, number] {
  return utc
    ? [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()]
    : [date.getFullYear(), date.getMonth(), date.getDate()]
}

function midnight(year: number, month: number, day: number, utc: boolean): Date {
  return utc ? new Date(Date.UTC(year, month, day)) : new Date(year, month, day)
}
