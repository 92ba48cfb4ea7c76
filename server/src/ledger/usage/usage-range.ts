// Ranges of time as buckets of the rollups.
import { HOUR_MS } from '../../domain/time.ts'
import type { ReportDimension } from '../../domain/usage/rollup.ts'
import type { UsagePart } from '../../domain/usage/rollup-changes.ts'

export type UsageRange = {
  /** Included; null: from the first call on. */
  fromMs: number | null
  /** Not included; null: to the last. */
  toMs: number | null
  apiKeyId?: number
  /** Whole minutes east of UTC, -840 to 840: where days begin, to the hour. */
  utcOffsetMinutes?: number
}

/** A range in hours since the epoch: from included, to not. */
export type Hours = { from: number; to: number }

// Further than any id of ours, and within 32 bits: the year 5138.
const LAST_HOUR = 27_777_777

/** The whole hours that a range touches. */
export function hoursOf(range: Pick<UsageRange, 'fromMs' | 'toMs'>): Hours {
  return {
    from: range.fromMs === null ? 0 : clamp(Math.floor(range.fromMs / HOUR_MS)),
    to: range.toMs === null ? LAST_HOUR : clamp(Math.ceil(range.toMs / HOUR_MS)),
  }
}

/** As many hours, directly before. */
export function hoursBefore({ from, to }: Hours): Hours {
  return { from: Math.max(0, from - (to - from)), to: from }
}

/** What has to be read of a dimension: days where they are whole, hours at the edges. */
export function partsOf(dimension: ReportDimension, hours: Hours): UsagePart[] {
  const firstDay = Math.ceil(hours.from / 24)
  const endDay = Math.floor(hours.to / 24)
  if (firstDay >= endDay) return [{ kind: `${dimension}_HOUR`, ...hours }]
  const parts: UsagePart[] = [
    { kind: `${dimension}_HOUR`, from: hours.from, to: firstDay * 24 },
    { kind: `${dimension}_DAY`, from: firstDay, to: endDay },
    { kind: `${dimension}_HOUR`, from: endDay * 24, to: hours.to },
  ]
  return parts.filter(({ from, to }) => from < to)
}

function clamp(hour: number): number {
  return Math.min(LAST_HOUR, Math.max(0, hour))
}
