// The machine that is measured on: its cores, and which of them each side gets.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'

export type Pins = {
  /** What starts a tested process: `taskset` and its arguments, or nothing. */
  tested: string[]
  /** What starts the clients and the upstream. */
  load: string[]
  /** What starts a process of two workers. */
  twoCores: string[]
  /** For the report. */
  text: string
}

/** One core for the tested process and the others for its clients and its upstream, where `taskset` and two cores exist. */
export function pins(): Pins {
  const [first, second, ...rest] = allowedCores()
  if (first === undefined || second === undefined || !has('taskset'))
    return { tested: [], load: [], twoCores: [], text: 'nothing pinned' }
  const taskset = (cores: number[]) => ['taskset', '-c', cores.join(',')]
  return {
    tested: taskset([first]),
    // With cores to spare, clients share none with a process of two workers.
    load: taskset(rest.length > 1 ? rest : [second, ...rest]),
    twoCores: taskset([first, second]),
    text: `the tested process pinned to one core, clients and upstream to ${rest.length === 0 ? 'the other' : 'others'}`,
  }
}

/** Whether a program can be started. */
export function has(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined
}

/** For the report: `2 cores (…), Node.js v24.21.0`. */
export function machineText(): string {
  const model = cpus()[0]?.model.trim() || 'unknown processor'
  return `${allowedCores().length} cores (${model}), Node.js ${process.version}`
}

/** The cores that this process may run on, as `Cpus_allowed_list: 0-2,5` says (proc_pid_status(5)). */
function allowedCores(): number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'
  return list.split(',').flatMap((range) => {
    const [from = 0, to = from] = range.split('-').map(Number)
    return Array.from({ length: to - from + 1 }, (_, n) => from + n)
  })
}
