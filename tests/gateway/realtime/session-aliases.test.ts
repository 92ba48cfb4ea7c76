// A request for a session goes where its model has a route, under the model's name there: secrets for clients, and WebRTC calls.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openRealtime } from '../../support/clients/realtime-client.ts'
import { errorOf, post } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { logInTime } from '../../support/server/request-logs.ts'
import { makeModel, makeUpstream } from '../../support/server/routed-models.ts'
import { makeRuledKey } from '../../support/server/ruled-keys.ts'
import { type SecretUpstream, startSecretUpstream } from '../../support/upstreams/secret-upstream.ts'

let general: SecretUpstream
let speaking: SecretUpstream
let latchkey: TestLatchkey
let secret = ''
/** Managed models: at `speaking`, the first two; at another upstream; of none that is in use. */
let voice = ''
let ears = ''
let elsewhere = ''
let off = ''

beforeAll(async () => {
  general = await startSecretUpstream(['sk-general'])
  speaking = await startSecretUpstream(['sk-speaking'])
  latchkey = await startLatchkey({
    env: { LATCHKEY_UPSTREAM_URL: general.baseUrl, LATCHKEY_UPSTREAM_KEY: 'sk-general' },
  })
  const { id } = await makeUpstream(latchkey, speaking.baseUrl, { credentials: [{ secret: 'sk-speaking' }] })
  const other = await makeUpstream(latchkey, general.baseUrl, { credentials: [{ secret: 'sk-general' }] })
  voice = await makeModel(latchkey, [{ upstream: id, upstreamModel: 'gpt-realtime' }])
  ears = await makeModel(latchkey, [{ upstream: id, upstreamModel: 'whisper-1' }])
  elsewhere = await makeModel(latchkey, [{ upstream: other.id, upstreamModel: 'whisper-1' }])
  off = await makeModel(latchkey, [{ upstream: id, upstreamModel: 'gpt-realtime' }], { enabled: false })
  secret = (await latchkey.createKey()).secret
})
beforeEach(() => {
  general.seen.length = 0
  speaking.seen.length = 0
})
afterAll(async () => {
  await latchkey.close()
  await general.close()
  await speaking.close()
})

const SECRETS = '/v1/realtime/client_secrets'
const CALLS = '/v1/realtime/calls'
const heard = (model: string) => ({ audio: { input: { transcription: { model } } } })

type Body = { session?: Record<string, unknown>; model?: string; input_audio_transcription?: object }
const BODIES: [string, (voice: string, ears: string) => Body][] = [
  [SECRETS, (voice) => ({ session: { type: 'realtime', model: voice } })],
  [SECRETS, (voice, ears) => ({ session: { type: 'realtime', model: voice, ...heard(ears) } })],
  [SECRETS, (_voice, ears) => ({ session: { type: 'transcription', ...heard(ears) } })],
  ['/v1/realtime/sessions', (voice, ears) => ({ model: voice, input_audio_transcription: { model: ears } })],
  ['/v1/realtime/transcription_sessions', (_voice, ears) => ({ input_audio_transcription: { model: ears } })],
  ['/v1/realtime/translations/client_secrets', (voice) => ({ session: { model: voice } })],
]

test.for(BODIES)(
  '%s sends every model of its body under the name of its upstream',
  async ([path, bodyOf]) => {
    for (const rules of [null, { models: { allow: [voice, ears] } }]) {
      const key = await makeRuledKey(latchkey, rules)
      speaking.seen.length = 0
      const response = await post(latchkey, key.secret, path, JSON.stringify(bodyOf(voice, ears)))
      expect(response.status).toBe(200)
      expect(general.seen).toEqual([])
      expect(speaking.seen).toMatchObject([{ path, authorization: 'Bearer sk-speaking' }])
      expect(JSON.parse(speaking.seen[0]?.body ?? '')).toEqual(bodyOf('gpt-realtime', 'whisper-1'))
      const log = await logInTime(latchkey, response.headers.get('x-request-id') ?? '')
      expect([voice, ears]).toContain(log.requestedModel)
      expect(log).toMatchObject({ apiKeyId: key.number, outcome: 'SUCCESS' })
    }
  },
)

test('a call is accepted with every model under the name of the upstream that has it, whichever that is', async () => {
  const offer = `${CALLS}?model=${voice}`
  const made = await post(latchkey, secret, offer, 'v=0\r\n', {
    headers: { 'content-type': 'application/sdp' },
  })
  const path = `${made.headers.get('location')}/accept`
  const body = (voice: string, ears: string) => ({ type: 'realtime', model: voice, ...heard(ears) })
  const sharing = await makeRuledKey(latchkey, { sharedObjects: true })
  for (const key of [secret, sharing.secret]) {
    expect((await post(latchkey, key, path, JSON.stringify(body(voice, ears)))).status).toBe(200)
    expect(JSON.parse(speaking.seen.at(-1)?.body ?? '')).toEqual(body('gpt-realtime', 'whisper-1'))
  }
  // Its upstream has no model of this name for us, and it goes as it was.
  await post(latchkey, secret, path, JSON.stringify(body(elsewhere, off)))
  expect(JSON.parse(speaking.seen.at(-1)?.body ?? '')).toEqual(body(elsewhere, off))
})

test('what is no model of an admin’s goes as it was', async () => {
  const body = '{"session": {"model": "gpt-realtime-mini"}}'
  expect((await post(latchkey, secret, SECRETS, body)).status).toBe(200)
  expect(general.seen).toMatchObject([{ body, authorization: 'Bearer sk-general' }])
})

test('a secret opens the session of the alias that it was made for, under the name of its upstream', async () => {
  const key = await makeRuledKey(latchkey, { models: { allow: [voice] } })
  const response = await post(latchkey, key.secret, SECRETS, JSON.stringify({ session: { model: voice } }))
  const { value } = (await response.json()) as { value: string }
  speaking.seen.length = 0
  for (const query of ['', `?model=${voice}`]) {
    const client = await openRealtime(latchkey, value, { query })
    client.socket.send('{"type":"response.create"}')
    await client.message()
    client.socket.close(1000)
    await client.closed
    expect(await logInTime(latchkey, String(client.headers['x-request-id']))).toMatchObject({
      apiKeyId: key.number,
      requestedModel: voice,
      inputTokens: 4_000,
    })
  }
  const offered = await post(latchkey, value, `${CALLS}?model=${voice}`, 'v=0\r\n', {
    headers: { 'content-type': 'application/sdp' },
  })
  expect(offered.status).toBe(201)
  expect(speaking.seen.map(({ path }) => path)).toEqual([
    '/v1/realtime',
    '/v1/realtime?model=gpt-realtime',
    `${CALLS}?model=gpt-realtime`,
  ])
  expect(speaking.seen.map(({ authorization }) => authorization)).toEqual(Array(3).fill(`Bearer ${value}`))
})

test.for([() => ({ model: off }), () => ({ model: voice, ...heard(off) })])(
  'a model that is disabled is not found, as anywhere: %#',
  async (sessionOf) => {
    const response = await post(latchkey, secret, SECRETS, JSON.stringify({ session: sessionOf() }))
    expect([response.status, (await errorOf(response)).code]).toEqual([404, 'model_not_found'])
    expect([...general.seen, ...speaking.seen]).toEqual([])
  },
)

test('a model of another upstream than that of the session is refused', async () => {
  const body = JSON.stringify({ session: { model: voice, ...heard(elsewhere) } })
  const response = await post(latchkey, secret, SECRETS, body)
  expect([response.status, await errorOf(response)]).toMatchObject([400, { param: 'model' }])
  expect([...general.seen, ...speaking.seen]).toEqual([])
})

const part = (name: string, value: string, type?: string) =>
  `--b\r\nContent-Disposition: form-data; name="${name}"\r\n${type === undefined ? '' : `Content-Type: ${type}\r\n`}\r\n${value}\r\n`
const sendForm = (key: string, ...parts: string[]) =>
  post(latchkey, key, CALLS, `${parts.join('')}--b--\r\n`, {
    headers: { 'content-type': 'multipart/form-data; boundary=b' },
  })
const SDP = part('sdp', 'v=0\r\noffer', 'application/sdp')

test.for([undefined, 'application/json', 'text/plain; charset=utf-8'])(
  'the form of a call with a session of type %s goes where its model has a route, and is the key’s',
  async (type) => {
    for (const rules of [null, { models: { allow: [voice, ears] } }]) {
      const key = await makeRuledKey(latchkey, rules)
      speaking.seen.length = 0
      const session = JSON.stringify({ type: 'realtime', model: voice, ...heard(ears) }, null, 2)
      const response = await sendForm(key.secret, SDP, part('session', session, type))
      expect(response.status).toBe(201)
      expect(general.seen).toEqual([])
      const sent = speaking.seen[0]?.body ?? ''
      const renamed = JSON.stringify({ type: 'realtime', model: 'gpt-realtime', ...heard('whisper-1') })
      expect(sent).toBe(`${SDP}${part('session', renamed, type)}--b--\r\n`)
      expect(await logInTime(latchkey, response.headers.get('x-request-id') ?? '')).toMatchObject({
        apiKeyId: key.number,
        requestedModel: voice,
        httpStatus: 201,
      })
      // Its key may hang up, and no other.
      const hangup = `${response.headers.get('location')}/hangup`
      expect((await post(latchkey, (await latchkey.createKey()).secret, hangup, '')).status).toBe(404)
      expect((await post(latchkey, key.secret, hangup, '')).status).not.toBe(404)
      expect(speaking.seen.at(-1)?.path).toBe(hangup)
    }
  },
)

test('an offer alone names its model in the query', async () => {
  const response = await post(latchkey, secret, `${CALLS}?model=${voice}`, 'v=0', {
    headers: { 'content-type': 'application/sdp' },
  })
  expect(response.status).toBe(201)
  expect(speaking.seen).toMatchObject([{ path: `${CALLS}?model=gpt-realtime`, body: 'v=0' }])
})

test.for<[string, (voice: string) => string[], number]>([
  ['a model that its rules deny', () => [part('session', '{"model":"gpt-5"}')], 403],
  ['no model', () => [part('session', '{}')], 403],
  ['no session', () => [], 403],
  ['a model that a parser could read otherwise', () => [part('session', '{"Model":"gpt-5"}')], 400],
  ['a second session', (voice) => [part('session', `{"model":"${voice}"}`), part('session', '{}')], 400],
  [
    'a session of another name',
    (voice) => [part('session', `{"model":"${voice}"}`), part('Session', '{}')],
    400,
  ],
  ['what is no JSON', () => [part('session', '{')], 400],
  ['a model beside it', (voice) => [part('session', `{"model":"${voice}"}`), part('model', 'gpt-5')], 403],
])('the form of a key with rules is refused that has %s', async ([, partsOf, status]) => {
  const key = await makeRuledKey(latchkey, { models: { allow: [voice] } })
  expect((await sendForm(key.secret, SDP, ...partsOf(voice))).status).toBe(status)
  expect([...general.seen, ...speaking.seen]).toEqual([])
})

test('what counts calls counts them', async () => {
  const key = await makeRuledKey(latchkey, { limits: [{ unit: 'REQUESTS', window: 'DAY', max: 2 }] })
  const session = part('session', JSON.stringify({ model: voice }))
  expect((await sendForm(key.secret, SDP, session)).status).toBe(201)
  expect(
    (await post(latchkey, key.secret, SECRETS, JSON.stringify({ session: { model: voice } }))).status,
  ).toBe(200)
  expect((await sendForm(key.secret, SDP, session)).status).toBe(429)
})

test('the name at the upstream is denied as it is for any call', async () => {
  const key = await makeRuledKey(latchkey, { models: { deny: ['whisper-1'] } })
  const body = JSON.stringify({ session: { model: voice, ...heard(ears) } })
  expect((await post(latchkey, key.secret, SECRETS, body)).status).toBe(403)
})
