// The log keeps both names of an error: the gateway's own, and the one that the client was sent.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chat, errorOf } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { logOf } from '../../support/server/request-logs.ts'
import { makeRuledKey } from '../../support/server/ruled-keys.ts'
import { COMPLETION } from '../../support/upstreams/chat-responses.ts'
import { json, startUpstream, type TestUpstream } from '../../support/upstreams/upstream.ts'

let upstream: TestUpstream
let latchkey: TestLatchkey
beforeAll(async () => {
  upstream = await startUpstream((_request, response) => json(response, 200, COMPLETION))
  latchkey = await startLatchkey({ env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl } })
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

type Case = [name: string, policy: Record<string, unknown> | null, own: string, sent: string | null]

test.for<Case>([
  [
    'a model that the key may not use',
    { models: { deny: ['gpt-*'] } },
    'model_not_allowed',
    'model_not_found',
  ],
  [
    'an endpoint that it may not call',
    { endpoints: { allow: ['/v1/models'] } },
    'endpoint_not_allowed',
    'missing_scope',
  ],
  [
    'an address that it may not use',
    { addresses: { allow: ['192.0.2.1'] } },
    'address_not_allowed',
    'ip_not_authorized',
  ],
])('%s', async ([, policy, own, sent]) => {
  const key = await makeRuledKey(latchkey, policy)
  const reply = await chat(latchkey, key.secret, { model: 'gpt-5' })
  expect((await errorOf(reply)).code).toBe(sent)
  expect(await logOf(latchkey, reply)).toMatchObject({ errorCode: own, clientErrorCode: sent })
})

test('a key that is not known', async () => {
  const reply = await chat(latchkey, '00000000-0000-4000-8000-000000000000')
  const { code } = await errorOf(reply)
  expect(code).toBe('invalid_api_key')
  expect(await logOf(latchkey, reply)).toMatchObject({ errorCode: code, clientErrorCode: code })
})

test("an upstream's own error has the upstream's code in both", async () => {
  upstream.respondWith((_request, response) =>
    json(response, 400, {
      error: { message: 'no', type: 'invalid_request_error', param: null, code: 'too_odd' },
    }),
  )
  const reply = await chat(latchkey, (await makeRuledKey(latchkey, null)).secret)
  expect((await errorOf(reply)).code).toBe('too_odd')
  expect(await logOf(latchkey, reply)).toMatchObject({ errorCode: 'too_odd', clientErrorCode: 'too_odd' })
  upstream.respondWith((_request, response) => json(response, 200, COMPLETION))
})

test('a call without an error has neither', async () => {
  const reply = await chat(latchkey, (await makeRuledKey(latchkey, null)).secret)
  await reply.text()
  expect(await logOf(latchkey, reply)).toMatchObject({ errorCode: null, clientErrorCode: null })
})

test('logs are found by what the client was sent, and by text', async () => {
  const filter = (text: string) =>
    latchkey.graphql(`{ requestLogs(filter: ${text}) { nodes { errorCode clientErrorCode } } }`)
  const own = { errorCode: 'model_not_allowed', clientErrorCode: 'model_not_found' }
  for (const text of ['{ clientErrorCode: ["model_not_found"] }', '{ text: "model_not_found" }']) {
    const { data } = await filter(text)
    expect(data.requestLogs.nodes).toEqual([own])
  }
})
