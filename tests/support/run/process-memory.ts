// How much memory a process holds, as Linux counts it.
import { readFileSync } from 'node:fs'

/** Resident bytes at this moment. */
export function residentBytes(pid: number | undefined): number {
  const kib = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kib) * 1024
}
