// The WebSocket of the Responses API: each `response.create` is a model call, judged, admitted, priced and recorded as over HTTP.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { WebSocket } from 'ws'
import { openRealtime, type RealtimeClient } from '../../support/clients/realtime-client.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { makePricedModel } from '../../support/server/priced-models.ts'
import { requestLogs } from '../../support/server/request-logs.ts'
import { makeRuledKey, setPolicy } from '../../support/server/ruled-keys.ts'
import { type RealtimeUpstream, startRealtimeUpstream } from '../../support/upstreams/realtime-upstream.ts'

// The credential of a priced model's upstream.
const CREDENTIAL = 'sk-priced'
const PATH = '/v1/responses'

let upstream: RealtimeUpstream
let latchkey: TestLatchkey
let received: Record<string, unknown>[]

beforeAll(async () => {
  upstream = await startRealtimeUpstream(respond)
  latchkey = await startLatchkey({ env: { LATCHKEY_DRAIN_SECONDS: '1' } })
  await makePricedModel(latchkey, {
    baseUrl: upstream.baseUrl,
    kind: 'OPENAI',
    name: '*',
    price: { INPUT_TOKEN: '1000', OUTPUT_TOKEN: '1000' },
  })
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})
beforeEach(() => {
  received = []
  upstream.serve(respond)
})

/** A server of the Responses API's WebSocket; 10 tokens cost a cent. */
function respond(peer: WebSocket): void {
  peer.on('message', (data) => {
    const message = JSON.parse(String(data)) as Record<string, unknown>
    received.push(message)
    if (message.type !== 'response.create') return
    const stream = message.stream_id === undefined ? {} : { stream_id: message.stream_id }
    const say = (event: object) => peer.send(JSON.stringify({ ...event, ...stream }))
    say({ type: 'response.created', response: { id: 'resp_1', object: 'response', status: 'in_progress' } })
    say({ type: 'response.output_text.delta', delta: 'Hi' })
    if (message.input === 'fail')
      return say({
        type: 'error',
        status: 400,
        error: {
          code: 'bad_input',
          message: `No ${CREDENTIAL}.`,
          type: 'invalid_request_error',
          param: null,
        },
      })
    if (message.input === 'hang') return
    const text = message.input === 'large' ? 'x'.repeat(2_000_000) : 'Hi'
    const usage = { input_tokens: 6, output_tokens: 4, total_tokens: 10 }
    say({
      type: 'response.completed',
      response: { id: 'resp_1', object: 'response', status: 'completed', output: [text], usage },
    })
  })
}

const open = (secret: string) => openRealtime(latchkey, secret, { path: PATH, query: '' })

type Event = { type: string; error?: { code: string; message: string }; [name: string]: unknown }

/** The events up to the last of the next response, or of its error. */
async function turn(client: RealtimeClient, members: object): Promise<Event[]> {
  client.socket.send(JSON.stringify({ type: 'response.create', ...members }))
  return rest(client)
}

async function rest(client: RealtimeClient): Promise<Event[]> {
  const events: Event[] = []
  for (;;) {
    const event = JSON.parse(String((await client.message()).data)) as Event
    events.push(event)
    if (['response.completed', 'response.failed', 'error'].includes(event.type)) return events
  }
}

async function errorOf(client: RealtimeClient, members: object): Promise<Event | undefined> {
  return (await turn(client, members)).at(-1)
}

/** The newest logs of a key, of one path and method. */
async function logs(number: number, method = 'POST') {
  return (await requestLogs(latchkey)).filter((log) => log.apiKeyId === number && log.method === method)
}

describe('a response', () => {
  test('is a call of its own in the log, with its model, usage and cost; the connection is another', async () => {
    const key = await makeRuledKey(latchkey, null)
    const client = await open(key.secret)
    expect((await turn(client, { model: 'm1', input: 'x' })).map(({ type }) => type)).toEqual([
      'response.created',
      'response.output_text.delta',
      'response.completed',
    ])
    // Its record was in the journal before its last event came.
    expect(await logs(key.number)).toMatchObject([
      {
        endpoint: PATH,
        outcome: 'SUCCESS',
        httpStatus: 200,
        requestedModel: 'm1',
        resolvedModel: 'm1',
        streamed: true,
        inputTokens: 6,
        outputTokens: 4,
        usageSource: 'PROVIDER',
        costNanoUsd: 10_000_000,
        finishReason: 'completed',
        closeCode: null,
      },
    ])
    await turn(client, { model: 'm2', input: 'x' })
    client.socket.close(1000)
    await client.closed
    expect((await logs(key.number)).map(({ requestedModel }) => requestedModel)).toEqual(['m2', 'm1'])
    await expect
      .poll(() => logs(key.number, 'GET'))
      .toMatchObject([{ endpoint: PATH, outcome: 'SUCCESS', closeCode: 1000, costNanoUsd: null }])
  })

  test('of two megabytes has its usage read', async () => {
    const key = await makeRuledKey(latchkey, null)
    const client = await open(key.secret)
    await turn(client, { model: 'm1', input: 'large' })
    expect(await logs(key.number)).toMatchObject([
      { inputTokens: 6, outputTokens: 4, costNanoUsd: 10_000_000 },
    ])
    client.socket.close()
  })

  test('that fails is an ERROR, without the credential that the upstream repeats', async () => {
    const key = await makeRuledKey(latchkey, null)
    const client = await open(key.secret)
    const event = await errorOf(client, { model: 'm1', input: 'fail' })
    expect(JSON.stringify(event)).not.toContain(CREDENTIAL)
    expect(await logs(key.number)).toMatchObject([
      { outcome: 'ERROR', httpStatus: 400, errorCode: 'bad_input' },
    ])
    await turn(client, { model: 'm1', input: 'x' })
    client.socket.close()
  })

  test('that the client does not wait for is CANCELLED', async () => {
    const key = await makeRuledKey(latchkey, null)
    const client = await open(key.secret)
    client.socket.send(JSON.stringify({ type: 'response.create', model: 'm1', input: 'hang' }))
    await client.message()
    client.socket.close(1000)
    await client.closed
    await expect.poll(() => logs(key.number)).toMatchObject([{ outcome: 'CANCELLED', requestedModel: 'm1' }])
  })

  test('of several at once is matched by its stream', async () => {
    const key = await makeRuledKey(latchkey, null)
    const client = await open(key.secret)
    client.socket.send(
      JSON.stringify({ type: 'response.create', model: 'm1', input: 'hang', stream_id: 'a' }),
    )
    await client.message()
    await client.message()
    const events = await turn(client, { model: 'm2', input: 'x', stream_id: 'b' })
    expect(events.every(({ stream_id }) => stream_id === 'b')).toBe(true)
    expect(await logs(key.number)).toMatchObject([{ requestedModel: 'm2', outcome: 'SUCCESS' }])
    client.socket.close()
  })
})

describe('a key’s rules hold for each response', () => {
  test('a model that it may not use is refused, and the WebSocket goes on', async () => {
    const key = await makeRuledKey(latchkey, { models: { allow: ['m1'] } })
    const client = await open(key.secret)
    const event = await errorOf(client, { model: 'm2', stream_id: 's' })
    expect(event).toMatchObject({
      type: 'error',
      status: 403,
      stream_id: 's',
      error: { code: 'model_not_found', param: 'model', type: 'invalid_request_error' },
    })
    expect((await turn(client, { model: 'm1' })).at(-1)?.type).toBe('response.completed')
    expect(received.map(({ model }) => model)).toEqual(['m1'])
    expect((await logs(key.number)).map(({ outcome }) => outcome)).toEqual(['SUCCESS', 'DENIED'])
    client.socket.close()
  })

  // What a parser of the upstream's could take for a `response.create` of another model.
  test.for([
    ['{"type":"response.\\u0063reate","model":"m2"}'],
    ['{"ty\\u0070e":"response.create","model":"m2"}'],
    ['{"type":"response.create","model":"m1","model":"m2"}'],
    ['{"type":"response.create","model":"m1","mode\\u006c":"m2"}'],
    ['{"type":"response.steer","type":"response.create","model":"m2"}'],
    ['{"type":"response.steer","model":"m2"}'],
    ['{"type":"response.create","input":"no model"}'],
    ['[{"type":"response.create","model":"m2"}]'],
    ['{"type":"response.create","model":"m2"'],
    ['{"model":"m2"}'],
    ['{"type":7,"model":"m2"}'],
    ['x'],
  ])('%s reaches no upstream', async ([text]) => {
    const key = await makeRuledKey(latchkey, { models: { allow: ['m1'] } })
    const client = await open(key.secret)
    for (const binary of [false, true]) {
      client.socket.send(String(text), { binary })
      expect((await rest(client)).at(-1)?.type).toBe('error')
    }
    expect(received).toEqual([])
    client.socket.close()
  })

  test('of requests: each response is one', async () => {
    const key = await makeRuledKey(latchkey, { limits: [{ unit: 'REQUESTS', window: 'DAY', max: 2 }] })
    const client = await open(key.secret)
    expect((await turn(client, { model: 'm1' })).at(-1)?.type).toBe('response.completed')
    expect(await errorOf(client, { model: 'm1' })).toMatchObject({
      status: 429,
      error: { code: 'rate_limit_exceeded' },
    })
    expect(received).toHaveLength(1)
    client.socket.close()
  })

  test('of calls at once: an open WebSocket holds no place, a response does', async () => {
    const key = await makeRuledKey(latchkey, { concurrency: { maxCalls: 1 } })
    const [client, other] = [await open(key.secret), await open(key.secret)]
    client.socket.send(JSON.stringify({ type: 'response.create', model: 'm1', input: 'hang' }))
    await client.message()
    expect(await errorOf(other, { model: 'm1' })).toMatchObject({ status: 429 })
    client.socket.close()
    await expect.poll(async () => (await errorOf(other, { model: 'm1' }))?.type).toBe('response.completed')
    other.socket.close()
  })

  test('of money: the response that would pass the budget is refused, and the WebSocket closed with 1008', async () => {
    const key = await makeRuledKey(latchkey, { budgets: [{ window: 'TOTAL', limitUsd: '0.1' }] })
    const client = await open(key.secret)
    let last: Event | undefined
    for (let n = 0; n < 12 && last?.type !== 'error'; n++)
      last = await errorOf(client, { model: 'm1', max_output_tokens: 1 })
    expect(last).toMatchObject({ status: 429, error: { code: 'insufficient_quota' } })
    expect(await client.closed).toMatchObject({ code: 1008 })
    expect(received.length).toBeGreaterThan(0)
    expect(received.length).toBeLessThanOrEqual(10)
  })

  test('a rule that changes meanwhile holds from the next response on', async () => {
    const key = await makeRuledKey(latchkey, null)
    const client = await open(key.secret)
    await turn(client, { model: 'm1' })
    await setPolicy(latchkey, key, { models: { allow: ['m2'] } })
    expect((await errorOf(client, { model: 'm1' }))?.status).toBe(403)
    client.socket.close()
  })

  test('a revoked key makes no further call', async () => {
    const key = await latchkey.createKey()
    const client = await open(key.secret)
    await turn(client, { model: 'm1' })
    await fetch(`${latchkey.url}/api/api-keys/${key.id}/revoke`, {
      method: 'POST',
      headers: { authorization: `Bearer ${latchkey.adminToken}` },
    })
    expect((await errorOf(client, { model: 'm1' }))?.status).toBe(401)
    expect(await client.closed).toMatchObject({ code: 1008 })
  })
})
