// What goes wrong, with OpenAI's SDK: errors, retries, timeouts and clients that disconnect, as they are without a gateway.
import {
  APIConnectionTimeoutError,
  APIError,
  APIUserAbortError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from 'openai'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Pair, type Side, startPair } from '../support/clients/direct-and-through.ts'
import { openAi } from '../support/clients/openai-client.ts'
import { requestLogs } from '../support/server/request-logs.ts'

let pair: Pair
let before = 0

beforeAll(async () => {
  pair = await startPair()
})
beforeEach(() => {
  before = pair.through.upstream.exchanges.length
})
afterAll(() => pair.close())

const chat = { model: 'm1', messages: [{ role: 'user' as const, content: 'Hello' }] }
const ask = (side: Side, fields: object, options = {}) =>
  openAi(side, options).chat.completions.create({ ...chat, ...fields })
const attempts = () => pair.through.upstream.exchanges.length - before

describe('an error keeps its class and its members, and is tried as often', () => {
  test.for([
    [
      'a wrong parameter',
      { temperature: 3 },
      BadRequestError,
      400,
      'temperature',
      'decimal_above_max_value',
      1,
    ],
    ['an empty list', { messages: [] }, BadRequestError, 400, 'messages', 'empty_array', 1],
    ['an unknown model', { model: 'missing-model' }, NotFoundError, 404, null, 'model_not_found', 1],
    ['a rate limit', { model: 'rate-limited-always' }, RateLimitError, 429, null, 'rate_limit_exceeded', 3],
    ['an empty account', { model: 'out-of-quota' }, RateLimitError, 429, null, 'insufficient_quota', 1],
    ['an error not to be tried again', { model: 'broken-for-good' }, InternalServerError, 500, null, null, 1],
    ['a status of its own', { model: 'status-418' }, APIError, 418, 'messages', 'code_418', 1],
  ] as const)('%s', async ([, fields, ErrorClass, status, param, code, tried]) => {
    for (const stream of [false, true]) {
      before = pair.through.upstream.exchanges.length
      const error = await pair.sameFailure((side) => ask(side, { ...fields, stream }))
      expect(error).toBeInstanceOf(ErrorClass)
      expect(error).toMatchObject({ status, param, code, error: { message: expect.any(String) } })
      expect(attempts()).toBe(tried)
    }
  })

  test('an error page of an upstream is an error in the shape of OpenAI, with its status', async () => {
    const error = await ask(pair.through, { model: 'html' }).then(
      () => null,
      (thrown: unknown) => thrown,
    )
    expect(error).toBeInstanceOf(InternalServerError)
    expect(error).toMatchObject({
      status: 502,
      code: 'upstream_error_page',
      type: 'server_error',
      param: null,
    })
    expect(attempts()).toBe(1)
  })

  test('of other endpoints', async () => {
    for (const call of [
      (side: Side) => openAi(side).embeddings.create({ model: 'embed-1', input: '' }),
      (side: Side) => openAi(side).responses.create({ model: 'missing-model', input: 'x' }),
      (side: Side) => openAi(side).images.generate({ model: 'image-1' } as never),
      (side: Side) =>
        openAi(side).audio.speech.create({
          model: 'tts-1',
          voice: 'alloy',
          input: 'x',
          response_format: 'x' as 'mp3',
        }),
      (side: Side) => openAi(side).audio.transcriptions.create({ model: 'whisper-1' } as never),
      (side: Side) => openAi(side).responses.retrieve('resp_nothing'),
      (side: Side) =>
        openAi(side).batches.create({
          input_file_id: 'file-0',
          endpoint: '/v1/responses',
          completion_window: '24h',
        }),
      (side: Side) => openAi(side).post('/vector_stores/vs_0/search', { body: { query: 'x' } }),
    ])
      expect(await pair.sameFailure(call)).toBeInstanceOf(APIError)
  })
})

describe('a failure that another try can help', () => {
  test.for([
    ['rate-limited-twice', 3],
    ['broken-once', 2],
    ['refused-once', 2],
  ] as const)('%s: succeeds at last, after as many attempts', async ([model, tried]) => {
    expect((await pair.same((side) => ask(side, { model }))).object).toBe('chat.completion')
    expect(attempts()).toBe(tried)
    expect(retriesReported()).toEqual(Array.from({ length: tried }, (_, index) => String(index)))
  })

  test('streams and responses alike', async () => {
    const stream = await pair.same(async (side) =>
      Array.fromAsync(
        await openAi(side).chat.completions.create({ ...chat, model: 'rate-limited-twice', stream: true }),
      ),
    )
    expect(stream.length).toBeGreaterThan(3)
    await pair.same((side) => openAi(side).responses.create({ model: 'broken-once', input: 'x' }))
    expect(attempts()).toBe(5)
  })

  test('unless the application wants no other', async () => {
    expect(
      await pair.sameFailure((side) => ask(side, { model: 'rate-limited-always' }, { maxRetries: 0 })),
    ).toBeInstanceOf(RateLimitError)
    expect(attempts()).toBe(1)
  })
})

test('an error in the middle of a stream comes after the text before it', async () => {
  const heard = await pair.same(async (side) => {
    const parts: unknown[] = []
    try {
      for await (const chunk of await openAi(side).chat.completions.create({
        ...chat,
        model: 'failing-late',
        stream: true,
      }))
        parts.push(chunk.choices[0]?.delta.content)
    } catch (error) {
      parts.push(error)
    }
    return parts
  })
  expect(heard).toHaveLength(4)
  expect(heard[3]).toBeInstanceOf(APIError)
  expect(heard[3]).toMatchObject({ type: 'server_error' })
})

test('an upstream that says nothing times out as often as it is tried', async () => {
  const error = await pair.sameFailure((side) =>
    ask(side, { model: 'unreachable' }, { timeout: 600, maxRetries: 1 }),
  )
  expect(error).toBeInstanceOf(APIConnectionTimeoutError)
  expect(attempts()).toBe(2)
  await expectLeft('unreachable')
})

describe('a client that disconnects', () => {
  const stalling = (side: Side, signal?: AbortSignal) =>
    openAi(side).chat.completions.create({ ...chat, model: 'stalling', stream: true }, { signal })

  test('by its signal, before a response', async () => {
    const error = await pair.sameFailure(async (side) => {
      const [controller, arrived] = [new AbortController(), side.upstream.arrival()]
      const asked = openAi(side).chat.completions.create(
        { ...chat, model: 'unreachable' },
        { signal: controller.signal },
      )
      await Promise.all([asked, arrived.then(() => controller.abort())])
    })
    expect(error).toBeInstanceOf(APIUserAbortError)
    await expectLeft('unreachable')
  })

  test('by its signal, in the middle of a stream', async () => {
    const heard = await pair.same(async (side) => {
      const controller = new AbortController()
      const parts: unknown[] = []
      for await (const chunk of await stalling(side, controller.signal)) {
        parts.push(chunk)
        if (parts.length === 3) controller.abort()
      }
      return parts
    })
    expect(heard).toHaveLength(3)
    await expectLeft('stalling')
  })

  test('by breaking off its loop', async () => {
    await pair.same(async (side) => {
      for await (const chunk of await stalling(side)) return chunk
      return null
    })
    await expectLeft('stalling')
  })

  test('by abort() of the helper', async () => {
    const error = await pair.sameFailure(async (side) => {
      const stream = openAi(side).chat.completions.stream({ ...chat, model: 'stalling' })
      stream.on('content.delta', () => stream.abort())
      await stream.done()
    })
    expect(error).toBeInstanceOf(APIUserAbortError)
    await expectLeft('stalling')
  })
})

/** The call is recorded as CANCELLED, and its upstream request was aborted. */
async function expectLeft(model: string): Promise<void> {
  const [log] = await requestLogs(pair.latchkey)
  expect(log).toMatchObject({ requestedModel: model, outcome: 'CANCELLED' })
  await expect.poll(() => pair.through.upstream.exchanges.at(-1)?.succeeded.disconnected).toBe(true)
}

/** The retry counts that the SDK sent. */
function retriesReported() {
  return pair.through.upstream.exchanges
    .slice(before)
    .map(({ request }) => request.headers['x-stainless-retry-count'])
}
