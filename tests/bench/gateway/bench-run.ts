// One run of the bench: what its parts share, and what it must stop at its end.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Pins } from './machine.ts'
import { type Measuring, measureJson, SHORT_STREAMS } from './measure.ts'
import { settled } from './process-figures.ts'
import { hasSetting, prepareData, secretsOf, startLatchkey } from './targets/latchkey.ts'
import type { Target, TargetName } from './targets/target.ts'

export type BenchRun = {
  folder: string
  pins: Pins
  measuring: Measuring
  upstreamPort: number
  rounds: number
  /** Seconds of calls before the first that counts, for just-in-time compilers. */
  warmSeconds: number
  logRows: number
  /** Whether a target is to be measured. */
  wanted(name: TargetName): boolean
  /** Something the reader of the figures must know. */
  note(text: string): void
}

export type Latchkey = {
  name: `latchkey${string}`
  label: string
  keys: number
  /** How many of them clients use; absent: all. */
  keysInUse?: number
  logRows?: number
  env?: Record<string, string>
  prefix?: string[]
  nodeFlags?: string[]
}

/** A file of the keys that every target of this run knows, one a line. */
export function keysFileOf(run: BenchRun, count: number): string {
  const path = join(run.folder, `keys-${count}`)
  writeFileSync(path, `${secretsOf(count).join('\n')}\n`)
  return path
}

/** Starts Latchkey on a database of its own, as one worker unless its environment says otherwise. */
export async function startedLatchkey(run: BenchRun, wished: Latchkey): Promise<Target> {
  const dataDir = join(run.folder, wished.name)
  await prepareData(dataDir, secretsOf(wished.keys), wished.logRows ?? 0)
  return startLatchkey({
    name: wished.name,
    label: wished.label,
    dataDir,
    upstreamPort: run.upstreamPort,
    keysFile: keysFileOf(run, wished.keysInUse ?? wished.keys),
    prefix: wished.prefix ?? run.pins.tested,
    env: { ...(hasSetting('LATCHKEY_WORKERS') ? { LATCHKEY_WORKERS: '1' } : {}), ...wished.env },
    nodeFlags: wished.nodeFlags ?? [],
  })
}

/** Calls a target until `calls` have been made and its compilers have seen them; nothing is noted. */
export async function warmUp({ measuring, warmSeconds }: BenchRun, target: Target, calls = 0): Promise<void> {
  for (let made = 0; made === 0 || made < calls; )
    made += (await measuring.load.filled(target, warmSeconds)).calls
  if (target.pid !== null) await settled(target.pid)
}

/** The same with streams, whose code calls without one do not run. */
export async function warmUpStreams({ measuring, warmSeconds }: BenchRun, target: Target): Promise<void> {
  await measuring.load.streams(target, SHORT_STREAMS, 0.5, warmSeconds / 2)
  if (target.pid !== null) await settled(target.pid)
}

/** Measures JSON calls of targets in turn, and whatever else is given. */
export async function inRounds(
  { measuring, rounds }: BenchRun,
  targets: readonly Target[],
  ...more: ((measuring: Measuring, target: Target) => Promise<void>)[]
): Promise<void> {
  for (let round = 0; round < rounds; round++)
    for (const measure of [measureJson, ...more])
      for (const target of targets) await measure(measuring, target)
}

/** Does something with targets; what it has started and put into the list is stopped, whatever becomes of it. */
export async function withTargets(work: (targets: Target[]) => Promise<void>): Promise<void> {
  const targets: Target[] = []
  try {
    await work(targets)
  } finally {
    for (const target of targets) await target.stop()
  }
}
