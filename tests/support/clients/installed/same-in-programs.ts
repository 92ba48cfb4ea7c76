// One client run twice as a process of its own: with an upstream itself, and with Latchkey in front of another. What it
// prints, what the upstream gets and what Latchkey writes down are compared, but for what it makes up anew each time.
import { expect } from 'vitest'
import { requestLogs } from '../../server/request-logs.ts'
import { expectWrittenDown, newLogs } from '../../server/written-down.ts'
import { asReceived } from '../as-received.ts'
import { inAnyOrder, type Pair, type Side } from '../direct-and-through.ts'

/** Runs a client on both sides, checks that the two are equal, and returns what it returned. */
export async function sameInPrograms<T>(pair: Pair, run: (side: Side) => Promise<T>): Promise<T> {
  const { direct, through, latchkey } = pair
  const [ownFrom, ourFrom] = [direct.upstream.exchanges.length, through.upstream.exchanges.length]
  const before = new Set((await requestLogs(latchkey)).map(({ id }) => id))
  const own = await run(direct)
  const ours = await run(through)
  expect(masked(ours, through)).toEqual(masked(own, direct))
  const exchanges = through.upstream.exchanges.slice(ourFrom)
  expect(exchanges.length).toBeGreaterThan(0)
  const received = await Promise.all(exchanges.map(asReceived))
  const ownReceived = await Promise.all(direct.upstream.exchanges.slice(ownFrom).map(asReceived))
  expect(inAnyOrder(received.map((request) => masked(request, through)))).toEqual(
    inAnyOrder(ownReceived.map((request) => masked(request, direct))),
  )
  const logs = await newLogs(latchkey, before, exchanges.length)
  // Its responses are seen by the program alone.
  const seen = logs.map(({ id, httpStatus }) => ({ status: httpStatus, headers: { 'x-request-id': id } }))
  for (const exchange of exchanges) await expectWrittenDown(exchange, logs, seen, false)
  return own
}

// What a client makes up: identifiers, also those that the upstream derives from a request, and times.
const MADE_UP: readonly [RegExp, string][] = [
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uuid>'],
  [/\b(ses|msg|prt|resp|rs|fc_\d|chatcmpl|req_upstream)[-_][0-9A-Za-z]+/g, '$1_<id>'],
  [/\b1[7-9]\d{11}\b/g, '0'],
  // Of a command that Codex ran.
  [/\b(Chunk ID: |Wall time: )[\da-f.]+/g, '$1<any>'],
  [/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>'],
]

function masked(value: unknown, { baseURL }: Side): unknown {
  const text = JSON.stringify(value).replaceAll(new URL(baseURL).origin, '<server>')
  return JSON.parse(MADE_UP.reduce((all, [pattern, name]) => all.replaceAll(pattern, name), text))
}
