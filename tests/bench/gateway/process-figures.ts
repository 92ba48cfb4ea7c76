// What a process and all its descendants have used: processor time and memory, as the kernel counts them in /proc.
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as after } from 'node:timers/promises'

/** Resident and proportional memory, in MB of a million bytes; a page that two processes share counts once in the latter. */
export type Memory = { rssMb: number; pssMb: number }

// USER_HZ, which is 100 on every Linux that Node runs on (proc_pid_stat(5)).
const TICK_US = 10_000
const QUIET_MS = 300
const QUIET_TICKS = 1
const SETTLE_MAX_MS = 20_000

/** Processor time of all threads of a process and its descendants so far, user and system, in microseconds. */
export function cpuUs(pid: number): number {
  let ticks = 0
  for (const one of treeOf(pid)) {
    const fields = statOf(one)
    ticks += Number(fields[11] ?? 0) + Number(fields[12] ?? 0)
  }
  return ticks * TICK_US
}

/** Processor time of each thread of one process so far, by the number and name that the kernel knows it by. */
export function threadsUs(pid: number): Map<string, number> {
  const threads = new Map<string, number>()
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const fields = statOf(pid, `task/${thread}/stat`)
    const name = readProc(pid, `task/${thread}/comm`).trim()
    threads.set(`${thread} ${name}`, (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * TICK_US)
  }
  return threads
}

/** Resident and proportional memory of a process and its descendants, in MB. */
export function memoryOf(pid: number): Memory {
  let [rssKb, pssKb] = [0, 0]
  for (const one of treeOf(pid)) {
    const rollup = readProc(one, 'smaps_rollup')
    rssKb += Number(/^Rss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0)
    pssKb += Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0)
  }
  return { rssMb: (rssKb * 1024) / 1e6, pssMb: (pssKb * 1024) / 1e6 }
}

/** Waits until a process has done its deferred work, so that work after a response counts as work of the call. */
export async function settled(pid: number): Promise<void> {
  const until = performance.now() + SETTLE_MAX_MS
  for (let before = cpuUs(pid); performance.now() < until; ) {
    await after(QUIET_MS)
    const now = cpuUs(pid)
    if (now - before <= QUIET_TICKS * TICK_US) return
    before = now
  }
  throw new Error(`process ${pid} is still at work ${SETTLE_MAX_MS / 1_000} s after its last call`)
}

/** Kills all that this process has started. */
export function endDescendants(): void {
  for (const pid of treeOf(process.pid).slice(1)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
}

function treeOf(root: number): number[] {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const parent = Number(statOf(Number(name))[1])
    children.set(parent, [...(children.get(parent) ?? []), Number(name)])
  }
  const tree = [root]
  for (const pid of tree) tree.push(...(children.get(pid) ?? []))
  return tree
}

/** The fields of /proc/PID/stat after the name in parentheses, which may hold spaces; none of a process that has ended. */
function statOf(pid: number, file = 'stat'): string[] {
  const stat = readProc(pid, file)
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}
