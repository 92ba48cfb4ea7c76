// A body costs no more work than its key may cause: the rules are asked before a compressed one is decoded, and no body is parsed that
// has so many values that every other call would wait for it.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { errorOf, post } from '../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'
import { makeRuledKey } from '../support/server/ruled-keys.ts'
import { COMPLETION } from '../support/upstreams/chat-responses.ts'
import { json, startUpstream, type TestUpstream } from '../support/upstreams/upstream.ts'

let upstream: TestUpstream
let latchkey: TestLatchkey
let served = 0

beforeAll(async () => {
  upstream = await startUpstream((_request, response) => {
    served++
    json(response, 200, COMPLETION)
  })
  latchkey = await startLatchkey({ env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl } })
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

test.for([['/v1/chat/completions'], ['/v1/responses'], ['/v1/embeddings'], ['/v1/images/edits']] as const)(
  'a spent key has no compressed body decoded at %s',
  async ([path]) => {
    const { secret } = await makeRuledKey(latchkey, {
      limits: [{ unit: 'REQUESTS', window: 'DAY', max: 1 }],
    })
    expect((await post(latchkey, secret, '/v1/chat/completions', '{"model":"m1"}')).status).toBe(200)
    // What is not of its encoding would be found out by decoding it.
    for (const encoding of ['gzip', 'br', 'zstd']) {
      const response = await post(latchkey, secret, path, 'x', { headers: { 'content-encoding': encoding } })
      expect([encoding, response.status]).toEqual([encoding, 429])
    }
  },
)

const MANY = `[${'[],'.repeat(200_000)}[]]`
const LARGE = JSON.stringify('x'.repeat(200_000))

test.for([
  ['/v1/chat/completions', `{"model":"m1","file_id":"file_1","pad":${MANY}}`],
  ['/v1/responses', `{"model":"m1","input":[{"id":"rs_1"}],"pad":${MANY}}`],
  ['/v1/responses', `{"model":"m1","previous_response_id":"resp_1","\\"pad\\\\":${MANY}}`],
  ['/v1/batches', `{"input_file_id":"file_1","pad":${MANY}}`],
  // Some parsers take these.
  ['/v1/chat/completions', `{"model":"m1","file_id":"file_1","pad":${LARGE},"top_p":NaN}`],
  ['/v1/responses', `{"model":"m1","pad":${LARGE},"top_p":NaN,"previous_response_id":"resp_1"}`],
  ['/v1/responses', `{"model":"m1","pad":${LARGE},"x":[1,],"previous_response_id":"resp_1"}`],
] as const)('at %s a body that is not read for the objects in it is refused: %#', async ([path, body]) => {
  const { secret } = await makeRuledKey(latchkey, null)
  const before = served
  const response = await post(latchkey, secret, path, body)
  expect(response.status).toBe(400)
  expect((await errorOf(response)).type).toBe('invalid_request_error')
  expect(served).toBe(before)
})

test('as many values that name no object, and as long a text, pass', async () => {
  const { secret } = await makeRuledKey(latchkey, null)
  for (const [path, body] of [
    ['/v1/chat/completions', `{"model":"m1","pad":${MANY}}`],
    ['/v1/responses', `{"model":"m1","input":${JSON.stringify('{"id":[],'.repeat(100_000))}}`],
  ] as const)
    expect((await post(latchkey, secret, path, body)).status).toBe(200)
})
