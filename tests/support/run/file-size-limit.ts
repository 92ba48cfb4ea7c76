// A disk that takes no more, made of a limit on the size of a process's files: needs no rights.
import { spawnSync } from 'node:child_process'
import type { ServerProcess } from '../server/server-process.ts'

/** What a server must be run by: without the trap the first write past a limit would kill it. */
export const LIMITABLE = ['/bin/sh', '-c', `trap '' XFSZ; exec "$0" "$@"`, process.execPath]

/** From here on no file of the server may grow past this many bytes. */
export function limitFileSize({ process }: ServerProcess, bytes: number | 'unlimited'): void {
  const { status, stderr } = spawnSync('prlimit', [`--pid=${process.pid}`, `--fsize=${bytes}:unlimited`], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`prlimit failed: ${stderr}`)
}
