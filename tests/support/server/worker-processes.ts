// The gateway workers of a server, as the operating system knows them.
import { spawnSync } from 'node:child_process'
import { expect } from 'vitest'
import type { ServerProcess } from './server-process.ts'

/** Process ids of the workers that a server has now. */
export function workersOf(server: ServerProcess): number[] {
  const { stdout } = spawnSync('pgrep', ['-P', String(server.process.pid)], { encoding: 'utf8' })
  return stdout.split('\n').filter(Boolean).map(Number)
}

/** Waits until none of these processes is left. */
export async function expectEnded(pids: number[]): Promise<void> {
  await expect.poll(() => pids.filter(isAlive), { timeout: 30_000 }).toEqual([])
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
