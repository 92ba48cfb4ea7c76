// Latchkey as a person starts it: a process of its own, known by what it prints.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type ServerProcess = {
  /** `http://127.0.0.1:<port>` */
  url: string
  /** The whole setup link that was printed; null where there was none. */
  setupLink: string | null
  /** All that it has printed so far, on both streams. */
  output(): string
  process: ChildProcess
  /** Resolves with the exit code at its end; null where a signal ended it. */
  ended: Promise<number | null>
  /** Sends SIGTERM and returns the exit code. */
  stop(): Promise<number | null>
  /** Sends SIGKILL, which no process can handle, and waits for its end. */
  kill(): Promise<void>
  /** Stops it if need be and removes its data. */
  remove(): Promise<void>
}

const ownMain = join(import.meta.dirname, '../../../server/src/main.ts')

/**
 * Starts `server/src/main.ts` on a free port with a data directory of its own and nothing else in its environment.
 * Rejects, with what it printed, when it ends before it listens.
 *
 * @param command what runs it, in the place of this Node alone; the path of the server comes after it.
 * @param main the path of the server, of this checkout unless it is given.
 */
export async function startServerProcess(
  env: Record<string, string> = {},
  command: string[] = [process.execPath],
  main: string = ownMain,
): Promise<ServerProcess> {
  const dataDir = mkdtempSync(join(tmpdir(), 'latchkey-process-'))
  const [program = process.execPath, ...before] = command
  const child = spawn(program, [...before, main], {
    env: {
      PATH: process.env.PATH,
      LATCHKEY_PORT: '0',
      LATCHKEY_DATA_DIR: dataDir,
      // As the environment of the tests says; empty counts as absent.
      LATCHKEY_FAST_LANE: process.env.LATCHKEY_FAST_LANE ?? '',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  const url = await new Promise<string>((resolve, reject) => {
    const hear = (chunk: Buffer) => {
      output += chunk.toString('utf8')
      const listening = /listening on (http:\S+)[\s\S]*First call/.exec(output)?.[1]
      if (listening !== undefined) resolve(listening)
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    ended.then((code) => reject(new Error(`the server ended with ${code}:\n${output}`)))
  })
  const stop = () => {
    child.kill('SIGTERM')
    return ended
  }
  const kill = async () => {
    child.kill('SIGKILL')
    await ended
  }
  return {
    url,
    setupLink: /http:\S+\/setup#token=\S+/.exec(output)?.[0] ?? null,
    output: () => output,
    process: child,
    ended,
    stop,
    kill,
    async remove() {
      await stop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
