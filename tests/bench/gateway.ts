// What a call through the gateway costs, beside nginx, @portkey-ai/gateway and no gateway at all, round-robin in one run.
// `pnpm bench [--rounds 3] [--seconds 2] [--only latchkey,nginx] [--quick] [--dry] [--write] [--profile]`; prints tables and
// puts them into docs/reference/performance.md, but those of a partial run only with --write. Needs Linux.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { aimsOf } from './gateway/aims.ts'
import { type BenchRun, startedLatchkey, warmUp, withTargets } from './gateway/bench-run.ts'
import { compare } from './gateway/comparison.ts'
import { measureGrowth, measureWorkers } from './gateway/growth.ts'
import { openLoad } from './gateway/load.ts'
import { machineText, pins } from './gateway/machine.ts'
import { endDescendants, settled, threadsUs } from './gateway/process-figures.ts'
import { profileTables, threadTable } from './gateway/profile.ts'
import { programs } from './gateway/programs.ts'
import { aimsTable, comparisonTables, growthTable, workersTable } from './gateway/tables.ts'
import { startUpstream } from './gateway/targets/target.ts'
import { writeSection } from './report.ts'

const { values: options } = parseArgs({
  // As pnpm hands them over: `pnpm bench -- --dry` comes with its dashes.
  args: process.argv.slice(2).filter((arg) => arg !== '--'),
  options: {
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    dry: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
  },
})
const only = options.only?.split(',') ?? null
const partial = options.quick || options.profile || only !== null

const beganMs = performance.now()
const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'))
const around = programs(folder)
const pinned = pins()
const upstream = await startUpstream([...pinned.load, ...around.upstream])
const notes: string[] = []
const run: BenchRun = {
  folder,
  pins: pinned,
  measuring: {
    load: openLoad(around, pinned.load, folder),
    figures: new Map(),
    seconds: whole(options.seconds, options.quick ? 1 : 2, 60),
  },
  upstreamPort: upstream.port,
  rounds: whole(options.rounds, options.quick ? 1 : 3, 50),
  warmSeconds: options.quick ? 3 : 8,
  logRows: options.quick ? 1_000_000 : 5_000_000,
  wanted: (name) => only === null || only.includes(name),
  note: (text) => notes.push(text),
}

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    endDescendants()
    rmSync(folder, { recursive: true, force: true })
    process.exit(1)
  })

try {
  const tables = options.profile ? await profile() : await sideBySide()
  const minutes = ((performance.now() - beganMs) / 60_000).toFixed(1)
  const how = [
    `Medians of ${run.rounds} rounds on ${machineText()}; ${pinned.text}; ${around.text}; took ${minutes} minutes.`,
    ...notes,
  ].join('\n')
  const text = [how, ...tables].join('\n\n')
  console.log(text)
  if (options.write || !(options.dry || partial)) writeSection('gateway', text)
} finally {
  await upstream.stop()
  rmSync(folder, { recursive: true, force: true })
}

async function sideBySide(): Promise<string[]> {
  const { figures } = run.measuring
  const tables: string[] = []
  await withTargets(async (targets) => {
    progress('side by side')
    await compare(run, targets)
    tables.push(...comparisonTables(figures, targets))
  })
  if (!run.wanted('latchkey')) return tables
  await withTargets(async (targets) => {
    progress('keys and log rows, which are made first')
    await measureGrowth(run, targets)
    tables.push(growthTable(figures, targets))
    tables.unshift(aimsTable(aimsOf(figures, targets)))
  })
  await withTargets(async (targets) => {
    progress('workers')
    await measureWorkers(run, targets)
    if (targets.length > 0) tables.push(workersTable(figures, targets))
  })
  return tables
}

/** Where the processor time of JSON calls goes. */
async function profile(): Promise<string[]> {
  const to = join(folder, 'profiles')
  mkdirSync(to)
  const tables: string[] = []
  await withTargets(async (targets) => {
    const target = await startedLatchkey(run, {
      name: 'latchkey',
      label: 'Latchkey',
      keys: 10,
      nodeFlags: ['--cpu-prof', `--cpu-prof-dir=${to}`],
    })
    targets.push(target)
    await warmUp(run, target)
    const pid = target.pid ?? 0
    const before = threadsUs(pid)
    const { calls } = await run.measuring.load.filled(target, run.measuring.seconds * run.rounds)
    await settled(pid)
    tables.push(threadTable(before, threadsUs(pid), calls))
  })
  return [...tables, ...profileTables(to)]
}

function progress(what: string): void {
  console.error(`${((performance.now() - beganMs) / 1_000).toFixed(0)} s: ${what}`)
}

function whole(text: string | undefined, fallback: number, max: number): number {
  const value = Number(text ?? fallback)
  if (Number.isInteger(value) && value >= 1 && value <= max) return value
  throw new Error(`${text} must be a whole number from 1 to ${max}`)
}
