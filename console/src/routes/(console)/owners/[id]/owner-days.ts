// What the keys of one owner did on each day of this month, for the shapes of its figures.
import type { UsageTotals } from '@latchkey/sdk'
import { latchkey } from '#lib/latchkey.ts'
import { dayMs } from '#lib/time/durations.ts'

/** The totals of a day; null: there was no call. */
export type OwnerDays = readonly (UsageTotals | null)[]

// The most groups that the server returns at once.
const groupsMax = 50

/** The days of this month in UTC until `now`, in milliseconds since the epoch; none of an owner beyond those that spend most. */
export async function ownerDays(id: string, now: number, signal: AbortSignal): Promise<OwnerDays> {
  const date = new Date(now)
  const start = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1)
  const groups = await latchkey.usage.series(
    {
      bucket: 'DAY',
      range: { from: new Date(start).toISOString() },
      timeZone: 'UTC',
      groupBy: 'OWNER',
      rank: 'COST',
      first: groupsMax,
    },
    { signal },
  )
  const group = groups.find(({ key }) => key === id)
  if (group === undefined) return []
  const totals = new Map(group.points.map((point) => [Date.parse(String(point.at)), point.totals]))
  const length = Math.floor((now - start) / dayMs) + 1
  return Array.from({ length }, (_, day) => totals.get(start + day * dayMs) ?? null)
}
