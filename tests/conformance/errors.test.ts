// The official SDK raises the right class with what it needs, and tries again only what another try can help.
import OpenAI, {
  APIConnectionError,
  APIError,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  UnprocessableEntityError,
} from 'openai'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  OPENAI_UPSTREAM_KEY,
  type OpenAiUpstream,
  startOpenAiUpstream,
} from '../support/openai-upstream/openai-upstream.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'
import { requestLogs } from '../support/server/request-logs.ts'
import { chatChunks, event, startEvents } from '../support/upstreams/chat-responses.ts'
import { startUpstream } from '../support/upstreams/upstream.ts'

const messages = [{ role: 'user' as const, content: 'Hello' }]

let upstream: OpenAiUpstream
let latchkey: TestLatchkey
let secret = ''
let attempts = 0

beforeAll(async () => {
  upstream = await startOpenAiUpstream()
  latchkey = await startLatchkey({
    env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl, LATCHKEY_UPSTREAM_KEY: OPENAI_UPSTREAM_KEY },
    limits: { jsonBodyBytes: 10_000, uploadBytes: 10_000 },
  })
  secret = (await latchkey.createKey()).secret
})
beforeEach(() => {
  attempts = 0
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

describe('an upstream’s error', () => {
  test.for([
    [400, BadRequestError, 1],
    [403, PermissionDeniedError, 1],
    [404, NotFoundError, 1],
    [409, ConflictError, 3],
    [422, UnprocessableEntityError, 1],
    [429, RateLimitError, 3],
    [500, InternalServerError, 3],
    [503, InternalServerError, 3],
  ] as const)('%d', async ([status, ErrorClass, tried]) => {
    const error = await raised({ model: `status-${status}` })
    expect(error).toBeInstanceOf(ErrorClass)
    expect(error).toMatchObject({
      status,
      type: `type_${status}`,
      code: `code_${status}`,
      param: 'messages',
      message: expect.stringContaining(`Failed with ${status}.`),
    })
    expect(attempts).toBe(tried)
    await expectLogged(error)
  })
})

describe('Latchkey’s own', () => {
  test.for([
    [
      'a wrong key',
      { key: '00000000-0000-4000-8000-000000000000' },
      AuthenticationError,
      401,
      'invalid_api_key',
      null,
    ],
    ['a key of another kind', { key: 'sk-proj-abc' }, AuthenticationError, 401, 'invalid_api_key', null],
    ['no model', { fields: { model: '' } }, BadRequestError, 400, null, 'model'],
    ['too large a body', { fields: { pad: 'x'.repeat(20_000) } }, APIError, 413, 'request_too_large', null],
    ['an unknown URL', { path: '/nothing' }, NotFoundError, 404, 'unknown_url', null],
  ] as [string, Asking, typeof APIError, number, string | null, string | null][])(
    '%s, not tried again',
    async ([, asking, ErrorClass, status, code, param]) => {
      const error = await raised(asking.fields ?? {}, asking.key, asking.path)
      expect(error).toBeInstanceOf(ErrorClass)
      expect(error).toMatchObject({ status, code, param, type: 'invalid_request_error' })
      expect(attempts).toBe(1)
      await expectLogged(error)
    },
  )

  test('a credential that the upstream refuses is no authentication error of the client', async () => {
    const other = await startLatchkey({
      env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl, LATCHKEY_UPSTREAM_KEY: 'sk-wrong' },
    })
    const { secret: key } = await other.createKey()
    const client = new OpenAI({ baseURL: `${other.url}/v1`, apiKey: key, fetch: countedFetch })
    const error = await client.chat.completions
      .create({ model: 'm1', messages })
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(InternalServerError)
    expect(error).toMatchObject({ status: 502, code: 'upstream_refused_credential' })
    expect(attempts).toBe(1)
    await other.close()
  })
})

test('a stream that breaks off raises, with what went wrong', async () => {
  const breaking = await startUpstream((_request, response) => {
    startEvents(response)
    response.write(`${event(chatChunks(false)[1])}data: {"id":"half`, () =>
      response.socket?.resetAndDestroy(),
    )
  })
  const other = await startLatchkey({ env: { LATCHKEY_UPSTREAM_URL: breaking.baseUrl } })
  const client = new OpenAI({ baseURL: `${other.url}/v1`, apiKey: (await other.createKey()).secret })
  const stream = await client.chat.completions.create({ model: 'm1', messages, stream: true })
  const heard: string[] = []
  const error = await (async () => {
    for await (const chunk of stream) heard.push(chunk.choices[0]?.delta.content ?? '')
  })().catch((thrown: unknown) => thrown)
  expect(heard).toEqual(['Hi'])
  expect(error).toBeInstanceOf(APIError)
  expect(error).not.toBeInstanceOf(APIConnectionError)
  expect(error).toMatchObject({ code: 'upstream_interrupted', type: 'server_error' })
  await other.close()
  await breaking.close()
})

type Asking = { key?: string; fields?: Record<string, unknown>; path?: string }

/** What a chat call raises, or a post to another path. */
function countedFetch(...request: Parameters<typeof fetch>): Promise<Response> {
  attempts++
  return fetch(...request)
}

async function raised(
  fields: Record<string, unknown>,
  key = secret,
  path = '/chat/completions',
): Promise<APIError> {
  const client = new OpenAI({ baseURL: `${latchkey.url}/v1`, apiKey: key, fetch: countedFetch })
  const error = await client
    .post(path, { body: { model: 'm1', messages, ...fields } })
    .catch((thrown: unknown) => thrown)
  if (!(error instanceof APIError)) throw new Error(`raised no APIError but ${String(error)}`)
  return error
}

async function expectLogged({ requestID, status }: APIError): Promise<void> {
  expect(requestID).toMatch(/^req_[0-9a-f]{32}$/)
  const logs = await requestLogs(latchkey)
  expect(logs.find(({ id }) => id === requestID)).toMatchObject({ httpStatus: status })
}
