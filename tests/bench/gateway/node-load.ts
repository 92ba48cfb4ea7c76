// The same as load.c and wrk, in Node, for machines without them: the same arguments, the same line of JSON.
// `node node-load.ts filled|paced|streams PORT REQUEST KEYS CONNECTIONS RATE|RAMP SECONDS`
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { setTimeout as after } from 'node:timers/promises'
import autocannon from 'autocannon'
import { spreadOf } from '../report.ts'

// In an event's id, as load.c reads it.
const INSTANT = /chatcmpl-(\d{19})/g

const [mode = '', port = '', requestFile = '', keysFile = '', ...numbers] = process.argv.slice(2)
const [connections = 1, pace = 1, seconds = 1] = numbers.map(Number)
const keys = readFileSync(keysFile, 'utf8').split('\n').filter(Boolean)
const { headers, body } = readRequest(readFileSync(requestFile, 'utf8'))
const url = `http://127.0.0.1:${port}/v1/chat/completions`
const agent = new Agent({ keepAlive: true, maxSockets: connections })
const spans: number[] = []
const chunkSpans: number[] = []
const seen = { calls: 0, failures: 0, chunks: 0 }
let nextKey = 0
const fromMs = performance.now()

if (mode === 'filled') await fill()
else if (mode === 'paced') await callPaced()
else await readStreams()
const { p50, p99 } = spreadOf(spans)
const spent = (performance.now() - fromMs) / 1_000
const chunk = spreadOf(chunkSpans)
const chunkTimes = { chunkP50Ms: chunk.p50 || 0, chunkP99Ms: chunk.p99 || 0 }
console.log(JSON.stringify({ ...seen, seconds: spent, p50Ms: p50 || 0, p99Ms: p99 || 0, ...chunkTimes }))
agent.destroy()

async function fill(): Promise<void> {
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    timeout: 20,
    requests: [{ method: 'POST', body, setupRequest: (one) => ({ ...one, headers: withKey() }) }],
  })
  seen.calls = result.requests.total
  seen.failures = result.non2xx + result.errors
}

/** Each call counts from the instant it was due, whatever became of those before it. */
async function callPaced(): Promise<void> {
  const open: Promise<void>[] = []
  for (let n = 0; n < pace * seconds; n++) {
    const dueMs = fromMs + (n * 1_000) / pace
    if (dueMs > performance.now()) await after(dueMs - performance.now())
    open.push(call(() => undefined).then(() => void spans.push(performance.now() - dueMs)))
  }
  await Promise.all(open)
}

async function readStreams(): Promise<void> {
  const reader = async (_: unknown, n: number) => {
    await after((pace * 1_000 * n) / connections)
    do {
      const beginMs = performance.now()
      let first = true
      await call((text) => {
        const events = text.split('data:').length - 1
        if (first && events > 0) spans.push(performance.now() - beginMs)
        first &&= events === 0
        seen.chunks += events
        for (const [, instant = ''] of text.matchAll(INSTANT))
          chunkSpans.push(Number(process.hrtime.bigint() - BigInt(instant)) / 1e6)
      })
    } while (performance.now() - fromMs < seconds * 1_000)
  }
  await Promise.all(Array.from({ length: connections }, reader))
}

function call(onText: (text: string) => void): Promise<void> {
  return new Promise((resolve) => {
    const sent = request(url, { method: 'POST', agent, headers: withKey() }, (response) => {
      response.setEncoding('utf8')
      response.on('data', onText)
      response.on('end', () => {
        seen.calls++
        if (response.statusCode !== 200) seen.failures++
        resolve()
      })
    })
    sent.on('error', () => {
      seen.calls++
      seen.failures++
      resolve()
    })
    sent.end(body)
  })
}

function withKey(): Record<string, string> {
  const key = keys[nextKey++ % keys.length] ?? ''
  return { ...headers, authorization: `Bearer ${key}` }
}

function readRequest(text: string): { headers: Record<string, string>; body: string } {
  const end = text.indexOf('\r\n\r\n')
  const lines = text.slice(0, end).split('\r\n').slice(1)
  const pairs = lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)])
  // Both clients send the length by themselves; autocannon would send it twice.
  const kept = pairs.filter(([name]) => name !== 'content-length')
  return { headers: Object.fromEntries(kept), body: text.slice(end + 4) }
}
