// Where the processor time of a call goes: the functions of a .cpuprofile by their own time, grouped by room.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { table } from '../report.ts'

// https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile
type CpuProfile = {
  nodes: {
    id: number
    callFrame: { functionName: string; url: string; lineNumber: number }
    children?: number[]
  }[]
  samples: number[]
  /** Microseconds since the sample before. */
  timeDeltas: number[]
}

const TOP = 25
// The start of the process and its first calls are not what a call costs.
const STARTING_US = 3_000_000
const IDLE = new Set(['(root)', '(idle)'])

/** What each thread of a process did between two readings, for so many calls; those that did next to nothing are left out. */
export function threadTable(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
  calls: number,
): string {
  const rows = [...after]
    .map(([thread, us]) => [thread.replace(/^\d+ /, ''), (us - (before.get(thread) ?? 0)) / calls] as const)
    .filter(([, us]) => us >= 0.1)
    .toSorted((a, b) => b[1] - a[1])
  return table(
    ['thread', 'processor time, µs a call'],
    rows.map(([name, us]) => [name, us.toFixed(1)]),
  )
}

/**
 * Tables of the busiest thread that was profiled into a folder; every share is of the time it was not
 * idle. On one core that includes the time it waited for another thread, mostly where it woke that: see the threads.
 */
export function profileTables(folder: string): string[] {
  const profiles = readdirSync(folder)
    .filter((name) => name.endsWith('.cpuprofile'))
    .map((name) => selfTimes(JSON.parse(readFileSync(join(folder, name), 'utf8')) as CpuProfile))
  const busiest = profiles.toSorted((a, b) => b.busyUs - a.busyUs)[0]
  if (busiest === undefined) throw new Error(`no profile was written to ${folder}`)
  const share = (us: number) => `${((us * 100) / busiest.busyUs).toFixed(1)} %`
  const rooms = new Map<string, number>()
  for (const { room, us } of busiest.functions) rooms.set(room, (rooms.get(room) ?? 0) + us)
  return [
    table(
      ['room', 'own time'],
      [...rooms]
        .filter(([, us]) => us * 1_000 > busiest.busyUs)
        .toSorted((a, b) => b[1] - a[1])
        .map(([room, us]) => [room, share(us)]),
    ),
    table(
      ['function', 'where', 'own time'],
      busiest.functions.slice(0, TOP).map(({ name, where, us }) => [`\`${name}\``, where, share(us)]),
    ),
    table(
      ['function of Latchkey', 'where', 'own time', 'with what it calls'],
      busiest.functions
        .filter(({ where }) => where.startsWith('server/'))
        .slice(0, TOP)
        .map(({ name, where, us, totalUs }) => [`\`${name}\``, where, share(us), share(totalUs)]),
    ),
  ]
}

type Self = { name: string; where: string; room: string; us: number; totalUs: number }

function selfTimes({ nodes, samples, timeDeltas }: CpuProfile): { busyUs: number; functions: Self[] } {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const ownUs = new Map<number, number>()
  let atUs = 0
  samples.forEach((id, n) => {
    atUs += timeDeltas[n] ?? 0
    if (atUs > STARTING_US) ownUs.set(id, (ownUs.get(id) ?? 0) + (timeDeltas[n] ?? 0))
  })
  const functions = new Map<string, Self>()
  let busyUs = 0
  const visit = (id: number, above: readonly string[], parent: string): number => {
    const node = byId.get(id)
    if (node === undefined) return 0
    const { functionName, url, lineNumber } = node.callFrame
    const place = placeOf(url, lineNumber)
    // Native code does the work of the function that calls it, and is listed by that.
    const where = place === '' && parent !== '' ? `for ${parent}` : place
    const key = `${functionName} ${where}`
    const us = IDLE.has(functionName) ? 0 : (ownUs.get(id) ?? 0)
    busyUs += us
    const within = [...above, key]
    // The nearest function of ours says more than the library's between.
    const nearest =
      place === '' || (parent.startsWith('server/') && !place.startsWith('server/')) ? parent : place
    const totalUs = (node.children ?? []).reduce((sum, child) => sum + visit(child, within, nearest), us)
    const self = functions.get(key) ?? {
      name: functionName || '(anonymous)',
      where,
      room: roomOf(place, functionName),
      us: 0,
      totalUs: 0,
    }
    functions.set(key, self)
    self.us += us
    // A function that calls itself counts once.
    if (!above.includes(key)) self.totalUs += totalUs
    return totalUs
  }
  if (nodes[0] !== undefined) visit(nodes[0].id, [], '')
  return { busyUs, functions: [...functions.values()].toSorted((a, b) => b.us - a.us) }
}

/** `server/src/gateway/call.ts:12`, `undici/lib/core/request.js:3`, `node:net:700`, or nothing for what is not JavaScript. */
function placeOf(url: string, line: number): string {
  if (url === '') return ''
  const path = url
    .replace(/^.*\/node_modules\/(?!.*\/node_modules\/)/, '')
    .replace(/^.*\/(?=server\/src\/)/, '')
  return `${path}:${line + 1}`
}

function roomOf(where: string, name: string): string {
  if (name === '(garbage collector)') return 'garbage collection'
  if (where === '') return 'native code'
  if (where.startsWith('node:')) return 'Node'
  const own = /^server\/src\/(?:(ledger\/[^/.]+)|([^/.]+))/.exec(where)
  return own === null ? (where.split('/')[0] ?? '') : (own[1] ?? own[2] ?? '')
}
