// One client run twice as a process of its own: with an upstream itself, and with Latchkey in front of another. What it
// prints, what the upstream gets and what Latchkey writes down are compared, but for what it makes up anew each time.
import { expect } from 'vitest'
import type { OpenAiExchange } from '../../openai-upstream/openai-upstream.ts'
import { isObject } from '../../openai-upstream/request.ts'
import type { TestLatchkey } from '../../server/latchkey.ts'
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
  await expectRecorded(latchkey, before, exchanges)
  return own
}

/** A log for each request and for each message of a WebSocket, with its usage, and one for each WebSocket. */
async function expectRecorded(
  latchkey: TestLatchkey,
  before: Set<string>,
  exchanges: readonly OpenAiExchange[],
): Promise<void> {
  const [messages, requests] = [exchanges.filter(isMessage), exchanges.filter((one) => !isMessage(one))]
  const sockets = new Set(messages.map(({ request }) => request.headers['sec-websocket-key']))
  const logs = await newLogs(latchkey, before, exchanges.length + sockets.size)
  // Its responses are seen by the program alone.
  const seen = logs.map(({ id, httpStatus }) => ({ status: httpStatus, headers: { 'x-request-id': id } }))
  for (const exchange of requests) await expectWrittenDown(exchange, logs, seen, false)
  expect(logs.filter(({ httpStatus }) => httpStatus === 101)).toHaveLength(sockets.size)
  const ofMessages = logs.filter(
    ({ upstreamRequestId, httpStatus }) => upstreamRequestId === null && httpStatus === 200,
  )
  expect(
    ofMessages
      .map(({ outcome, requestedModel, inputTokens }) => [outcome, requestedModel, inputTokens])
      .toSorted(),
  ).toEqual(
    messages
      .map(({ request, succeeded }) => ['SUCCESS', modelIn(request.json), succeeded.usage?.input_tokens])
      .toSorted(),
  )
}

function isMessage({ succeeded }: OpenAiExchange): boolean {
  return succeeded.status === 101
}

function modelIn(json: unknown): unknown {
  return isObject(json) ? json.model : null
}

// What a client makes up: identifiers, also those that the upstream derives from a request, and times.
const MADE_UP: readonly [RegExp, string][] = [
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uuid>'],
  [/\b(ses|msg|prt|resp|rs|fc_\d|chatcmpl)[-_][0-9A-Za-z]+/g, '$1_<id>'],
  [/\breq_\w+/g, 'req_<id>'],
  [/\b1[7-9]\d{11}\b/g, '0'],
  // Of a command that Codex ran.
  [/\b(Chunk ID: |Wall time: )[\da-f.]+/g, '$1<any>'],
  [/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>'],
]

function masked(value: unknown, { baseURL }: Side): unknown {
  const { origin } = new URL(baseURL)
  return JSON.parse(JSON.stringify(value), (_name, member: unknown) => {
    // A time, as of 2025 to 2036.
    if (typeof member === 'number' && member > 1.7e12 && member < 2.1e12) return 0
    if (typeof member !== 'string') return member
    return MADE_UP.reduce(
      (text, [pattern, name]) => text.replaceAll(pattern, name),
      member.replaceAll(origin, '<server>'),
    )
  })
}
