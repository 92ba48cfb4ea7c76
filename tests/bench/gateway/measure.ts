// The measurements of one round, and what they come to over all rounds.
import { setTimeout as after } from 'node:timers/promises'
import { median } from '../report.ts'
import type { Load, Seen, Streams } from './load.ts'
import { cpuUs, memoryOf, settled } from './process-figures.ts'
import type { Target } from './targets/target.ts'

/** Names of figures; the tables say what each is, and its unit. */
export type Figure =
  | 'callsPerSecond'
  | 'cpuUsPerCall'
  | 'coreShare'
  | 'p50Ms'
  | 'p99Ms'
  | 'chunksPerSecond'
  | 'floodShare'
  | 'cpuUsPerChunk'
  | 'firstEventP50Ms'
  | 'firstEventP99Ms'
  | 'idleFirstEventP50Ms'
  | 'idleFirstEventP99Ms'
  | 'idleChunkP99Ms'
  | 'idleCpuUsPerChunk'
  | 'catchUpFirstEventP50Ms'
  | 'catchUpFirstEventP99Ms'
  | 'catchUpChunkP99Ms'
  | 'catchUpCpuUsPerChunk'
  | 'catchUpCpuUsPerCall'
  | 'idleRssMb'
  | 'idlePssMb'
  | 'loadedRssMb'
  | 'loadedPssMb'
  | 'openRssMb'
  | 'openPssMb'
  | 'openCpuUsPerChunk'
  | 'openChunksPerSecond'

export type Figures = Map<string, Map<Figure, number[]>>

export type Measuring = {
  load: Load
  figures: Figures
  seconds: number
}

export const PACED_PER_SECOND = 500
export const PACED_STREAMS: Streams = { open: 100, chunks: 100, perSecond: 50 }
// Each lasts half a second, so that enough of them begin for a 99th percentile.
export const SHORT_STREAMS: Streams = { open: 100, chunks: 25, perSecond: 50 }
const SHORT_RAMP_SECONDS = 0.5
const FLOOD: Streams = { open: 64, chunks: 500, perSecond: 0 }
export const OPEN_STREAMS = { open: 1_000, perSecond: 20 }

/** The median of what was measured; NaN where it was not. */
export function figureOf(figures: Figures, row: string, figure: Figure): number {
  return median(figures.get(row)?.get(figure) ?? [])
}

/** Waits until what a target needs for its start alone has been freed. */
export function coolingDown(): Promise<void> {
  return after(20_000)
}

/** What the target has in memory before its first call; nothing of a target that runs elsewhere. */
export function measureIdle({ figures }: Measuring, target: Target): void {
  if (target.pid === null) return
  const { rssMb, pssMb } = memoryOf(target.pid)
  note(figures, target, { idleRssMb: rssMb, idlePssMb: pssMb })
}

/** A core filled with JSON calls: what a call costs, and what memory they take. */
export async function measureJson({ load, figures, seconds }: Measuring, target: Target): Promise<void> {
  const { seen, us, memory } = await watched(target, () => load.filled(target, seconds))
  note(figures, target, {
    callsPerSecond: seen.calls / seen.seconds,
    cpuUsPerCall: us.whole / seen.calls,
    coreShare: us.during / (seen.seconds * 1e6),
    loadedRssMb: memory.rssMb,
    loadedPssMb: memory.pssMb,
  })
}

/** How long calls take that come at a fixed rate. */
export async function measurePaced({ load, figures, seconds }: Measuring, target: Target): Promise<void> {
  const { seen } = await watched(target, () => load.paced(target, PACED_PER_SECOND, seconds))
  note(figures, target, { p50Ms: seen.p50Ms, p99Ms: seen.p99Ms })
}

/** Streams at a rate that leaves the core time, so that each chunk comes alone. */
export async function measureStreams({ load, figures, seconds }: Measuring, target: Target): Promise<void> {
  const { seen, us } = await watched(target, () => load.streams(target, PACED_STREAMS, 1, seconds - 1))
  note(figures, target, {
    cpuUsPerChunk: us.whole / seen.chunks,
    firstEventP50Ms: seen.p50Ms,
    firstEventP99Ms: seen.p99Ms,
  })
}

/**
 * Short streams while the ledger has nothing else to ingest, and, of Latchkey, right after calls have filled the core, while
 * the ledger catches up. A call's processor time then counts until the ledger is idle again, less what the streams cost
 * beside an idle ledger.
 */
export async function measureCatchUp({ load, figures, seconds }: Measuring, target: Target): Promise<void> {
  const streams = () => load.streams(target, SHORT_STREAMS, SHORT_RAMP_SECONDS, seconds + 1)
  const idle = await watched(target, streams)
  const idleCpuUsPerChunk = idle.us.whole / idle.seen.chunks
  note(figures, target, {
    idleFirstEventP50Ms: idle.seen.p50Ms,
    idleFirstEventP99Ms: idle.seen.p99Ms,
    idleChunkP99Ms: idle.seen.chunkP99Ms,
    idleCpuUsPerChunk,
  })
  const { pid } = target
  if (pid === null || !target.name.startsWith('latchkey')) return
  const beforeUs = cpuUs(pid)
  const burst = await load.filled(target, seconds)
  const { seen, us } = await watched(target, streams)
  const streamsUs = seen.chunks * idleCpuUsPerChunk
  note(figures, target, {
    catchUpFirstEventP50Ms: seen.p50Ms,
    catchUpFirstEventP99Ms: seen.p99Ms,
    catchUpChunkP99Ms: seen.chunkP99Ms,
    catchUpCpuUsPerChunk: us.during / seen.chunks,
    catchUpCpuUsPerCall: (cpuUs(pid) - beforeUs - streamsUs) / burst.calls,
  })
}

/** Streams as fast as they are taken. */
export async function measureFlood({ load, figures, seconds }: Measuring, target: Target): Promise<void> {
  const { seen, us } = await watched(target, () => load.streams(target, FLOOD, 0, seconds / 2))
  note(figures, target, {
    chunksPerSecond: seen.chunks / seen.seconds,
    floodShare: us.during / (seen.seconds * 1e6),
  })
}

/** A thousand streams at once: their memory while all are open, and what a chunk costs then. */
export async function measureOpen({ load, figures, seconds }: Measuring, target: Target): Promise<void> {
  const rampSeconds = 1.5
  const kind = { ...OPEN_STREAMS, chunks: Math.round(OPEN_STREAMS.perSecond * (rampSeconds + seconds)) }
  const { seen, us, memory } = await watched(
    target,
    () => load.streams(target, kind, rampSeconds, 0),
    (rampSeconds + seconds * 0.8) * 1_000,
  )
  note(figures, target, {
    openRssMb: memory.rssMb,
    openPssMb: memory.pssMb,
    openCpuUsPerChunk: us.whole / seen.chunks,
    openChunksPerSecond: seen.chunks / (seen.seconds - rampSeconds),
  })
}

type Watched = {
  seen: Seen
  /** Processor time until the last response, and until the process was quiet again. */
  us: { during: number; whole: number }
  memory: { rssMb: number; pssMb: number }
}

/** Memory is read after the last response, or so long after the first call was sent. */
async function watched(target: Target, work: () => Promise<Seen>, memoryAfterMs?: number): Promise<Watched> {
  const none = { rssMb: Number.NaN, pssMb: Number.NaN }
  const { pid } = target
  if (pid === null) return { seen: await work(), us: { during: Number.NaN, whole: Number.NaN }, memory: none }
  const beforeUs = cpuUs(pid)
  const sample = memoryAfterMs === undefined ? null : after(memoryAfterMs).then(() => memoryOf(pid))
  const seen = await work()
  const during = cpuUs(pid) - beforeUs
  const memory = (await sample) ?? memoryOf(pid)
  await settled(pid)
  return { seen, us: { during, whole: cpuUs(pid) - beforeUs }, memory }
}

function note(figures: Figures, { name }: Target, values: Partial<Record<Figure, number>>): void {
  const row = figures.get(name) ?? new Map<Figure, number[]>()
  figures.set(name, row)
  for (const [figure, value] of Object.entries(values) as [Figure, number][])
    row.set(figure, [...(row.get(figure) ?? []), value])
}
