// A query names no model beside the one that is judged.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseRaw, sendRaw } from '../support/clients/raw-http.ts'
import { handshake } from '../support/clients/realtime-client.ts'
import { chatBody, errorOf, post } from '../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'
import { makeRuledKey } from '../support/server/ruled-keys.ts'
import { COMPLETION } from '../support/upstreams/chat-responses.ts'
import { json, startUpstream, type TestUpstream } from '../support/upstreams/upstream.ts'

let upstream: TestUpstream
let latchkey: TestLatchkey
let secret: string
/** Of a key whose rules look at no model. */
let limited: string
beforeAll(async () => {
  upstream = await startUpstream((_request, response) => json(response, 200, COMPLETION))
  latchkey = await startLatchkey({ env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl } })
  secret = (await makeRuledKey(latchkey, { models: { allow: ['m1'] }, sharedObjects: true })).secret
  limited = (await makeRuledKey(latchkey, { concurrency: { maxCalls: 9 } })).secret
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

const PATH = '/v1/chat/completions'

test.for([
  ...['?model=gpt-5', '?Model=gpt-5', '?a=b&MODEL=gpt-5', '?%6dodel=gpt-5', '?m%4Fdel=gpt-5', '?model'],
])('%s is refused for a key with a policy', async (query) => {
  for (const path of [PATH, '/v1/embeddings', '/v1/audio/transcriptions']) {
    const response = await post(latchkey, secret, path + query, chatBody())
    expect(response.status, path).toBe(400)
    expect(await errorOf(response)).toMatchObject({ param: 'model' })
  }
  expect(upstream.received).toEqual([])
})

test('other parameters, lists and keys without a policy are as before', async () => {
  expect((await post(latchkey, secret, `${PATH}?api-version=1&models=x`, chatBody())).status).toBe(200)
  const list = await fetch(`${latchkey.url}${PATH}?model=m1`, {
    headers: { authorization: `Bearer ${secret}` },
  })
  expect(list.status).toBe(200)
  const open = await latchkey.createKey()
  expect((await post(latchkey, open.secret, `${PATH}?model=gpt-5`, chatBody())).status).toBe(200)
})

test('a WebSocket whose headers choose a model is refused for a key with rules about models', async () => {
  const headers = [`Authorization: Bearer ${secret}`, 'X-Portkey-Config: {}']
  const { status, body } = parseRaw(await sendRaw(latchkey.url, handshake('/v1/realtime?model=m1', headers)))
  expect({ status, param: JSON.parse(body).error.param }).toEqual({ status: 400, param: 'x-portkey-config' })
})

test.for([
  '/v1/responses?model=gpt-5',
  '/v1/responses?Model=gpt-5',
  '/v1/responses?model=m1',
  '/v1/live/sessions?model=gpt-5',
  '/v1/realtime?model=m1&Model=gpt-5',
  '/v1/realtime?model=m1&model=gpt-5',
  '/v1/realtime?%4dodel=gpt-5&model=m1',
  '/v1/realtime/translations?model=m1&MODEL=gpt-5',
])('a WebSocket at %s is refused for a key with a policy', async (target) => {
  const headers = [`Authorization: Bearer ${limited}`]
  const { status, body } = parseRaw(await sendRaw(latchkey.url, handshake(target, headers)))
  expect({ status, param: JSON.parse(body).error.param }).toEqual({ status: 400, param: 'model' })
})
