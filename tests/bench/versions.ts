// What a call costs in this checkout beside another checkout of the repository, which is installed and generated:
// `node tests/bench/versions.ts ../other [--this ../one] [--instances 3] [--rounds 6] [--seconds 2]`. Prints a table, with the
// median of the rounds' own ratios: in a round the two are measured one after the other, so a machine that is slow for a minute
// is slow for both. Several processes are started of each checkout: two of the same code differ by up to 8% for as long as they
// run. Needs Linux.
import { hash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { parseArgs } from 'node:util'
import { repositoryRoot } from '../support/run/repository.ts'
import { startServerProcess } from '../support/server/server-process.ts'
import { type Load, openLoad } from './gateway/load.ts'
import { machineText, pins } from './gateway/machine.ts'
import {
  type Figure,
  type Figures,
  measureJson,
  measurePaced,
  measureStreams,
  PACED_STREAMS,
} from './gateway/measure.ts'
import { endDescendants, settled } from './gateway/process-figures.ts'
import { programs } from './gateway/programs.ts'
import { secretsOf } from './gateway/targets/latchkey.ts'
import { startUpstream, type Target } from './gateway/targets/target.ts'

const KEYS = 10
// By calls and not by time: on a busy machine few come in a second, and then the compilation of the version with more code would be
// measured. After so many, what V8's compiling threads take has become small.
const WARM_CALLS = 60_000
const WARM_STEP_SECONDS = 4
const WARM_STEPS_MAX = 15
const DAY_MS = 86_400_000
const FIGURES: readonly (readonly [Figure, string])[] = [
  ['cpuUsPerCall', 'processor time of a JSON call, µs'],
  ['cpuUsPerChunk', 'processor time of a chunk of a stream, µs'],
  ['p99Ms', 'JSON call at 500 calls/s, p99 ms'],
  ['firstEventP99Ms', 'first event of a stream, p99 ms'],
  ['loadedRssMb', 'resident memory after a filled core, MB'],
]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    this: { type: 'string', default: repositoryRoot },
    instances: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '6' },
    seconds: { type: 'string', default: '2' },
  },
})
const [other = ''] = positionals
if (other === '') throw new Error('name the folder of the other checkout')
const instances = Number(values.instances)
const rounds = Number(values.rounds)
if (!(Number.isInteger(instances) && instances > 0 && instances <= 8)) throw new Error('--instances: 1 to 8')
const seconds = Number(values.seconds)
if (!(Number.isInteger(rounds) && rounds > 0 && rounds <= 100)) throw new Error('--rounds: 1 to 100')
if (!(seconds >= 1 && seconds <= 60)) throw new Error('--seconds: 1 to 60')

const folder = mkdtempSync(join(tmpdir(), 'latchkey-versions-'))
const around = programs(folder)
const pinned = pins()
const keysFile = join(folder, 'keys')
writeFileSync(keysFile, `${secretsOf(KEYS).join('\n')}\n`)
const upstream = await startUpstream([...pinned.load, ...around.upstream])
// Pairs, which are measured one after the other.
const started: { own: Target; other: Target }[] = []
const targets = () => started.flatMap((pair) => [pair.own, pair.other])
try {
  const load = openLoad(around, pinned.load, folder)
  for (let instance = 1; instance <= instances; instance++)
    started.push({
      own: await start(`latchkey-this-${instance}`, resolve(values.this)),
      other: await start(`latchkey-other-${instance}`, resolve(other)),
    })
  for (const target of targets()) {
    await warm(target, load)
    if (target.pid !== null) await settled(target.pid)
  }
  // One entry a round: medians of all rounds are printed, and the ratio of each round by itself.
  const figures: Figures = new Map()
  for (let round = 0; round < rounds; round++) {
    // Whoever is measured second finds warmer caches; so they take turns.
    const turn = round % 2 === 0 ? targets() : targets().toReversed()
    for (const measure of [measureJson, measurePaced, measureStreams])
      for (const target of turn) await measure({ load, figures, seconds }, target)
  }
  console.log(
    `${rounds} rounds with ${instances} processes of each, on ${machineText()}; ${pinned.text}; ${around.text}.\n`,
  )
  console.log('| | this | other | this ÷ other, median | least | most |\n|---|--:|--:|--:|--:|--:|')
  for (const [figure, label] of FIGURES) {
    const of = (target: Target) => figures.get(target.name)?.get(figure) ?? []
    const own = started.flatMap((pair) => of(pair.own))
    const others = started.flatMap((pair) => of(pair.other))
    const ratios = own.map((value, index) => value / (others[index] ?? Number.NaN)).sort((a, b) => a - b)
    const columns = [median(own), median(others), median(ratios), ratios[0], ratios.at(-1)]
    console.log(`| ${label} | ${columns.map((value) => (value ?? Number.NaN).toPrecision(3)).join(' | ')} |`)
  }
} finally {
  for (const target of targets()) await target.stop()
  await upstream.stop()
  endDescendants()
  rmSync(folder, { recursive: true, force: true })
}

async function warm(target: Target, load: Load): Promise<void> {
  let calls = 0
  for (let step = 0; step < WARM_STEPS_MAX && calls < WARM_CALLS; step++)
    calls += (await load.filled(target, WARM_STEP_SECONDS)).calls
  await load.streams(target, PACED_STREAMS, 1, WARM_STEP_SECONDS - 1)
}

/** Lets the checkout make its own database, adds the keys to it, and starts it on that, as one process. */
async function start(name: `latchkey-${string}`, root: string): Promise<Target> {
  const dataDir = join(folder, name)
  mkdirSync(dataDir)
  const main = join(root, 'server/src/main.ts')
  const env = {
    LATCHKEY_DATA_DIR: dataDir,
    LATCHKEY_WORKERS: '1',
    LATCHKEY_UPSTREAM_URL: `http://127.0.0.1:${upstream.port}/v1`,
    LATCHKEY_UPSTREAM_KEY: 'of-the-upstream',
  }
  const command = [...pinned.tested, process.execPath, '--max-semi-space-size=8']
  const first = await startServerProcess(env, command, main)
  await first.stop()
  addKeys(join(dataDir, 'latchkey.db'))
  const server = await startServerProcess(env, command, main)
  return {
    name,
    label: name,
    port: Number(new URL(server.url).port),
    pid: server.process.pid ?? 0,
    headers: {},
    keysFile,
    stop: server.remove,
  }
}

/** With the columns that every version has had. */
function addKeys(path: string): void {
  const database = new DatabaseSync(path)
  const insert = database.prepare(
    'INSERT INTO "ApiKey" ("name", "secretHash", "secretStart", "createdAt", "updatedAt", "expiresAt") VALUES (?, ?, ?, ?, ?, ?)',
  )
  const nowMs = Date.now()
  for (const secret of secretsOf(KEYS))
    insert.run(
      `bench ${secret}`,
      hash('sha256', secret, 'buffer'),
      secret.slice(0, 8),
      nowMs,
      nowMs,
      nowMs + 365 * DAY_MS,
    )
  database.close()
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
