// What is measured: a process that serves calls on a port, and the keys that it knows.
import { type ChildProcess, spawn } from 'node:child_process'
import { request } from 'node:http'
import { setTimeout as after } from 'node:timers/promises'

export type TargetName = 'direct' | 'nginx' | 'portkey' | `latchkey${string}`

export type Target = {
  name: TargetName
  /** For the report. */
  label: string
  port: number
  /** The process whose tree is measured; null: there is no process between client and upstream. */
  pid: number | null
  /** What a call carries beside its key. */
  headers: Record<string, string>
  /** A file of the keys that calls are made with, in turn. */
  keysFile: string
  stop(): Promise<void>
}

/** Starts a process and waits until it responds on a port, with any status. Rejects, with its output, where it ends before. */
export async function startListening(
  command: string[],
  port: number,
): Promise<{ pid: number; stop(): Promise<void> }> {
  const [program = '', ...args] = command
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-10_000)
    })
  await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject))
  while (!(await responses(port))) {
    if (child.exitCode !== null)
      throw new Error(`${command.join(' ')} ended with ${child.exitCode}:\n${output}`)
    await after(20)
  }
  return { pid: child.pid ?? 0, stop: () => stopProcess(child) }
}

/** Starts an upstream, which prints the port that it took. */
export async function startUpstream(command: string[]): Promise<{ port: number; stop(): Promise<void> }> {
  const [program = '', ...args] = command
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout.once('data', (line: Buffer) => resolve(Number(line.toString('utf8'))))
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`${command.join(' ')} ended with ${code}`)))
  })
  return { port, stop: () => stopProcess(child) }
}

/** Sends SIGTERM and waits for the end. */
function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.kill('SIGTERM')
  })
}

function responses(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const sent = request({ host: '127.0.0.1', port, path: '/', agent: false }, (response) => {
      response.resume()
      response.on('close', () => resolve(true))
    })
    sent.on('error', () => resolve(false))
    sent.end()
  })
}
