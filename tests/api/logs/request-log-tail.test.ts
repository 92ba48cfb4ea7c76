// The live tail: requestLogTail over server-sent events.
import { aCallRecord } from '@latchkey/server/domain/logs/a-call-record.ts'
import { SQL } from '@latchkey/server/store/sql.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call } from '../../support/api/client.ts'
import { openTail, type Tail, type TailedLog } from '../../support/api/tail.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { requestIdAt } from '../../support/server/request-ids.ts'

let latchkey: TestLatchkey
let one: { id: number; secret: string }
beforeAll(async () => {
  latchkey = await startLatchkey()
  one = await latchkey.createKey({ name: 'one' })
})
afterAll(() => latchkey.close())

async function openTails(): Promise<number> {
  const { data } = await latchkey.graphql('{ ledgerHealth { openTails } }')
  return data.ledgerHealth.openTails
}

/** Records calls in this order, each of `model` unless set, and returns their ids. */
function record(model: string, ...facts: Parameters<typeof aCallRecord>[0][]): string[] {
  const records = facts.map((fact) => aCallRecord({ requestedModel: model, ...fact }))
  for (const one of records) latchkey.app.ledger.record(one)
  return records.map(({ id }) => id)
}

const idsOf = (logs: TailedLog[]) => logs.map(({ id }) => id)
const of = (model: string, after?: string) => ({ filter: { model: [model] }, ...(after && { after }) })

test('shows a call that has just ended, with its key, as the list has it', async () => {
  const tail = await openTail(latchkey)
  const { requestId } = await call(latchkey, one.secret)
  expect(await tail.logs(1)).toEqual([{ id: requestId, outcome: 'SUCCESS', apiKey: { name: 'one' } }])
  expect(tail.response.statusCode).toBe(200)
  expect(tail.response.headers).toMatchObject({
    'content-type': 'text/event-stream',
    'x-accel-buffering': 'no',
    'cache-control': 'no-store',
    'x-request-id': expect.stringMatching(/^req_/),
  })
  tail.close()
})

test('shows what matches, in the order in which calls end, at most 100 in an event', async () => {
  const tail = await openTail(latchkey, of('ordered'))
  // A long call: its id is older than those of the others, which ended before.
  const long = requestIdAt(Date.now() - 60_000)
  record('another', {}, {})
  const ids = record('ordered', ...Array.from({ length: 150 }, () => ({})), { id: long, durationMs: 60_000 })
  const first = await tail.logs(1)
  expect(first).toHaveLength(100)
  expect(idsOf([...first, ...(await tail.logs(1))])).toEqual(ids)
  expect(tail.dropped).toBe(0)
  tail.close()
})

describe('a reader that comes back', () => {
  test('finds what it missed and goes on, without gap or double, though a missed call began before', async () => {
    const first = await openTail(latchkey, of('resumed'))
    const [seen = ''] = record('resumed', {})
    expect(idsOf(await first.logs(1))).toEqual([seen])
    first.close()
    const missed = record('resumed', {}, { id: requestIdAt(Date.now() - 60_000), durationMs: 60_000 }, {})
    const again = await openTail(latchkey, of('resumed', seen))
    const later = record('resumed', {}, {})
    expect(idsOf(await again.logs(5))).toEqual([...missed, ...later])
    expect(again.dropped).toBe(0)
    again.close()
  })

  test('after long finds it in the database', async () => {
    const now = Date.now()
    const [before, seen = ''] = record(
      'forgotten',
      { id: requestIdAt(now - 50_000), durationMs: 5 },
      { id: requestIdAt(now - 40_000), durationMs: 5 },
    )
    const missed = record(
      'forgotten',
      { id: requestIdAt(now - 60_000), durationMs: 25_000 },
      { id: requestIdAt(now - 30_000), durationMs: 5 },
    )
    // More than the process remembers.
    for (let n = 0; n < 2_500; n++) latchkey.app.ledger.record(aCallRecord())
    const recent = record('forgotten', {}, {})
    const tail = await openTail(latchkey, of('forgotten', seen))
    const later = record('forgotten', {})
    const found = idsOf(await tail.logs(5))
    expect(found).toEqual([...missed, ...recent, ...later])
    expect(found).not.toContain(before)
    expect(tail.dropped).toBe(0)
    tail.close()
  })

  test('is given no call of a key that has been deleted', async () => {
    const disconnected = await latchkey.createKey({ name: 'gone' })
    const [seen = ''] = record('deleted', {}, { apiKeyId: disconnected.id })
    await latchkey.graphql(
      'mutation ($input: DeleteApiKeyInput!) { deleteApiKey(input: $input) { deletedId } }',
      {
        input: { id: `key_${disconnected.id}` },
      },
    )
    const [kept] = record('deleted', {})
    const tail = await openTail(latchkey, of('deleted', seen))
    expect(idsOf(await tail.logs(1))).toEqual([kept])
    tail.close()
  })
})

test('a slow reader gets the number that it has missed; it costs no memory', async () => {
  const tail = await openTail(latchkey, of('slow'))
  for (let n = 0; n < 20_000; n++) {
    latchkey.app.ledger.record(aCallRecord({ requestedModel: n % 20 === 0 ? 'slow' : 'other' }))
  }
  const [last = ''] = record('slow', {})
  const logs: TailedLog[] = []
  while (logs.at(-1)?.id !== last) logs.push(...(await tail.logs(1)))
  expect(logs.length + tail.dropped).toBe(1_001)
  expect(logs.length).toBeLessThanOrEqual(101)
  tail.close()
})

test('a quiet tail sends comments, so that no reader takes it for disconnected', async () => {
  const tail = await openTail(latchkey, of('nothing'))
  const event = tail.event().catch(() => undefined)
  while (tail.raw.filter((block) => block.startsWith(':')).length < 3) {
    await new Promise((resolve) => tail.response.once('data', resolve))
  }
  tail.close()
  await event
})

test('nothing remains of a reader that has disconnected', async () => {
  const tails: Tail[] = []
  // Those of the tests before are going.
  await expect.poll(openTails, { interval: 5 }).toBe(0)
  for (let n = 0; n < 5; n++) tails.push(await openTail(latchkey))
  expect(await openTails()).toBe(5)
  for (const tail of tails) tail.close()
  // Each response comes after the server has noticed more closed connections.
  await expect.poll(openTails, { interval: 5 }).toBe(0)
})

describe('is refused', () => {
  test.for(['', 'wrong'])('to a stranger with the token "%s", before a stream is opened', async (token) => {
    const response = await fetch(`${latchkey.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        authorization: `Bearer ${token}`,
      },
      body: JSON.stringify({ query: 'subscription { requestLogTail { dropped } }' }),
    })
    const { errors } = (await response.json()) as { errors: { extensions: { code: string } }[] }
    expect([response.status >= 400, errors[0]?.extensions.code]).toEqual([true, 'UNAUTHENTICATED'])
  })

  test.for<[Record<string, unknown>, RegExp]>([
    [{ after: 'key_1' }, /^after: "key_1" is not the id of a request log/],
    [{ filter: { text: 'x'.repeat(201) } }, /^filter\.text must be plain text/],
  ])('%j', async ([variables, message]) => {
    const tail = await openTail(latchkey, variables)
    const { errors } = JSON.parse((await tail.event()).data)
    expect(errors[0].message).toMatch(message)
    expect(errors[0].extensions).toMatchObject({ code: 'BAD_USER_INPUT', requestId: expect.any(String) })
    tail.close()
  })

  test('as JSON', async () => {
    const { data, errors } = await latchkey.graphql('subscription { requestLogTail { dropped } }')
    expect(data).toBeUndefined()
    expect(errors?.[0]?.message).toMatch(/text\/event-stream/)
  })
})

test('ends when the server stops', async () => {
  const stopping = await startLatchkey()
  const tail = await openTail(stopping)
  const closed = stopping.close()
  expect(await tail.event()).toEqual({ event: 'complete', data: '' })
  await closed
})

test('internal errors are not revealed; nothing stays open', async () => {
  // Nothing settles there.
  const broken = await startLatchkey({ settleMaxMs: 1_000 })
  try {
    await broken.app.store[SQL].batch([{ text: 'DROP TABLE "KeyRemoval"', values: [] }])
    const tail = await openTail(broken, { after: requestIdAt(Date.now() - 1_000) })
    const { data } = await tail.event()
    expect(JSON.parse(data).errors).toMatchObject([
      {
        message: expect.stringMatching(/^Something went wrong on our side/),
        extensions: { code: 'INTERNAL', requestId: expect.stringMatching(/^req_/) },
      },
    ])
    expect(data).not.toContain('KeyRemoval')
    tail.close()
    const { data: health } = await broken.graphql('{ ledgerHealth { openTails } }')
    expect(health.ledgerHealth.openTails).toBe(0)
  } finally {
    await broken.close()
  }
})
