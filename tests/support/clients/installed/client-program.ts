// A client that runs as a process of its own: a program over a library, or a command-line agent.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { repositoryRoot } from '../../run/repository.ts'
import type { Side } from '../direct-and-through.ts'

/** The folder of the clients, a workspace of its own. */
export const clientsRoom = join(repositoryRoot, 'tests', 'conformance', 'clients')

// Whatever else a client wants to reach, such as its maker's list of versions, ends at a port of this machine that nobody
// listens on.
const NOWHERE = 'http://127.0.0.1:9'
const OFFLINE = {
  HTTP_PROXY: NOWHERE,
  HTTPS_PROXY: NOWHERE,
  https_proxy: NOWHERE,
  NO_PROXY: '127.0.0.1',
  no_proxy: '127.0.0.1',
}

// A program that has nothing more to do ends in seconds, but on a machine with more to do than it can.
const TIMEOUT_MS = 240_000

/**
 * Runs a command to its end with nothing in its environment but what it is given, in an empty folder that is its home too.
 *
 * @param prepare writes what the command is to find in its folder.
 * @returns its exit code and its standard output, a parsed line of JSON for each of its lines that is one.
 * @throws with what it printed, when it ends with another exit code than these, or does not end.
 */
export async function runClient(
  command: readonly string[],
  env: Record<string, string>,
  prepare: (folder: string) => void = () => undefined,
  codes: readonly number[] = [0],
): Promise<{ code: number; lines: unknown[] }> {
  // One name for all runs: agents send it to their model, and what two of them send is compared.
  const folder = join(tmpdir(), `latchkey-client-${process.pid}`)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  try {
    prepare(folder)
    const [program = '', ...args] = command
    const child = spawn(program, args, {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, ...OFFLINE, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      signal: AbortSignal.timeout(TIMEOUT_MS),
      killSignal: 'SIGKILL',
    })
    const printed = { stdout: '', stderr: '' }
    for (const stream of ['stdout', 'stderr'] as const)
      child[stream].setEncoding('utf8').on('data', (chunk: string) => {
        printed[stream] += chunk
      })
    const [code] = await once(child, 'close')
    if (!codes.includes(code))
      throw new Error(`${program} ended with ${code}:\n${printed.stdout}\n${printed.stderr}`)
    return { code, lines: printed.stdout.split('\n').flatMap(parsedLine) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Runs a program of tests/conformance/clients/programs against one side; what it did, by name. */
export async function runProgram(name: string, { baseURL, apiKey }: Side): Promise<Record<string, unknown>> {
  const { lines } = await runClient([process.execPath, join(clientsRoom, 'programs', name)], {
    BASE_URL: baseURL,
    API_KEY: apiKey,
    // They would report their use to their makers.
    MASTRA_TELEMETRY_DISABLED: '1',
  })
  return Object.fromEntries(
    lines.map((line) => [Reflect.get(Object(line), 'name'), Reflect.get(Object(line), 'result')]),
  )
}

/** Where the files of an agent for this machine are, by the name of its package without the machine. */
export function agentFolder(name: string): string {
  const require = createRequire(join(clientsRoom, 'package.json'))
  return dirname(require.resolve(`${name}-${process.platform}-${process.arch}/package.json`))
}

function parsedLine(line: string): unknown[] {
  try {
    return [JSON.parse(line)]
  } catch {
    return []
  }
}
