// Libraries that applications are written with, each a program of its own, directly and through Latchkey.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Pair, startPair } from '../../support/clients/direct-and-through.ts'
import { runProgram } from '../../support/clients/installed/client-program.ts'
import { sameInPrograms } from '../../support/clients/installed/same-in-programs.ts'
import { chat } from '../../support/server/gateway-calls.ts'
import { startLatchkey } from '../../support/server/latchkey.ts'
import { makePricedModel } from '../../support/server/priced-models.ts'
import { requestLogs } from '../../support/server/request-logs.ts'
import { makeRuledKey } from '../../support/server/ruled-keys.ts'

let pair: Pair

beforeAll(async () => {
  pair = await startPair()
})
afterAll(() => pair.close())

const said = 'You said “Grüß dich 👋”. 日本 🎉'
const reported = 'The tools say: 3 sunny days in Zürich'
const usage = { inputTokens: expect.any(Number), outputTokens: expect.any(Number) }
const notFound = { status: 404, message: expect.stringContaining('does not exist') }
const limited = { status: 429, message: expect.stringContaining('Rate limit reached') }
const timedOut = { error: 'APIConnectionTimeoutError' }
const missing = {
  error: 'NotFoundError',
  code: 'model_not_found',
  type: 'invalid_request_error',
  ...notFound,
}

test('@openai/agents: runs, streams, tools and what goes wrong, over both APIs and a WebSocket', async () => {
  const done = await sameInPrograms(pair, (side) => runProgram('agents.js', side))
  for (const api of ['responses', 'chat', 'socket'])
    expect(done).toMatchObject({
      [`${api} whole`]: { finalOutput: said, usage: [usage] },
      [`${api} stream`]: { finalOutput: said, usage: [usage] },
      [`${api} tool`]: { finalOutput: reported, usage: [usage, usage] },
      [`${api} tool in a stream`]: { finalOutput: reported, usage: [usage, usage] },
    })
  for (const api of ['responses', 'chat'])
    expect(done).toMatchObject({
      [`${api} error`]: missing,
      [`${api} limit`]: { error: 'RateLimitError', ...limited },
      [`${api} retry`]: { finalOutput: said },
      [`${api} failure in a stream`]: { error: expect.stringMatching(/^(APIError|ModelBehaviorError)$/) },
      [`${api} timeout`]: timedOut,
    })
  expect(done['client disconnected']).toEqual(['You ', 'said'])
})

describe('@openai/agents, refused by the gateway', () => {
  const budget = { budgets: [{ window: 'TOTAL', limitUsd: '0.000001' }] }
  const quota = { error: 'RateLimitError', status: 429, code: 'insufficient_quota' }
  test.for<[string, object | null, object, string]>([
    ['a wrong key', null, { error: 'AuthenticationError', status: 401 }, 'invalid_api_key'],
    [
      'a limit that is reached',
      { limits: [{ unit: 'REQUESTS', window: 'DAY', max: 1 }] },
      { error: 'RateLimitError', status: 429, code: 'rate_limit_exceeded' },
      'request_limit_reached',
    ],
    ['a budget that is exhausted', budget, quota, 'budget_exhausted'],
  ])('%s: the error of its kind, at once', async ([, policy, expected, code]) => {
    const latchkey = await startLatchkey()
    const { upstream } = pair.through
    const price = { INPUT_TOKEN: '1', OUTPUT_TOKEN: '1' }
    await makePricedModel(latchkey, { baseUrl: upstream.baseUrl, name: 'm1', price })
    const key = policy === null ? null : await makeRuledKey(latchkey, { ...policy })
    if (code === 'request_limit_reached') await (await chat(latchkey, key?.secret ?? '')).text()
    const before = (await requestLogs(latchkey)).length
    const side = { ...pair.through, baseURL: `${latchkey.url}/v1`, apiKey: key?.secret ?? 'sk-wrong' }
    const done = await runProgram('agents-failures.js', side)
    for (const api of ['responses', 'chat']) expect(done[`${api} m1`]).toMatchObject(expected)
    expect(done['socket m1']).toHaveProperty('error')
    // It waits for no Retry-After, and asks for nothing twice.
    const logs = (await requestLogs(latchkey)).slice(0, -before || undefined)
    const posts = logs.filter(
      ({ method, requestedModel }) => method === 'POST' && requestedModel !== 'breaking-off',
    )
    expect(new Set(posts.map(({ errorCode }) => errorCode))).toEqual(new Set([code]))
    expect(posts).toHaveLength(policy === null ? 4 : 2)
    await latchkey.close()
  })
})

test('@openai/agents: a response that breaks off is an error over both APIs and a WebSocket, and in the log', async () => {
  const before = (await requestLogs(pair.latchkey)).length
  const done = await runProgram('agents-failures.js', pair.through)
  const interrupted = { error: 'APIError', code: 'upstream_interrupted' }
  expect(done).toMatchObject({
    'responses m1': { finalOutput: said },
    'responses breaking-off': interrupted,
    'chat m1': { finalOutput: said },
    'chat breaking-off': interrupted,
    'socket m1': { finalOutput: said },
    'socket breaking-off': { code: 'connection_closed_before_terminal_response_event' },
  })
  const logs = (await requestLogs(pair.latchkey)).slice(0, -before || undefined)
  const broken = logs.filter(({ requestedModel }) => requestedModel === 'breaking-off')
  expect(broken.map(({ outcome, errorCode }) => [outcome, errorCode])).toEqual(
    ['responses', 'chat', 'socket'].map(() => ['ERROR', 'upstream_interrupted']),
  )
})

test('LlamaIndex: chat, streams, an agent with a tool and what goes wrong, over both APIs; embeddings', async () => {
  const done = await sameInPrograms(pair, (side) => runProgram('llamaindex.js', side))
  for (const api of ['chat', 'responses'])
    expect(done).toMatchObject({
      [`${api} whole`]: { message: { content: said } },
      // It adds the last piece of a stream of responses once for each event that follows.
      [`${api} tool`]: expect.stringContaining(reported),
      [`${api} error`]: missing,
      [`${api} limit`]: { error: 'RateLimitError', ...limited },
      [`${api} retry`]: { message: { content: said } },
      [`${api} timeout`]: timedOut,
    })
  expect(done).toMatchObject({
    // It takes no notice of a response that failed.
    'chat failure in a stream': { error: 'APIError', type: 'server_error' },
    'client disconnected': 'You ',
    embeddings: [{ length: 6 }, { length: 6 }, { length: 6 }],
  })
})

test('Mastra: text, streams, tools and what goes wrong, over both APIs', async () => {
  const done = await sameInPrograms(pair, (side) => runProgram('mastra.js', side))
  for (const api of ['chat', 'responses'])
    expect(done).toMatchObject({
      [`${api} whole`]: { text: said, usage, finishReason: 'stop' },
      [`${api} tool`]: { text: reported, usage },
      [`${api} tool in a stream`]: { text: reported },
      [`${api} error`]: { error: 'APICallError', ...notFound },
      [`${api} limit`]: { error: 'APICallError', ...limited },
      [`${api} retry`]: { text: said },
      [`${api} failure in a stream`]: expect.arrayContaining([['error', expect.stringContaining('server')]]),
      [`${api} timeout`]: { finishReason: 'aborted' },
    })
  expect(done['client disconnected']).toContain('abort')
})
