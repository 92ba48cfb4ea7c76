// An API key in a query, where nobody is to send one, reaches no upstream and no log.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chatBody, post } from '../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'
import { requestLogs } from '../support/server/request-logs.ts'
import { COMPLETION } from '../support/upstreams/chat-responses.ts'
import { json, startUpstream, type TestUpstream } from '../support/upstreams/upstream.ts'

let upstream: TestUpstream
let latchkey: TestLatchkey
let secret: string
beforeAll(async () => {
  upstream = await startUpstream((request, response) =>
    json(response, 200, request.method === 'GET' ? { object: 'list', data: [] } : COMPLETION),
  )
  latchkey = await startLatchkey({ env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl } })
  secret = (await latchkey.createKey()).secret
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

test.for([
  ['?key=KEY', ''],
  ['?api_key=KEY&a=%20b+c', '?a=%20b+c'],
  ['?a=b&api-key=KEY&a=c', '?a=b&a=c'],
  ['?apikey=KEY', ''],
  ['?API_Key=KEY', ''],
  ['?k%65y=KEY', ''],
  ['?x-api-key=KEY&x-goog-api-key=KEY', ''],
  ['?token=KEY&access_token=KEY&authorization=Bearer+KEY', ''],
  ['?key=sk-KEY', ''],
  ['?any=sk-KEY', ''],
  ['?key=ENCODED', ''],
  ['?key=UPPER', ''],
  // What an upstream asks of its own stays.
  ['?key=AIza-of-another', '?key=AIza-of-another'],
  ['?api-version=2024-10-21&after=KEY2', '?api-version=2024-10-21&after=KEY2'],
] as const)('%s reaches an upstream as "%s"', async ([sent, kept]) => {
  const bare = secret.replace(/^sk-/, '')
  const other = '0e4f2f8a-0000-4000-8000-000000000000'
  const filled = (query: string) =>
    query
      .replaceAll('KEY2', other)
      .replaceAll('KEY', bare)
      .replaceAll('ENCODED', bare.replaceAll('-', '%2D'))
      .replaceAll('UPPER', bare.toUpperCase())
  upstream.received.length = 0
  expect((await post(latchkey, secret, `/v1/chat/completions${filled(sent)}`, chatBody())).status).toBe(200)
  const list = await fetch(`${latchkey.url}/v1/chat/completions${filled(sent)}`, {
    headers: { authorization: `Bearer ${secret}` },
  })
  // Another key's cursor is no object of this one's.
  expect(list.status).toBe(sent.includes('after') ? 404 : 200)
  const [call, page] = upstream.received.map(({ path }) => path)
  expect(call).toBe(`/v1/chat/completions${filled(kept)}`)
  expect(page ?? '').not.toMatch(new RegExp(bare, 'i'))
  expect(
    JSON.stringify(await requestLogs(latchkey), (_, value) =>
      typeof value === 'bigint' ? String(value) : value,
    ),
  ).not.toMatch(new RegExp(bare, 'i'))
})
