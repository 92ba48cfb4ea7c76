// Command-line agents, directly and through Latchkey: a prompt, a tool that the model calls, and what is made of its output.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Pair, type Side, startPair } from '../../support/clients/direct-and-through.ts'
import { agentFolder, runClient } from '../../support/clients/installed/client-program.ts'
import { sameInPrograms } from '../../support/clients/installed/same-in-programs.ts'
import { OPENAI_UPSTREAM_KEY, startOpenAiUpstream } from '../../support/openai-upstream/openai-upstream.ts'
import { startLatchkey } from '../../support/server/latchkey.ts'
import { requestLogs } from '../../support/server/request-logs.ts'

let pair: Pair

beforeAll(async () => {
  pair = await startPair()
})
afterAll(() => pair.close())

const command = 'cat greeting.txt'
const execute = `call exec_command {"cmd":"${command}"}`
const greet = (folder: string) => writeFileSync(join(folder, 'greeting.txt'), 'Grüezi\n')

test.each([
  ['over HTTP', {}],
  ['over a WebSocket', { supports_websockets: true }],
])('Codex CLI %s', async (_name, settings) => {
  const before = pair.through.upstream.exchanges.length
  const { events } = await sameInPrograms(pair, (side) =>
    codex(side, { prompt: execute, provider: settings }),
  )
  const methods = pair.through.upstream.exchanges.slice(before).map(({ request }) => request.method)
  expect(new Set(methods)).toEqual(new Set(['supports_websockets' in settings ? 'GET' : 'POST']))
  expect(events).toContainEqual(
    expect.objectContaining({
      item: expect.objectContaining({ type: 'command_execution', aggregated_output: 'Grüezi\n' }),
    }),
  )
  expect(events).toContainEqual(
    expect.objectContaining({
      item: expect.objectContaining({
        type: 'agent_message',
        text: expect.stringMatching(/tools say:[\s\S]*Grüezi/),
      }),
    }),
  )
  expect(events.at(-1)).toMatchObject({ type: 'turn.completed', usage: { reasoning_output_tokens: 32 } })
})

test.each([
  ['broken-once', 0, { type: 'turn.completed' }],
  ['rate-limited-twice', 0, { type: 'turn.completed' }],
  [
    'missing-model',
    1,
    { type: 'turn.failed', error: { message: expect.stringContaining('does not exist') } },
  ],
  ['out-of-quota', 1, { type: 'turn.failed', error: { message: expect.stringContaining('Quota exceeded') } }],
  [
    'failing-late',
    1,
    { type: 'turn.failed', error: { message: expect.stringContaining('The model failed') } },
  ],
])('Codex CLI with the model %s', async (model, code, last) => {
  const settings = { prompt: execute, model, provider: { stream_max_retries: 2 } }
  const ended = await sameInPrograms(pair, (side) => codex(side, settings))
  expect(ended.code).toBe(code)
  expect(ended.events.at(-1)).toMatchObject(last)
})

test('Codex CLI asks an upstream without WebSockets for one once, and goes on over HTTP', async () => {
  const upstream = await startOpenAiUpstream({ webSockets: false })
  const latchkey = await startLatchkey({
    env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl, LATCHKEY_UPSTREAM_KEY: OPENAI_UPSTREAM_KEY },
  })
  const { secret } = await latchkey.createKey()
  const side = { ...pair.through, baseURL: `${latchkey.url}/v1`, apiKey: secret }
  const { events } = await codex(side, { prompt: execute, provider: { supports_websockets: true } })
  expect(events.at(-1)).toMatchObject({ type: 'turn.completed' })
  // It would ask seven times, and wait for seconds, were it not told by a 426.
  const logs = await requestLogs(latchkey)
  expect(logs.map(({ method, httpStatus }) => [method, httpStatus]).toReversed()).toEqual([
    ['GET', 426],
    ['POST', 200],
    ['POST', 200],
  ])
  await latchkey.close()
  await upstream.close()
})

const read = `call bash {"command":"${command}","description":"Reads"}`

test('opencode', async () => {
  const { events } = await sameInPrograms(pair, (side) => opencode(side, read))
  expect(events).toContainEqual(
    expect.objectContaining({
      part: expect.objectContaining({ tool: 'bash', state: expect.objectContaining({ output: 'Grüezi\n' }) }),
    }),
  )
  expect(events).toContainEqual(
    expect.objectContaining({
      part: expect.objectContaining({ type: 'text', text: 'The tools say: Grüezi\n' }),
    }),
  )
})

// Through Latchkey alone, since each run takes seconds. A limit of the key itself it waits for without an end, and after a response
// that breaks off for minutes, as it does without a gateway.
test('opencode with a wrong key says so at once', async () => {
  const { code, events } = await opencode({ ...pair.through, apiKey: 'sk-wrong' }, read)
  expect(code).toBe(1)
  const data = { statusCode: 401, isRetryable: false, message: expect.stringContaining('Incorrect API key') }
  expect(events).toMatchObject([{ type: 'error', error: { name: 'APIError', data } }])
})

test.for([
  ['rate-limited-twice', [429, 429, 200]],
  ['broken-once', [500, 200]],
] as const)('opencode with the model %s asks again, and goes on', async ([model, statuses]) => {
  const { code, events } = await opencode(pair.through, read, model)
  expect(code).toBe(0)
  expect(events).toContainEqual(
    expect.objectContaining({
      part: expect.objectContaining({ type: 'text', text: 'The tools say: Grüezi\n' }),
    }),
  )
  const calls = (await requestLogs(pair.latchkey)).filter(
    ({ requestedModel, endpoint }) => requestedModel === model && endpoint === '/v1/chat/completions',
  )
  // Before its tool is called, and after.
  expect(calls.map(({ httpStatus }) => httpStatus).toReversed()).toEqual([...statuses, ...statuses])
})

type CodexRun = { prompt: string; model?: string; provider: object }

/** Runs one prompt: the exit code, and the events that it prints. `provider` holds more settings of the provider. */
async function codex({ baseURL, apiKey }: Side, { prompt, model = 'm1', provider }: CodexRun) {
  const arch = process.arch === 'arm64' ? 'aarch64' : 'x86_64'
  const system = process.platform === 'darwin' ? 'apple-darwin' : 'unknown-linux-musl'
  const program = join(agentFolder('codex'), 'vendor', `${arch}-${system}`, 'bin', 'codex')
  const settings = `
model = "${model}"
model_provider = "latchkey"
check_for_update_on_startup = false
[analytics]
enabled = false
[model_providers.latchkey]
name = "Latchkey"
base_url = "${baseURL}"
env_key = "API_KEY"
wire_api = "responses"
${Object.entries(provider).map(([name, value]) => `${name} = ${JSON.stringify(value)}\n`)}`
  const { code, lines } = await runClient(
    [program, 'exec', '--json', '--skip-git-repo-check', prompt],
    { API_KEY: apiKey },
    (folder) => {
      greet(folder)
      mkdirSync(join(folder, '.codex'))
      writeFileSync(join(folder, '.codex', 'config.toml'), settings)
    },
    // 1: the turn failed, as the last event says.
    [0, 1],
  )
  return { code, events: lines }
}

/** Runs one prompt: the exit code, and the events that it prints. */
async function opencode({ baseURL, apiKey }: Side, prompt: string, model = 'm1') {
  const program = join(agentFolder('opencode'), 'bin', 'opencode')
  const provider = {
    npm: '@ai-sdk/openai-compatible',
    name: 'Latchkey',
    options: { baseURL, apiKey: '{env:API_KEY}' },
    models: { m1: { name: 'm1' }, [model]: { name: model } },
  }
  const settings = {
    autoupdate: false,
    share: 'disabled',
    model: `latchkey/${model}`,
    small_model: 'latchkey/m1',
    provider: { latchkey: provider },
  }
  const { code, lines } = await runClient(
    // A word each: it puts an argument with a space in it between quotation marks.
    [program, 'run', '--format', 'json', ...prompt.split(' ')],
    {
      API_KEY: apiKey,
      OPENCODE_DISABLE_MODELS_FETCH: '1',
      OPENCODE_DISABLE_AUTOUPDATE: '1',
      OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
    },
    (folder) => {
      greet(folder)
      writeFileSync(join(folder, 'opencode.json'), JSON.stringify(settings))
    },
    [0, 1],
  )
  return { code, events: lines }
}
