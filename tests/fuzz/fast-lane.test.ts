// The fast lane and node:http read the same bytes alike, or the lane leaves them to node:http.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { seededRandom } from '../support/run/seeded-random.ts'
import { SEEDS } from './fast-lane-seeds.ts'
import { type Front, openFront, type Reading } from './fronts.ts'
import { type RequestCase, requestCase } from './request-bytes.ts'

const CASES = Number(process.env.FUZZ_CASES ?? 25_000)
const FIRST_SEED = Number(process.env.FUZZ_SEED ?? 1)
const AT_ONCE = 500
// Byte by byte takes as long for one connection as for many side by side.
const BY_BYTE_AT_ONCE = 4_000

type Named = { name: string; known: RequestCase }
type Doubtful = Named & { ofLane: Reading }

let lane: Front
let node: Front

beforeAll(async () => {
  lane = await openFront(true)
  node = await openFront(false)
})
afterAll(async () => {
  await lane.close()
  await node.close()
})

test(`${SEEDS.length} connections whose bytes two readers could read differently`, async () => {
  const { doubtful } = await compare(SEEDS.map((known, index) => ({ name: `seed ${index}`, known })))
  await compareByByte(doubtful)
})

test('the same over sockets, whose bytes node:http reads by itself', async () => {
  const inMemory = (await lane.read(SEEDS)).map(({ succeeded }) => succeeded)
  const sent = await lane.send(SEEDS)
  await expect.poll(sent.succeeded).toEqual(inMemory)
  sent.close()
})

test(`${CASES} connections, made from the number ${FIRST_SEED} on`, async () => {
  const takenBefore = lane.taken()
  let requests = 0
  let oneByOne = 0
  let doubtful: Doubtful[] = []
  for (let from = 0; from < CASES; from += AT_ONCE) {
    const batch = Array.from({ length: Math.min(AT_ONCE, CASES - from) }, (_, index) => {
      const seed = FIRST_SEED + from + index
      return { name: `FUZZ_SEED=${seed} FUZZ_CASES=1`, known: requestCase(seededRandom(seed)) }
    })
    const found = await compare(batch)
    requests += found.requests
    doubtful.push(...found.doubtful)
    if (doubtful.length < BY_BYTE_AT_ONCE && from + AT_ONCE < CASES) continue
    await compareByByte(doubtful)
    oneByOne += doubtful.length
    doubtful = []
  }
  const taken = lane.taken() - takenBefore
  console.log(
    `${requests} requests understood, ${taken} of them by the lane; ${oneByOne} connections served one request at a time`,
  )
  // Else the lane leaves everything to node:http, and this proves nothing.
  if (CASES >= AT_ONCE) expect(taken / requests).toBeGreaterThan(0.4)
})

/** Has both read the same pieces, and returns those that the lane has read differently. */
async function compare(cases: Named[]): Promise<{ requests: number; doubtful: Doubtful[] }> {
  const byLane = await lane.read(cases.map((one) => one.known))
  const byNode = await node.read(cases.map((one) => one.known))
  const doubtful: Doubtful[] = []
  let requests = 0
  for (const [index, one] of cases.entries()) {
    const [ofLane, ofNode] = [byLane[index], byNode[index]]
    if (ofLane === undefined || ofNode === undefined) throw new Error('a reading is missing')
    requests += ofNode.understood.length
    if (!agree(ofLane, ofNode)) doubtful.push({ ...one, ofLane })
  }
  return { requests, doubtful }
}

/**
 * Of requests that come in one piece, node:http begins all before it has responded to any: where a fault is behind them, or a
 * response that is aborted, it begins them in vain. The lane serves one after the other. So what it does otherwise must be
 * what node:http does when all that the lane kept for itself comes byte by byte.
 */
async function compareByByte(doubtful: Doubtful[]): Promise<void> {
  if (doubtful.length === 0) return
  const byByte = await node.read(doubtful.map(({ known, ofLane }) => byteByByte(known, ofLane.handedOverAt)))
  for (const [index, { name, known, ofLane }] of doubtful.entries()) {
    const ofBytes = byByte[index]
    if (ofBytes !== undefined && agree(ofLane, ofBytes)) continue
    const segments = known.segments.map((segment) => segment.toString('latin1'))
    console.log(JSON.stringify({ name, segments, end: known.end }, null, 1))
    expect(ofLane).toEqual(ofBytes)
  }
}

function agree(one: Reading, other: Reading): boolean {
  return (
    one.succeeded === other.succeeded &&
    one.closed === other.closed &&
    JSON.stringify(one.understood) === JSON.stringify(other.understood)
  )
}

// Longer than any body, so such a run is part of a head, within which nothing ends.
const RUN_BYTES = 1_500

/**
 * The same bytes, each by itself, but of a long run of equal ones all at once; those from `until` on, where that is not
 * null, in the pieces that they came in.
 */
function byteByByte({ segments, end }: RequestCase, until: number | null): RequestCase {
  const bytes = Buffer.concat(segments)
  const cuts = new Set<number>()
  for (let at = 0; at < (until ?? bytes.length); ) {
    cuts.add(at)
    let next = at + 1
    while (next < bytes.length && bytes[next] === bytes[at]) next++
    at = next - at < RUN_BYTES ? at + 1 : next
  }
  let start = 0
  for (const { length } of segments) {
    if (start >= (until ?? bytes.length)) cuts.add(start)
    start += length
  }
  if (until !== null) cuts.add(until)
  const starts = [...cuts].sort((a, b) => a - b)
  return { segments: starts.map((at, index) => bytes.subarray(at, starts[index + 1])), end }
}
