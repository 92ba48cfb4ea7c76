// A model on a deny list is refused under every name that an upstream takes for it.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chat } from '../support/server/gateway-calls.ts'
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
  secret = (await makeRuledKey(latchkey, { models: { deny: ['gpt-5', 'o1*'] } })).secret
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

test.for([
  ...['gpt-5', 'GPT-5', ' gpt-5', 'gpt-5 ', '\u00a0gpt-5', '\tgpt-5\n', '\ufeffgpt-5'],
  ...['openai/gpt-5', 'openai/ gpt-5', 'openrouter/openai/gpt-5', 'OpenAI/GPT-5', 'azure:gpt-5', '/gpt-5'],
  ...['gpt-5:online', 'openai/gpt-5:free', 'openai/gpt-5:latest', 'openai/o1-pro', 'openai/o1:nitro'],
])('%j is refused', async (model) => {
  expect((await chat(latchkey, secret, { model })).status).toBe(403)
  expect(upstream.received).toEqual([])
})

test.for(['gpt-5-mini', 'openai/gpt-5-mini', 'gpt-5/mini', 'gpt-5:70b', 'not-o1', 'a/o3'])(
  '%j is another model',
  async (model) => {
    expect((await chat(latchkey, secret, { model })).status).toBe(200)
    upstream.received.length = 0
  },
)
