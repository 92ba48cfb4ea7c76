// The figures of the data plane as Markdown tables: medians, and the ratios that they are read for.
import { ms, table, thousands } from '../report.ts'
import type { Aims } from './aims.ts'
import {
  type Figure,
  type Figures,
  figureOf,
  OPEN_STREAMS,
  PACED_PER_SECOND,
  PACED_STREAMS,
  SHORT_STREAMS,
} from './measure.ts'
import type { Target } from './targets/target.ts'

// A core that is busy less than this waited for its clients or its upstream.
const FULL_CORE = 0.93

/** Calls, streams and memory of the targets, side by side. */
export function comparisonTables(figures: Figures, targets: readonly Target[]): string[] {
  return [
    callTable(figures, targets),
    streamTable(figures, targets),
    catchUpTable(figures, targets),
    memoryTable(figures, targets),
  ]
}

function callTable(figures: Figures, targets: readonly Target[]): string {
  return table(
    [
      'JSON calls of about 1 KB',
      'calls/s on one core',
      'processor time, µs a call',
      '÷ nginx',
      'Portkey ÷ this',
      `p50 ms at ${PACED_PER_SECOND} calls/s`,
      'p99 ms',
    ],
    targets.map(({ name, label }) => [
      label,
      filled(figures, name, 'callsPerSecond', 'coreShare'),
      column(figureOf(figures, name, 'cpuUsPerCall'), ms),
      ...ratios(figures, name, 'cpuUsPerCall'),
      column(figureOf(figures, name, 'p50Ms'), ms),
      column(figureOf(figures, name, 'p99Ms'), ms),
    ]),
  )
}

function streamTable(figures: Figures, targets: readonly Target[]): string {
  const rate = thousands(PACED_STREAMS.open * PACED_STREAMS.perSecond)
  return table(
    [
      `event streams, ${rate} chunks/s in all`,
      'processor time, µs a chunk',
      '÷ nginx',
      'Portkey ÷ this',
      'first event, p50 ms',
      'p99 ms',
      'as fast as they go, chunks/s on one core',
    ],
    targets.map(({ name, label }) => [
      label,
      column(figureOf(figures, name, 'cpuUsPerChunk'), ms),
      ...ratios(figures, name, 'cpuUsPerChunk'),
      column(figureOf(figures, name, 'firstEventP50Ms'), ms),
      column(figureOf(figures, name, 'firstEventP99Ms'), ms),
      filled(figures, name, 'chunksPerSecond', 'floodShare'),
    ]),
  )
}

/** Short streams beside an idle ledger and, of Latchkey, beside one that catches up with calls that had filled the core. */
function catchUpTable(figures: Figures, targets: readonly Target[]): string {
  const { open, perSecond } = SHORT_STREAMS
  const row = (label: string, name: string, columns: readonly Figure[]) => [
    label,
    ...columns.map((figure) => column(figureOf(figures, name, figure), ms)),
  ]
  return table(
    [
      `short event streams, ${thousands(open * perSecond)} chunks/s in all`,
      'first event, p50 ms',
      'p99 ms',
      'a chunk, p99 ms',
      'processor time, µs a chunk',
      'of a call before, µs, until the ledger is idle',
    ],
    targets.flatMap(({ name, label }) => {
      if (!name.startsWith('latchkey')) return [row(label, name, IDLE_COLUMNS)]
      return [
        row(`${label}; the ledger idle`, name, IDLE_COLUMNS),
        row(`${label}; beside a ledger that catches up`, name, CATCH_UP_COLUMNS),
      ]
    }),
  )
}

// What a call costs is, beside an idle ledger, that of the table of calls.
const IDLE_COLUMNS = [
  'idleFirstEventP50Ms',
  'idleFirstEventP99Ms',
  'idleChunkP99Ms',
  'idleCpuUsPerChunk',
  'cpuUsPerCall',
] as const
const CATCH_UP_COLUMNS = [
  'catchUpFirstEventP50Ms',
  'catchUpFirstEventP99Ms',
  'catchUpChunkP99Ms',
  'catchUpCpuUsPerChunk',
  'catchUpCpuUsPerCall',
] as const

function memoryTable(figures: Figures, targets: readonly Target[]): string {
  const { open, perSecond } = OPEN_STREAMS
  const pair = (name: string, rss: Figure, pss: Figure) => {
    const [whole, share] = [figureOf(figures, name, rss), figureOf(figures, name, pss)]
    return Number.isNaN(whole) ? '' : `${whole.toFixed(0)} / ${share.toFixed(0)}`
  }
  return table(
    [
      'memory, resident / proportional, MB',
      'idle',
      'after a filled core',
      `${thousands(open)} open streams`,
      `${perSecond} chunks/s each: chunks/s read`,
      'µs a chunk',
    ],
    targets.map(({ name, label }) => [
      label,
      pair(name, 'idleRssMb', 'idlePssMb'),
      pair(name, 'loadedRssMb', 'loadedPssMb'),
      pair(name, 'openRssMb', 'openPssMb'),
      column(figureOf(figures, name, 'openChunksPerSecond'), thousands),
      column(figureOf(figures, name, 'openCpuUsPerChunk'), ms),
    ]),
  )
}

/** The same process with more of something; ratios are to the first row. */
export function growthTable(figures: Figures, targets: readonly Target[]): string {
  const [first] = targets
  const columns: [string, Figure, (value: number) => string][] = [
    ['calls/s', 'callsPerSecond', thousands],
    ['µs a call', 'cpuUsPerCall', ms],
    ['p50 ms', 'p50Ms', ms],
    ['p99 ms', 'p99Ms', ms],
    ['idle MB', 'idleRssMb', (value) => value.toFixed(0)],
    ['loaded MB', 'loadedRssMb', (value) => value.toFixed(0)],
  ]
  return table(
    ['Latchkey, JSON calls (÷ the first row)', ...columns.map(([title]) => title)],
    targets.map(({ name, label }) => [
      label,
      ...columns.map(([, figure, show]) => {
        const value = figureOf(figures, name, figure)
        const ratio = value / figureOf(figures, first?.name ?? '', figure)
        return name === first?.name ? column(value, show) : `${column(value, show)} (${ratio.toFixed(2)})`
      }),
    ]),
  )
}

/** Calls a second of processes that may use two cores. */
export function workersTable(figures: Figures, targets: readonly Target[]): string {
  const one = figureOf(figures, targets[0]?.name ?? '', 'callsPerSecond')
  return table(
    ['Latchkey on two cores', 'calls/s', '÷ one worker', 'cores it used', 'processor time, µs a call'],
    targets.map(({ name, label }) => {
      const calls = figureOf(figures, name, 'callsPerSecond')
      return [
        label,
        thousands(calls),
        (calls / one).toFixed(2),
        figureOf(figures, name, 'coreShare').toFixed(2),
        ms(figureOf(figures, name, 'cpuUsPerCall')),
      ]
    }),
  )
}

/** The aims in Markdown, and whether each was met. */
export function aimsTable(aims: Aims): string {
  return table(
    ['what is aimed for', 'aim', 'measured', 'met'],
    aims.map(({ what, aim, measured, met }) => [what, aim, measured, met ? 'yes' : 'no']),
  )
}

/** A number a second, marked where the core was not full: it could do more. */
function filled(figures: Figures, name: string, figure: Figure, share: Figure): string {
  const notFull = figureOf(figures, name, share) < FULL_CORE
  return column(figureOf(figures, name, figure), (value) => `${notFull ? '≥ ' : ''}${thousands(value)}`)
}

function ratios(figures: Figures, name: string, figure: Figure): string[] {
  const own = figureOf(figures, name, figure)
  return [own / figureOf(figures, 'nginx', figure), figureOf(figures, 'portkey', figure) / own].map((ratio) =>
    column(ratio, (value) => value.toFixed(1)),
  )
}

function column(value: number, show: (value: number) => string): string {
  return Number.isNaN(value) ? '' : show(value)
}
