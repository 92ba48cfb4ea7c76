// A key with rules sends over the WebSocket of the Responses API what is judged as a call, and nothing that makes an upstream respond
// beside it: each response of the upstream is charged to the key.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { WebSocket } from 'ws'
import { openRealtime, type RealtimeClient } from '../support/clients/realtime-client.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'
import { makePricedModel } from '../support/server/priced-models.ts'
import { requestLogs } from '../support/server/request-logs.ts'
import { makeRuledKey } from '../support/server/ruled-keys.ts'
import { type RealtimeUpstream, startRealtimeUpstream } from '../support/upstreams/realtime-upstream.ts'

let upstream: RealtimeUpstream
let latchkey: TestLatchkey
let received: string[]
/** Ends the response that goes on. */
let finish: () => void

beforeAll(async () => {
  upstream = await startRealtimeUpstream(respond)
  latchkey = await startLatchkey()
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
})

const USAGE = { input_tokens: 6, output_tokens: 4, total_tokens: 10 }

/** Steering makes a further response, as at OpenAI; what is not understood gets an error at once. */
let made = 0

function respond(peer: WebSocket): void {
  const id = `resp_${++made}`
  const say = (event: object) => peer.send(JSON.stringify(event))
  const event = (type: string) => say({ type, response: { id, object: 'response', usage: USAGE } })
  finish = () => event('response.completed')
  peer.on('message', (data) => {
    const { type, input } = JSON.parse(String(data)) as { type: string; input?: string }
    received.push(type)
    if (type === 'response.steer') {
      event('response.incomplete')
      event('response.created')
      event('response.completed')
    } else if (type === 'response.create' && input === 'right') event('response.created')
    else say({ type: 'error', status: 400, error: { code: 'wrong', message: 'Refused upstream.' } })
  })
}

type Key = Awaited<ReturnType<typeof makeRuledKey>>

async function begin(
  policy: object | null,
): Promise<{ key: Key; client: RealtimeClient; send(m: object): void; id: string }> {
  const key = await makeRuledKey(latchkey, policy as Record<string, unknown> | null)
  const client = await openRealtime(latchkey, key.secret, { path: '/v1/responses', query: '' })
  const send = (message: object) => client.socket.send(JSON.stringify(message))
  send({ type: 'response.create', model: 'dear', input: 'right', max_output_tokens: 4 })
  const { response } = JSON.parse(String((await client.message()).data)) as { response: { id: string } }
  return { key, client, send, id: response.id }
}

async function errorOf(client: RealtimeClient): Promise<unknown> {
  for (;;) {
    const event = JSON.parse(String((await client.message()).data)) as { type: string; error?: unknown }
    if (event.type === 'error') return event.error
  }
}

test.for([
  ['response.steer', { previous_response_id: 'resp_1', input: 'more' }],
  ['response.cancel', {}],
  ['session.update', {}],
  ['x', {}],
  // A second call, while the first goes on.
  ['response.create', { model: 'cheap', input: 'wrong' }],
  ['response.create', { model: 'cheap', input: 'wrong', stream_id: 's' }],
] as const)('%s %j begins no response, and ends no call, that is not charged', async ([type, members]) => {
  for (const policy of [
    { budgets: [{ window: 'TOTAL', limitUsd: '1' }] },
    { models: { allow: ['dear', 'cheap'] } },
  ]) {
    received = []
    const { key, client, send } = await begin(policy)
    send({ type, ...members, max_output_tokens: 4 })
    expect(await errorOf(client)).toMatchObject({
      message: expect.stringContaining('This API key has rules'),
    })
    expect(received).toEqual(['response.create'])
    finish()
    await client.message()
    const calls = (await requestLogs(latchkey)).filter(({ apiKeyId }) => apiKeyId === key.number)
    expect(calls.find(({ outcome }) => outcome === 'SUCCESS')).toMatchObject({
      requestedModel: 'dear',
      costNanoUsd: 10_000_000,
    })
    client.socket.close()
  }
})

test.for([
  ['in progress', true],
  ['that has ended', false],
] as const)(
  'a response that steering makes of one %s is a call of its own, of a key without rules',
  async ([, isOpen]) => {
    const { key, client, send, id } = await begin(null)
    if (!isOpen) {
      finish()
      await client.message()
    }
    send({ type: 'response.steer', previous_response_id: id, input: 'more' })
    const types = []
    for (let n = 0; n < 3; n++) types.push(JSON.parse(String((await client.message()).data)).type)
    expect(types).toEqual(['response.incomplete', 'response.created', 'response.completed'])
    client.socket.close(1000)
    await client.closed
    await latchkey.app.ledger.settled()
    const calls = (await requestLogs(latchkey)).filter(
      ({ apiKeyId, method }) => apiKeyId === key.number && method === 'POST',
    )
    const each = {
      requestedModel: 'dear',
      outcome: 'SUCCESS',
      inputTokens: 6,
      outputTokens: 4,
      costNanoUsd: 10_000_000,
    }
    // One of what was steered, whose end the upstream reports.
    expect(calls).toMatchObject(isOpen ? [each, each] : [each, each, each])
  },
)
