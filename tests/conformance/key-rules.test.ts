// What the rules of a key refuse, as OpenAI's SDK sees it: the class of the error, its members, and how often it is tried.
import {
  APIError,
  AuthenticationError,
  type ClientOptions,
  PermissionDeniedError,
  RateLimitError,
} from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openAi } from '../support/clients/openai-client.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'
import { makeRuledKey } from '../support/server/ruled-keys.ts'

let latchkey: TestLatchkey
let sent = 0

beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(() => latchkey.close())

/** A client that counts what it sends, and gets a wait of a millisecond for any, so that a test need not last. */
function client(secret: string, options: ClientOptions = {}) {
  sent = 0
  const counting: typeof fetch = async (input, init) => {
    sent++
    const reply = await fetch(input, init)
    const headers = new Headers(reply.headers)
    if (headers.has('retry-after-ms')) headers.set('retry-after-ms', '1')
    return new Response(reply.body, { status: reply.status, headers })
  }
  const side = { baseURL: `${latchkey.url}/v1`, apiKey: secret, fetch: counting }
  return openAi(side as Parameters<typeof openAi>[0], options)
}

const hello = [{ role: 'user' as const, content: 'Hello' }]
const limit = (unit: string, window: string, max: number) => ({ unit, window, max })
const DAY_NEARLY_OVER_MS = 60_000

test.for([
  [
    'a model',
    { models: { allow: ['echo'] } },
    { model: 'gpt-4o' },
    PermissionDeniedError,
    { status: 403, code: 'model_not_found', param: 'model', type: 'invalid_request_error' },
    1,
  ],
  [
    'an endpoint',
    { endpoints: { allow: ['/v1/embeddings'] } },
    {},
    PermissionDeniedError,
    { status: 403, code: 'missing_scope', type: 'invalid_request_error' },
    1,
  ],
  [
    'an address',
    { addresses: { allow: ['10.0.0.0/8'] } },
    {},
    PermissionDeniedError,
    { status: 403, code: 'ip_not_authorized', type: 'invalid_request_error' },
    1,
  ],
  [
    'a call too large for any minute',
    { limits: [limit('TOKENS', 'MINUTE', 100)] },
    { max_tokens: 200 },
    RateLimitError,
    { status: 429, code: 'rate_limit_exceeded', type: 'tokens' },
    1,
  ],
] as const)('%s', async ([, policy, fields, ErrorClass, members, attempts]) => {
  const { secret } = await makeRuledKey(latchkey, policy)
  const error = await client(secret)
    .chat.completions.create({ model: 'echo', messages: hello, ...fields })
    .catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(ErrorClass)
  expect(error).toMatchObject(members)
  expect(sent).toBe(attempts)
})

test('a minute that is used up is waited for, a day is not', async () => {
  for (const [window, attempts] of [
    ['MINUTE', 3],
    ['DAY', 1],
  ] as const) {
    // In the last minute of a day the wait is short, and worth it.
    if (window === 'DAY' && 86_400_000 - (Date.now() % 86_400_000) < DAY_NEARLY_OVER_MS) continue
    const { secret } = await makeRuledKey(latchkey, { limits: [limit('REQUESTS', window, 1)] })
    const error = await useUp(secret)
    expect(error).toBeInstanceOf(RateLimitError)
    expect(error).toMatchObject({ status: 429, code: 'rate_limit_exceeded', type: 'requests' })
    expect(sent).toBe(attempts)
  }
})

/** Calls until the limit says no, more than twice only where a minute ends between; the count of what was sent is of the refused call. */
async function useUp(secret: string): Promise<unknown> {
  for (let n = 0; n < 4; n++) {
    try {
      await client(secret).chat.completions.create({ model: 'echo', messages: hello })
    } catch (error) {
      return error
    }
  }
  return null
}

test('a disabled key', async () => {
  const { id, secret } = await makeRuledKey(latchkey, null)
  await latchkey.graphql(
    'mutation ($input: SwitchApiKeyInput!) { disableApiKey(input: $input) { apiKey { id } } }',
    { input: { id } },
  )
  const error = await client(secret)
    .models.list()
    .catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(AuthenticationError)
  expect(error).toMatchObject({ status: 401, code: 'invalid_api_key' })
  expect(sent).toBe(1)
})

test('what remains is in the response headers, and models are those that the key may call', async () => {
  const { secret } = await makeRuledKey(latchkey, {
    models: { deny: ['auto', 'local-*'] },
    limits: [limit('REQUESTS', 'DAY', 9)],
  })
  const openai = client(secret)
  const { response } = await openai.chat.completions.create({ model: 'echo', messages: hello }).withResponse()
  expect(response.headers.get('x-ratelimit-remaining-requests')).toBe('8')
  const { data } = await openai.models.list()
  expect(data.map(({ id }) => id)).toEqual(['echo'])
  expect(await openai.models.retrieve('auto').catch((thrown: unknown) => thrown)).toBeInstanceOf(APIError)
})
