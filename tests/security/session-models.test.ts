// A key with a rule about models may make requests that use no model, and sessions of its models alone.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { errorOf, post } from '../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'
import { makeRuledKey } from '../support/server/ruled-keys.ts'
import { json, startUpstream, type TestUpstream } from '../support/upstreams/upstream.ts'

let upstream: TestUpstream
let latchkey: TestLatchkey
let secret: string
beforeAll(async () => {
  upstream = await startUpstream((_request, response) => json(response, 200, {}))
  latchkey = await startLatchkey({ env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl } })
  secret = (
    await makeRuledKey(latchkey, {
      models: { allow: ['m1', 'whisper-1'], deny: ['m2'] },
      sharedObjects: true,
    })
  ).secret
})
beforeEach(() => {
  upstream.received.length = 0
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

test.for([
  '/v1/chat/completions/x1',
  '/v1/responses/x1/cancel',
  '/v1/conversations',
  '/v1/conversations/x1/items',
  '/v1/threads',
  '/v1/threads/x1',
  '/v1/threads/x1/messages',
  '/v1/threads/x1/messages/x2',
  '/v1/threads/x1/runs/x2',
  '/v1/batches/x1/cancel',
  '/v1/evals/x1',
  '/v1/realtime/calls/x1/hangup',
  '/v1/fine_tuning/jobs/x1/cancel',
  '/v1/vector_stores/x1/search',
])('POST %s uses no model, and is passed on', async (path) => {
  const response = await post(latchkey, secret, path, '{"metadata":{}}')
  expect(response.status).toBe(200)
  expect(upstream.received).toMatchObject([{ path, body: Buffer.from('{"metadata":{}}') }])
})

test.for(['/v1/batches', '/v1/threads/x1/runs', '/v1/threads/runs', '/v1/evals/x1/runs', '/v1/videos/edits'])(
  'POST %s is of a model that only the upstream knows, and is refused',
  async (path) => {
    const response = await post(latchkey, secret, path, '{"model":"m1"}')
    expect(response.status).toBe(403)
    expect(upstream.received).toEqual([])
  },
)

const SECRETS = '/v1/realtime/client_secrets'
const transcription = (model: unknown) => ({ audio: { input: { transcription: { model } } } })

test.for([
  [SECRETS, { session: { type: 'realtime', model: 'm1' } }],
  [SECRETS, { session: { model: 'm1', ...transcription('whisper-1') } }],
  [SECRETS, { session: { type: 'transcription', ...transcription('whisper-1') } }],
  ['/v1/realtime/sessions', { model: 'm1', input_audio_transcription: { model: 'whisper-1' } }],
  ['/v1/realtime/transcription_sessions', { input_audio_transcription: { model: 'whisper-1' } }],
  ['/v1/realtime/translations/client_secrets', { session: { model: 'm1' } }],
] as const)('%s of %j is passed on', async ([path, body]) => {
  const response = await post(latchkey, secret, path, JSON.stringify(body))
  expect(response.status).toBe(200)
  expect(upstream.received).toMatchObject([{ path, json: body }])
})

test.for([
  [SECRETS, '{}'],
  [SECRETS, '{"session":{}}'],
  [SECRETS, '{"session":{"model":"m2"}}'],
  [SECRETS, '{"session":{"Model":"m2","model":"m1"}}'],
  [SECRETS, '{"session":{"model":"m1"},"Session":{"model":"m2"}}'],
  [SECRETS, '{"model":"m1","session":{"model":"m2"}}'],
  [SECRETS, '{"session":{"model":"m1","audio":{"input":{"transcription":{"model":"m2"}}}}}'],
  [SECRETS, '{"session":{"audio":{"input":{"transcription":{"model":"whisper-1"}}}}}'],
  [SECRETS, '{"session":{"model":"m1","audio":{"input":{"Transcription":{"model":"m2"}}}}}'],
  ['/v1/realtime/sessions', '{"input_audio_transcription":{"model":"whisper-1"}}'],
  ['/v1/realtime/sessions', '{"model":"m1","input_audio_transcription":{"model":"m2"}}'],
  ['/v1/realtime/transcription_sessions', '{"input_audio_transcription":{"model":"m2"}}'],
] as const)('%s of %s is refused', async ([path, body]) => {
  const response = await post(latchkey, secret, path, body)
  expect(response.status).toBe(403)
  expect(await errorOf(response)).toMatchObject({ code: 'model_not_found' })
  expect(upstream.received).toEqual([])
})

test('a member that stands twice is sent once, as it was judged', async () => {
  await post(latchkey, secret, SECRETS, '{"session":{"model":"m2","model":"m1"}}')
  expect(upstream.received.map(({ body }) => body.toString())).toEqual(['{"session":{"model":"m1"}}'])
})
