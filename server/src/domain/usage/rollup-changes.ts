// Folds the cells of many buckets into the few sums that a report shows, one cell at a time: wherever the rows are read,
// nobody has to hold them all.
import { emptyCell, type Grain, mergeCell, type UsageCell, type UsageCellKind } from './rollup.ts'
import { totalsOf, type UsageTotals } from './usage-totals.ts'

/** A stretch of one kind's buckets: from included, to not. */
export type UsagePart = { kind: UsageCellKind; from: number; to: number }

/** Which cells to add up, and by what. Plain data: it crosses threads. */
export type UsageQuery = {
  parts: UsagePart[]
  /** 0 but for KEY_MODEL_HOUR. */
  apiKeyId: number
  /** A group for each value; else one group of all, with the value ''. */
  byValue: boolean
  /** These values alone; null: all. */
  values: string[] | null
  /** Points of a group: its hours in UTC or its days in the offset; null: none. */
  points: Grain | null
  /** Whole minutes east of UTC: an hour belongs to the day in which it begins. */
  utcOffsetMinutes: number
}

export type UsagePoint = { atMs: number; totals: UsageTotals }
/** Points without a call are left out; the others are in order of time. */
export type UsageSum = { value: string; totals: UsageTotals; points: UsagePoint[] }

const HOUR_MINUTES = 60
const DAY_MINUTES = 1_440
// Points of a step.
const STEP = 50

export class UsageFold {
  readonly #query: UsageQuery
  // By value, then by the point's instant in minutes since the epoch; all in one where no points are asked for.
  readonly #groups = new Map<string, Map<number, UsageCell>>()

  constructor(query: UsageQuery) {
    this.#query = query
  }

  /** The cell that whatever lies in this bucket is to be added to. */
  cellFor(kind: UsageCellKind, bucket: number, value: string): UsageCell {
    const group = valueAt(this.#groups, this.#query.byValue ? value : '', () => new Map())
    return valueAt(group, this.#pointOf(kind, bucket), emptyCell)
  }

  /** The sums, most calls first. */
  sums(): UsageSum[] {
    const steps = this.sumsInSteps()
    for (;;) {
      const { done, value } = steps.next()
      if (done) return value
    }
  }

  /** The same in steps of a millisecond or so, for a thread that has other things to do. */
  *sumsInSteps(): Generator<void, UsageSum[], void> {
    const sums: UsageSum[] = []
    for (const [value, cells] of this.#groups) {
      const all = emptyCell()
      const points: UsagePoint[] = []
      const inOrder = [...cells].sort(([a], [b]) => a - b)
      for (const [at, [minutes, cell]] of inOrder.entries()) {
        mergeCell(all, cell)
        if (this.#query.points !== null) points.push({ atMs: minutes * 60_000, totals: totalsOf(cell) })
        if (at % STEP === STEP - 1) yield
      }
      sums.push({ value, totals: totalsOf(all), points })
      yield
    }
    return sums.sort((a, b) => b.totals.calls - a.totals.calls || (a.value < b.value ? -1 : 1))
  }

  #pointOf(kind: UsageCellKind, bucket: number): number {
    const { points, utcOffsetMinutes } = this.#query
    if (points === null) return 0
    const minutes = bucket * (kind.endsWith('_DAY') ? DAY_MINUTES : HOUR_MINUTES)
    if (points === 'HOUR') return minutes
    return Math.floor((minutes + utcOffsetMinutes) / DAY_MINUTES) * DAY_MINUTES - utcOffsetMinutes
  }
}

function valueAt<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}
