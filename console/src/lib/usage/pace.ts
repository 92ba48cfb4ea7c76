// What a period will cost if it goes on as it has begun.

import { dayMs } from '#lib/time/durations.ts'

/**
 * The cost at the end of a period, in proportion to the part of it that is over. Null where the period has ended or has not begun, and
 * before its first day is over: an hour says nothing of a month. Instants in milliseconds since the epoch.
 */
export function paceOf(spent: number, from: number, end: number, now: number): number | null {
  if (now >= end || now - from < dayMs || Number.isNaN(spent)) return null
  return (spent / (now - from)) * (end - from)
}
