// A key with a rule about models names no other model in the messages of a realtime session than it may name in the URL.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openRealtime } from '../support/clients/realtime-client.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'
import { makePricedModel } from '../support/server/priced-models.ts'
import { makeRuledKey } from '../support/server/ruled-keys.ts'
import { type RealtimeUpstream, startRealtimeUpstream } from '../support/upstreams/realtime-upstream.ts'

let upstream: RealtimeUpstream
let latchkey: TestLatchkey
let received: string[]

beforeAll(async () => {
  upstream = await startRealtimeUpstream((peer) =>
    peer.on('message', (data) => {
      received.push(String(data))
      peer.send('{"type":"session.updated"}')
    }),
  )
  latchkey = await startLatchkey()
  await makePricedModel(latchkey, { baseUrl: upstream.baseUrl, name: 'talker', upstreamModel: 'gpt-r' })
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})
beforeEach(() => {
  received = []
})

const POLICIES = [{ models: { allow: ['talker', 'scribe'] } }, { models: { deny: ['other'] } }]

const open = async (policy: object) =>
  openRealtime(latchkey, (await makeRuledKey(latchkey, policy as Record<string, unknown>)).secret, {
    query: '?model=talker',
  })

test.for([
  ['{"type":"session.update","session":{"audio":{"input":{"transcription":{"model":"other"}}}}}'],
  ['{"type":"transcription_session.update","input_audio_transcription":{"model":"other"}}'],
  ['{"type":"session.update","session":{"model":"other"}}'],
  ['{"type":"response.create","response":{"model":"other"}}'],
  ['{"type":"response.create","model":"other"}'],
  ['{"type":"session.update","session":{"mode\\u006c":"other"}}'],
  ['{"type":"session.update","session":{"Model":"other"}}'],
  ['{"type":"session.update","session":{"model":"other","model":"scribe"}}'],
  ['{"type":"session.update","session":{"model":"scribe","x":NaN,"y":"other"}}'],
] as const)('%s reaches no upstream, and ends the session with 1008', async ([message]) => {
  for (const policy of POLICIES) {
    const client = await open(policy)
    client.socket.send(message)
    expect(await client.closed).toMatchObject({ code: 1008 })
  }
  expect(received).toEqual([])
})

test.for([
  ['{"type":"session.update","session":{"audio":{"input":{"transcription":{"model":"scribe"}}}}}'],
  // The model of the session itself, by either of its names.
  ['{"type":"session.update","session":{"model":"talker"}}'],
  ['{"type":"session.update","session":{"model":"gpt-r"}}'],
  [
    '{"type":"conversation.item.create","item":{"content":[{"type":"input_text","text":"the model \\u00e9"}]}}',
  ],
  ['{"type":"input_audio_buffer.append","audio":"model"}'],
] as const)('%s passes', async ([message]) => {
  const client = await open(POLICIES[0] as object)
  client.socket.send(message)
  await client.message()
  expect(received).toEqual([message])
  client.socket.close()
})
