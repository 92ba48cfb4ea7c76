// Folds the rollups of many buckets into the few totals that a report shows, one at a time, so that they need not all be in
// memory where they are read.
import { DELETED_KEYS, emptyRollup, type Grain, mergeRollup, type Rollup, type RollupKind } from './rollup.ts'
import { totalsOf, type UsageTotals } from './usage-totals.ts'

/** A range of one kind's buckets: from included, to not. */
export type UsagePart = { kind: RollupKind; from: number; to: number }

/** Which rollups are summed, and by what. Plain data: it crosses threads. */
export type UsageQuery = {
  parts: UsagePart[]
  /** 0 but for KEY_MODEL_HOUR. */
  apiKeyId: number
  /** A group for each value; else one group of all, with the value ''. */
  byValue: boolean
  /** These values alone; null: all. */
  values: string[] | null
  /** True: of the dimension KEY, with DELETED_KEYS among the values, which keys stand for too whose removal is not done. */
  withDeleted?: boolean
  /** Points of a group: its hours in UTC or its days in the offset; null: none. */
  points: Grain | null
  /** Whole minutes east of UTC: an hour belongs to the day in which it begins. */
  utcOffsetMinutes: number
  /**
   * Where the points begin instead, in minutes since the epoch, in order; the first no later than any rollup. An hour, or a day where the kind is one
   * of days, belongs to the point in which it begins.
   */
  starts?: number[]
}

export type UsagePoint = { atMs: number; totals: UsageTotals }
/** Points without a call are omitted; the others are in order of time. */
export type UsageGroup = { value: string; totals: UsageTotals; points: UsagePoint[] }

const HOUR_MINUTES = 60
const DAY_MINUTES = 1_440
// Points of a step.
const STEP = 50

export class UsageFold {
  readonly #query: UsageQuery
  // By value, then by the point's instant in minutes since the epoch; all in one where no points are requested.
  readonly #groups = new Map<string, Map<number, Rollup>>()

  constructor(query: UsageQuery) {
    this.#query = query
  }

  /** The rollup to which those of this bucket are added. */
  rollupFor(kind: RollupKind, bucket: number, value: string): Rollup {
    const group = valueAt(this.#groups, this.#query.byValue ? this.#nameOf(value) : '', () => new Map())
    return valueAt(group, this.#pointOf(kind, bucket), emptyRollup)
  }

  /** The groups, most calls first. */
  groups(): UsageGroup[] {
    const steps = this.totalsInSteps()
    for (;;) {
      const { done, value } = steps.next()
      if (done) return value
    }
  }

  /** The same in steps of a millisecond or so, for a thread that has other things to do. */
  *totalsInSteps(): Generator<void, UsageGroup[], void> {
    const groups: UsageGroup[] = []
    for (const [value, rollups] of this.#groups) {
      const all = emptyRollup()
      const points: UsagePoint[] = []
      const inOrder = [...rollups].sort(([a], [b]) => a - b)
      for (const [at, [minutes, rollup]] of inOrder.entries()) {
        mergeRollup(all, rollup)
        if (this.#query.points !== null) points.push({ atMs: minutes * 60_000, totals: totalsOf(rollup) })
        if (at % STEP === STEP - 1) yield
      }
      groups.push({ value, totals: totalsOf(all), points })
      yield
    }
    return groups.sort((a, b) => b.totals.calls - a.totals.calls || (a.value < b.value ? -1 : 1))
  }

  /** What is read beyond the wanted values is of keys whose removal is not done. */
  #nameOf(value: string): string {
    const { withDeleted = false, values } = this.#query
    return withDeleted && values?.includes(value) === false ? DELETED_KEYS : value
  }

  #pointOf(kind: RollupKind, bucket: number): number {
    const { points, utcOffsetMinutes, starts } = this.#query
    if (points === null) return 0
    const minutes = bucket * (kind.endsWith('_DAY') ? DAY_MINUTES : HOUR_MINUTES)
    if (starts !== undefined) return startBefore(starts, minutes)
    if (points === 'HOUR') return minutes
    return Math.floor((minutes + utcOffsetMinutes) / DAY_MINUTES) * DAY_MINUTES - utcOffsetMinutes
  }
}

/** The last start that is not after `minutes`, by bisection. */
function startBefore(starts: number[], minutes: number): number {
  let [low, high] = [0, starts.length]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if ((starts[middle] ?? 0) <= minutes) low = middle
    else high = middle
  }
  return starts[low] ?? minutes
}

function valueAt<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}
