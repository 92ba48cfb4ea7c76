// What a call and a chunk cost in each of the two upstream clients: CPU time of this process, against an upstream in another.
//
// node tests/bench/upstream-clients.ts [rounds]. Read the ratio: the figures themselves move with the machine.

import { fork } from 'node:child_process'
import { lookup } from 'node:dns'
import { once } from 'node:events'
import { createServer as createTcpServer } from 'node:net'
import { leanClient } from '@latchkey/server/http/client/h1/lean-client.ts'
import { undiciClient } from '@latchkey/server/http/client/undici-client.ts'
import type { UpstreamClient } from '@latchkey/server/http/client/upstream-client.ts'
import { USUAL_TIMEOUTS } from '../support/clients/upstream-clients.ts'
import { median, table } from './report.ts'

const IN_FLIGHT = 64
const CALLS = 20_000
const STREAMS = 64
const CHUNKS = 400
const REQUEST = Buffer.from(
  JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'x'.repeat(240) }] }),
)
const RESPONSE_BYTES = 700

if (process.argv[2] === 'upstream') serve()
else await measure(Number(process.argv[2] ?? 7))

async function measure(rounds: number): Promise<void> {
  const upstream = fork(import.meta.filename, ['upstream'])
  const [port] = await once(upstream, 'message')
  const baseUrl = `http://127.0.0.1:${port}/v1`
  const clients = {
    undici: undiciClient(USUAL_TIMEOUTS, lookup),
    lean: leanClient(undiciClient(USUAL_TIMEOUTS, lookup), USUAL_TIMEOUTS, lookup),
  }
  const spent = {
    undici: { call: [] as number[], chunk: [] as number[] },
    lean: { call: [] as number[], chunk: [] as number[] },
  }
  for (let round = 0; round <= rounds; round++) {
    for (const name of ['undici', 'lean'] as const) {
      const call = await cpuMicros(CALLS, () => calls(clients[name], baseUrl))
      const chunk = await cpuMicros(STREAMS * CHUNKS, () => streams(clients[name], baseUrl))
      // The first round is for the compiler.
      if (round === 0) continue
      spent[name].call.push(call)
      spent[name].chunk.push(chunk)
    }
  }
  const row = (what: string, kind: 'call' | 'chunk') => {
    const [undici, lean] = [median(spent.undici[kind]), median(spent.lean[kind])]
    return [what, undici.toFixed(1), lean.toFixed(1), (lean / undici).toFixed(2)]
  }
  console.log(
    table(
      ['CPU µs, median', 'undici', 'lean', 'ratio'],
      [
        row(`a call, ${REQUEST.length} → ${RESPONSE_BYTES} bytes of JSON, ${IN_FLIGHT} in flight`, 'call'),
        row(`a chunk, ${STREAMS} streams`, 'chunk'),
      ],
    ),
  )
  await Promise.all(Object.values(clients).map((client) => client.close()))
  upstream.kill()
}

async function cpuMicros(units: number, work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / units
}

function calls(client: UpstreamClient, baseUrl: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let begun = 0
    let ended = 0
    const next = () => {
      if (begun === CALLS) return
      begun++
      send(client, baseUrl, '/call', reject, () => {
        if (++ended === CALLS) resolve()
        else next()
      })
    }
    for (let n = 0; n < IN_FLIGHT; n++) next()
  })
}

function streams(client: UpstreamClient, baseUrl: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let ended = 0
    for (let n = 0; n < STREAMS; n++) {
      send(client, baseUrl, '/stream', reject, () => {
        if (++ended === STREAMS) resolve()
      })
    }
  })
}

function send(
  client: UpstreamClient,
  baseUrl: string,
  path: string,
  onError: (error: Error) => void,
  onEnd: () => void,
): void {
  let bytes = 0
  client.send(
    {
      baseUrl,
      method: 'POST',
      path,
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        'user-agent': 'OpenAI/JS 6.0.0',
        'accept-encoding': 'identity',
        authorization: 'Bearer sk-of-the-upstream',
      },
      body: REQUEST,
      bodyBytes: REQUEST.length,
    },
    {
      onHead: (status) => {
        if (status !== 200) onError(new Error(`status ${status}`))
      },
      onChunk: (chunk) => {
        bytes += chunk.length
        return true
      },
      onEnd: () => (bytes >= RESPONSE_BYTES ? onEnd() : onError(new Error(`${bytes} bytes`))),
      onFailure: (failure) => onError(new Error(failure)),
    },
  )
}

/** By the byte, so that it costs less than what it measures: each request comes in one piece here. */
function serve(): void {
  const head =
    'HTTP/1.1 200 OK\r\nDate: Mon, 01 Jan 2035 00:00:00 GMT\r\nx-request-id: req_0123456789\r\nopenai-version: 2020-10-01\r\n'
  const response = `${head}Content-Type: application/json\r\nContent-Length: ${RESPONSE_BYTES}\r\n\r\n${'x'.repeat(RESPONSE_BYTES)}`
  const events = `${head}Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n`
  const data = `data: ${JSON.stringify({ choices: [{ delta: { content: 'x'.repeat(140) } }] })}\n\n`
  const event = `${data.length.toString(16)}\r\n${data}\r\n`
  const server = createTcpServer({ noDelay: true }, (socket) => {
    let heard = ''
    socket.on('error', () => undefined)
    socket.on('data', (bytes: Buffer) => {
      heard += bytes.toString('latin1')
      const headEnd = heard.indexOf('\r\n\r\n')
      if (headEnd === -1 || heard.length < headEnd + 4 + REQUEST.length) return
      const isStream = heard.startsWith('POST /v1/stream')
      heard = ''
      if (!isStream) return void socket.write(response)
      socket.write(events)
      let remaining = CHUNKS
      const next = () => {
        if (remaining-- === 0) socket.write('0\r\n\r\n')
        else {
          socket.write(event)
          setImmediate(next)
        }
      }
      next()
    })
  })
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    if (typeof address === 'object' && address !== null) process.send?.(address.port)
  })
  process.on('disconnect', () => process.exit())
}
