// A query names no model beside the one that is judged.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chatBody, errorOf, post } from '../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'
import { makeRuledKey } from '../support/server/ruled-keys.ts'
import { COMPLETION } from '../support/upstreams/chat-responses.ts'
import { json, startUpstream, type TestUpstream } from '../support/upstreams/upstream.ts'

let upstream: TestUpstream
let latchkey: TestLatchkey
let secret: string
beforeAll(async () => {
  upstream = await startUpstream((_request, response) => json(response, 200, COMPLETION))
  latchkey = await startLatchkey({ env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl } })
  secret = (await makeRuledKey(latchkey, { models: { allow: ['m1'] } })).secret
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
