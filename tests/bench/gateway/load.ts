// Runs the clients against a target, and reads the figures that they print.
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Programs } from './programs.ts'
import type { Target } from './targets/target.ts'

export type Seen = {
  calls: number
  failures: number
  seconds: number
  /** Events of streams. */
  chunks: number
  /** Of a call, or of the time to the first event of a stream. */
  p50Ms: number
  p99Ms: number
  /** From when the upstream wrote an event to when the client read it; 0 where its instant is not in it. */
  chunkP50Ms: number
  chunkP99Ms: number
}

export type Load = {
  /** As many calls as the target serves on 64 connections. */
  filled(target: Target, seconds: number): Promise<Seen>
  /** A fixed number of calls a second; latency counts from the instant a call was due. */
  paced(target: Target, perSecond: number, seconds: number): Promise<Seen>
  /** Streams that are open at once, begun over `rampSeconds`; begins new ones for `seconds`, and reads all to their end. */
  streams(target: Target, kind: Streams, rampSeconds: number, seconds: number): Promise<Seen>
}

/** Chunks of each stream, and how many a second; 0: as fast as they are taken. */
export type Streams = { open: number; chunks: number; perSecond: number }

const CONNECTIONS = 64
// About 1 KB, as a call with a system prompt and a question is.
const PROMPT =
  'You answer in full sentences, in the language of the question, and say so where you are not sure. '
const QUESTION = 'Which of these three cities has the largest harbour, and since when has that been so? '

/** @param prefix what starts a client: `taskset` and its arguments, or nothing. */
export function openLoad(programs: Programs, prefix: string[], folder: string): Load {
  const script = join(folder, 'wrk.lua')
  writeFileSync(script, WRK_SCRIPT)
  let files = 0
  const request = (target: Target, model: string, stream: boolean) => {
    const file = join(folder, `request-${files++}`)
    writeFileSync(file, httpRequest(target, model, stream))
    return file
  }
  const measure = (command: string[]) => run([...prefix, ...command])
  return {
    filled(target, seconds) {
      const file = request(target, 'bench-json', false)
      if (programs.closed === 'wrk') {
        const wrk = ['wrk', '-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '--timeout', '20s', '-s', script]
        return measure([...wrk, `http://127.0.0.1:${target.port}`, '--', file, target.keysFile])
      }
      const autocannon = [process.execPath, join(import.meta.dirname, 'node-load.ts'), 'filled']
      return measure([...autocannon, ...args(target, file, CONNECTIONS, 0, seconds)])
    },
    paced: (target, perSecond, seconds) =>
      measure([
        ...programs.load,
        'paced',
        ...args(target, request(target, 'bench-json', false), CONNECTIONS, perSecond, seconds),
      ]),
    streams(target, { open, chunks, perSecond }, rampSeconds, seconds) {
      const file = request(target, `sse-${chunks}-${perSecond}`, true)
      return measure([...programs.load, 'streams', ...args(target, file, open, rampSeconds, seconds)])
    },
  }
}

function args(target: Target, file: string, ...numbers: number[]): string[] {
  return [String(target.port), file, target.keysFile, ...numbers.map(String)]
}

function httpRequest(target: Target, model: string, stream: boolean): string {
  const body = JSON.stringify({
    model,
    ...(stream ? { stream, stream_options: { include_usage: true } } : {}),
    temperature: 0.2,
    max_completion_tokens: 400,
    messages: [
      { role: 'system', content: PROMPT.repeat(4) },
      { role: 'user', content: QUESTION.repeat(5) },
    ],
  })
  const headers = {
    host: '127.0.0.1',
    authorization: 'Bearer {key}',
    'content-type': 'application/json',
    accept: 'application/json',
    'user-agent': 'OpenAI/Python 2.8.0',
    ...target.headers,
    'content-length': String(Buffer.byteLength(body)),
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `POST /v1/chat/completions HTTP/1.1\r\n${lines.join('')}\r\n${body}`
}

/** Runs a client to its end. Rejects where it fails, or where one response in a hundred was not a whole 200. */
function run(command: string[]): Promise<Seen> {
  const [program = '', ...args] = command
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8')
    })
    child.on('error', reject)
    child.on('close', (code) => {
      const line = output.split('\n').findLast((text) => text.startsWith('{'))
      if (code !== 0 || line === undefined)
        return reject(new Error(`${command.join(' ')}: ${code} ${output}`))
      const seen = JSON.parse(line) as Seen
      if (seen.failures * 100 > seen.calls || seen.calls === 0)
        return reject(new Error(`${command.join(' ')}: ${seen.failures} of ${seen.calls} calls failed`))
      resolve(seen)
    })
  })
}

// https://github.com/wg/wrk/blob/master/SCRIPTING
const WRK_SCRIPT = `
local before, after, keys, at = '', '', {}, 0
function init(args)
  local text = assert(io.open(args[1], 'rb')):read('*a')
  local hole = text:find('{key}', 1, true)
  before, after = text:sub(1, hole - 1), text:sub(hole + 5)
  for key in io.lines(args[2]) do keys[#keys + 1] = key end
end
function request()
  at = at % #keys + 1
  return before .. keys[at] .. after
end
function done(summary, latency)
  local errors = summary.errors
  local failures = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format('\\n{"calls":%d,"failures":%d,"seconds":%.3f,"chunks":0,"p50Ms":%.4f,"p99Ms":%.4f,"chunkP50Ms":0,"chunkP99Ms":0}\\n',
    summary.requests, failures, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
`
