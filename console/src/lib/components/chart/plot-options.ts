// The options of uPlot for a chart of this console: colours from the design tokens, axes in the reader's language and zone.
import uPlot from 'uplot'
import { dateTimeFormat } from '#lib/preferences/intl.ts'
import { dayMs } from '#lib/time/durations.ts'
import { bucketOf, fillOf, type Series, stack, toneOf } from './series.ts'

export type ChartKind = 'lines' | 'area' | 'bars'

type Plot = {
  kind: ChartKind
  stacked: boolean
  times: readonly number[]
  series: readonly Series[]
  width: number
  height: number
  /** A value of the axis, short. */
  formatValue: (value: number) => string
  zone: 'UTC' | undefined
  /** Charts with the same key share their cursor. */
  syncKey: string | undefined
  onhover: (index: number | null, left: number) => void
  /** Milliseconds since the epoch; left out, dragging does nothing. */
  onzoom: ((from: number, to: number) => void) | undefined
}

// Steps of an axis of counts: there is no half of a call.
const WHOLE = Array.from({ length: 15 }, (_, power) => [1, 2, 5].map((step) => step * 10 ** power)).flat()

function isWhole(series: readonly Series[]): boolean {
  return series.every(({ values }) => values.every((value) => value === null || Number.isInteger(value)))
}

/** What uPlot draws for a chart: its options and its data. */
export function plotOf(plot: Plot): { options: uPlot.Options; data: uPlot.AlignedData } {
  const { kind, stacked, times, series, width, height } = plot
  const color = tokens()
  const bucket = bucketOf(times)
  // The topmost is drawn first, and each lower one over it.
  const columns = stacked ? stack(series, times.length).toReversed() : series.map(({ values }) => [...values])
  const drawn = series.map((each, place) => ({ each, tone: fillOf(toneOf(each, place)) }))
  if (stacked) drawn.reverse()
  const bars = kind === 'bars' ? uPlot.paths.bars?.({ size: [0.8, 32], align: 1 }) : undefined

  const options: uPlot.Options = {
    width,
    height,
    ms: 1,
    tzDate: (time) => (plot.zone ? uPlot.tzDate(new Date(time), 'Etc/UTC') : new Date(time)),
    padding: [8, 22, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      points: { show: kind !== 'bars', size: 7, fill: (u, at) => strokeOf(u, at) },
      drag: { x: plot.onzoom !== undefined, y: false, setScale: false },
      ...(plot.syncKey ? { sync: { key: plot.syncKey, setSeries: false } } : {}),
    },
    scales: {
      x: {
        time: true,
        range: (_, from, to) => [from, kind === 'bars' ? to + bucket : Math.max(to, from + 1)],
      },
      y: { range: (_, least, most) => [Math.min(0, least ?? 0), most > 0 ? most * 1.08 : 1] },
    },
    axes: [
      {
        stroke: color('ink-3'),
        font: axisFont(),
        grid: { show: false },
        ticks: { show: false },
        gap: 6,
        size: 28,
        space: 84,
        values: (_, splits, __, ___, increment) => timeLabels(splits, increment, plot.zone),
      },
      {
        stroke: color('ink-3'),
        font: axisFont(),
        grid: { stroke: color('line'), width: 1 },
        ticks: { show: false },
        gap: 6,
        // A low chart still has a number beside its 0; a higher one has three or more.
        space: Math.min(28, Math.floor(height / 4)),
        ...(isWhole(series) ? { incrs: WHOLE } : {}),
        size: (u, values) => axisWidth(u, values),
        values: (_, splits) => splits.map(plot.formatValue),
      },
    ],
    series: [
      {},
      ...drawn.map(({ each, tone }) => ({
        label: each.label,
        stroke: color(tone),
        width: kind === 'bars' ? 0 : 1.5,
        points: { show: kind !== 'bars' && times.length < 3, size: 6 },
        ...(each.dashed ? { dash: [4, 4] } : {}),
        ...(bars ? { paths: bars } : {}),
        ...(kind === 'bars' ? { fill: color(tone) } : {}),
        ...(kind === 'area' ? { fill: translucent(color(tone)) } : {}),
      })),
    ],
    ...(kind === 'area' && stacked
      ? {
          bands: drawn
            .slice(0, -1)
            .map((_, place) => ({ series: [place + 1, place + 2] as [number, number] })),
        }
      : {}),
    hooks: {
      setCursor: [
        (u) => plot.onhover(u.cursor.idx ?? null, (u.cursor.left ?? 0) + u.bbox.left / devicePixelRatio),
      ],
      setSelect: [
        (u) => {
          if (u.select.width < 4) return
          const from = u.posToVal(u.select.left, 'x')
          const to = u.posToVal(u.select.left + u.select.width, 'x')
          u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
          plot.onzoom?.(Math.round(from), Math.round(to))
        },
      ],
    },
  }
  return { options, data: [[...times], ...columns] }
}

/** Reads the tokens of the theme on screen. */
function tokens(): (name: string) => string {
  const style = getComputedStyle(document.documentElement)
  return (name) => style.getPropertyValue(`--${name}`).trim()
}

/** That of the page, which has one for Chinese. */
const axisFont = () => `11px ${getComputedStyle(document.body).fontFamily}`

const translucent = (color: string) => `color-mix(in oklab, ${color} 22%, transparent)`

function strokeOf(plot: uPlot, at: number): string {
  const stroke = plot.series[at]?.stroke
  return typeof stroke === 'function' ? String(stroke(plot, at)) : 'currentColor'
}

/** Instants of the axis: a day where the steps are days, else a time, and the day where it changes. */
function timeLabels(splits: readonly number[], increment: number, zone: 'UTC' | undefined): string[] {
  const day = dateTimeFormat({ month: 'short', day: 'numeric', timeZone: zone })
  const month = dateTimeFormat({ month: 'short', year: 'numeric', timeZone: zone })
  const time = dateTimeFormat({
    hour: '2-digit',
    minute: '2-digit',
    ...(increment < 60_000 ? { second: '2-digit' as const } : {}),
    hour12: false,
    timeZone: zone,
  })
  let shown = ''
  return splits.map((split) => {
    if (increment >= 28 * dayMs) return month.format(split)
    const date = day.format(split)
    if (increment >= dayMs) return date
    const clock = time.format(split)
    const changes = shown !== '' && date !== shown
    shown = date
    return changes ? date : clock
  })
}

// Half of the longest date, which stands under the line that this axis ends at: "11月24日".
const leastAxisWidth = 30

/** As wide as its longest label, so that no number is cut off. */
function axisWidth(plot: uPlot, values: readonly string[] | null): number {
  const longest = (values ?? []).reduce((least, value) => (value.length > least.length ? value : least), '')
  if (longest === '') return leastAxisWidth
  plot.ctx.font = axisFont()
  const width = plot.ctx.measureText(longest).width / (plot.ctx.getTransform().a || 1)
  return Math.max(leastAxisWidth, Math.ceil(width) + 14)
}
