// Tokens written to an upstream cache, from the response of the upstream to the API.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chat } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { COMPLETION } from '../../support/upstreams/chat-responses.ts'
import { json, startUpstream, type TestUpstream } from '../../support/upstreams/upstream.ts'

let upstream: TestUpstream
let latchkey: TestLatchkey
let secret: string

beforeAll(async () => {
  upstream = await startUpstream((_request, response) => json(response, 200, COMPLETION))
  latchkey = await startLatchkey({
    env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl, LATCHKEY_DEFAULT_MODEL: 'm1' },
  })
  secret = (await latchkey.createKey()).secret
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

test.for([
  ['Anthropic reports', { input_tokens: 10, output_tokens: 5, cache_creation_input_tokens: 20 }, 30, 20],
  [
    'a proxy reports',
    { prompt_tokens: 30, completion_tokens: 5, prompt_tokens_details: { cache_write_tokens: 20 } },
    30,
    20,
  ],
  [
    'an upstream reports as 0',
    { prompt_tokens: 30, completion_tokens: 5, cache_creation_input_tokens: 0 },
    30,
    0,
  ],
  ['no upstream reports', { prompt_tokens: 30, completion_tokens: 5 }, 30, null],
] as const)('that %s are in the request log', async ([, usage, inputTokens, cacheWriteInputTokens]) => {
  upstream.respondWith((_request, response) => json(response, 200, { ...COMPLETION, usage }))
  const id = (await chat(latchkey, secret)).headers.get('x-request-id')
  const { data } = await latchkey.graphql(
    'query ($id: ID!) { requestLog(id: $id) { inputTokens cacheWriteInputTokens } }',
    { id },
  )
  expect(data.requestLog).toEqual({ inputTokens, cacheWriteInputTokens })
})
