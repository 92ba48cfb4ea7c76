// Libraries that applications are written with, each a program of its own, directly and through Latchkey.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Pair, startPair } from '../../support/clients/direct-and-through.ts'
import { runProgram } from '../../support/clients/installed/client-program.ts'
import { sameInPrograms } from '../../support/clients/installed/same-in-programs.ts'

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
