// Has one of the upstream clients read a response, over a wire whose bytes the test decides, and reports what it understood.
import { lookup } from 'node:dns'
import type { Socket } from 'node:net'
import { leanClient } from '@latchkey/server/http/client/h1/lean-client.ts'
import { undiciClient } from '@latchkey/server/http/client/undici-client.ts'
import type {
  TransportError,
  UpstreamCall,
  UpstreamClient,
} from '@latchkey/server/http/client/upstream-client.ts'
import { USUAL_TIMEOUTS } from '../support/clients/upstream-clients.ts'
import type { ResponseCase } from './response-bytes.ts'
import { turn, Wire } from './wire.ts'

/** All that the rest of the gateway sees of a response. */
export type Meaning = {
  /** `waiting`: neither end nor failure, though the connection has ended. */
  outcome: 'end' | TransportError | 'waiting'
  /** Null where no head came. */
  status: number | null
  headers: [name: string, value: string | string[]][]
  body: Buffer
  /** Whether the next call went over the same connection; null where this one has not ended. */
  reused: boolean | null
  /** What the next call received; null where there was none. */
  next: string | null
}

/** One client with a connection at a time. */
export type Lane = {
  run(test: ResponseCase): Promise<Meaning>
  close(): Promise<void>
}

const BASE_URL = 'http://upstream.test/v1'
const SECOND = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecond'
// Turns without anything happening, after which nothing more will.
const QUIET_TURNS = 4

/** A client of this kind over wires in memory; what it understands of a response is its Meaning. */
export function openLane(kind: 'undici' | 'lean'): Lane {
  const wires: Wire[] = []
  const newWire = () => {
    const wire = new Wire()
    wires.push(wire)
    return wire
  }
  const client = kind === 'lean' ? overLean(newWire) : overUndici(newWire)

  return {
    async run(test) {
      wires.length = 0
      const first = ask(client, test.method, test.slow)
      const wire = await written(wires, 1)
      for (const segment of test.segments) {
        if (wire.destroyed) break
        wire.push(segment)
        await turn()
      }
      await quiet(first)
      let reused: boolean | null = null
      let next: string | null = null
      if (first.meaning.outcome === 'end') {
        const second = ask(client, 'POST', false)
        const other = await written(wires, 2)
        reused = other === wire
        other.push(Buffer.from(SECOND))
        await quiet(second)
        next = `${second.meaning.outcome} ${second.meaning.status} ${second.body()}`
        other.destroy()
      }
      if (test.end === 'close' && !wire.destroyed) wire.push(null)
      else wire.destroy(Object.assign(new Error('reset'), { code: 'ECONNRESET' }))
      await quiet(first)
      const meaning = { ...first.meaning, body: first.body(), reused, next }
      first.call.abort()
      wire.destroy()
      await turn()
      return meaning
    },
    close: () => client.close(),
  }
}

function overLean(newWire: () => Wire): UpstreamClient {
  const never: UpstreamClient = {
    send: () => {
      throw new Error('the lean client handed on a call that it should take')
    },
    close: () => Promise.resolve(),
  }
  return leanClient(never, USUAL_TIMEOUTS, lookup, (_origin, onOpen, onBytes) => {
    queueMicrotask(onOpen)
    return newWire().on('data', onBytes)
  })
}

function overUndici(newWire: () => Wire): UpstreamClient {
  return undiciClient(USUAL_TIMEOUTS, lookup, (_options, callback) => {
    // It asks of a socket no more than a Wire has.
    const wire = newWire() as unknown as Socket
    queueMicrotask(() => callback(null, wire))
    return wire
  })
}

type Asked = {
  call: UpstreamCall
  meaning: Omit<Meaning, 'body' | 'reused' | 'next'>
  body(): Buffer
  /** Counts the events. */
  events(): number
}

function ask(client: UpstreamClient, method: string, slow: boolean): Asked {
  const chunks: Buffer[] = []
  const meaning: Asked['meaning'] = { outcome: 'waiting', status: null, headers: [] }
  let events = 0
  const report = (outcome: Meaning['outcome']) => {
    events++
    if (meaning.outcome !== 'waiting') throw new Error(`${outcome} after ${meaning.outcome}`)
    meaning.outcome = outcome
  }
  const call = client.send(
    {
      baseUrl: BASE_URL,
      method,
      path: '/x',
      headers: {},
      body: method === 'POST' ? Buffer.from('{}') : null,
      bodyBytes: method === 'POST' ? 2 : null,
    },
    {
      onHead(status, headers) {
        events++
        if (meaning.status !== null || meaning.outcome !== 'waiting') throw new Error('a second head')
        meaning.status = status
        meaning.headers = Object.entries(headers).map(([name, value]) => [name, value ?? ''])
      },
      onChunk(chunk) {
        // After a pause, undici reports nothing.
        if (chunk.length === 0) return true
        events++
        if (meaning.outcome !== 'waiting') throw new Error('a chunk after the end')
        chunks.push(chunk)
        if (slow) setImmediate(() => call.resume())
        return !slow
      },
      onEnd: () => report('end'),
      onFailure: (failure) => report(failure),
    },
  )
  return { call, meaning, body: () => Buffer.concat(chunks), events: () => events }
}

async function written(wires: Wire[], requests: number): Promise<Wire> {
  for (let turns = 0; turns < 1_000; turns++) {
    const wire = wires.at(-1)
    const total = wires.reduce((sum, { requests: some }) => sum + some, 0)
    if (wire !== undefined && total >= requests) return wire
    await turn()
  }
  throw new Error('the request was not written')
}

async function quiet(asked: Asked): Promise<void> {
  let before = -1
  for (let same = 0; same < QUIET_TURNS; same++) {
    if (asked.meaning.outcome !== 'waiting' && same > 1) return
    if (asked.events() !== before) same = 0
    before = asked.events()
    await turn()
  }
}
