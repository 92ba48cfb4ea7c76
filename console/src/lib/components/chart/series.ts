// What a chart draws: instants, and for each series a value at each of them.
import { dayMs } from '#lib/time/durations.ts'

/** A token of tokens.css, without its dashes. */
export type Tone =
  | `series-${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 'other'}`
  | 'accent'
  | 'good'
  | 'warn'
  | 'bad'
  | 'ink-3'

export type Series = {
  /** Stable over reloads, so that a series keeps its colour and stays hidden. */
  id: string
  label: string
  /** As many as there are instants; null where nothing is known, which is a gap and no zero. */
  values: readonly (number | null)[]
  /** Without one: the next of the series colours. */
  tone?: Tone
  /** Drawn as a dashed line, as a forecast or the period before. */
  dashed?: boolean
}

const order = [
  'series-1',
  'series-2',
  'series-3',
  'series-4',
  'series-5',
  'series-6',
  'series-7',
  'series-8',
] as const

/** The tone of the series at a place. What comes after the eighth, and "other", are grey. */
export function toneOf(series: Series, place: number): Tone {
  return series.tone ?? order[place] ?? 'series-other'
}

/** The token that a tone is drawn in: those of states have a brighter one beside that of their texts. */
export function fillOf(tone: Tone): string {
  return tone === 'warn' || tone === 'bad' ? `${tone}-fill` : tone
}

/** For each series its values on top of those below it; a gap adds nothing. */
export function stack(series: readonly Series[], count: number): number[][] {
  const below = new Array<number>(count).fill(0)
  return series.map(({ values }) => {
    for (let index = 0; index < count; index++) below[index] = (below[index] ?? 0) + (values[index] ?? 0)
    return [...below]
  })
}

/** The span of one value, in milliseconds: the least between two instants; a day where there are fewer. */
export function bucketOf(times: readonly number[]): number {
  let least = Number.POSITIVE_INFINITY
  for (let index = 1; index < times.length; index++)
    least = Math.min(least, (times[index] ?? 0) - (times[index - 1] ?? 0))
  return Number.isFinite(least) && least > 0 ? least : dayMs
}
