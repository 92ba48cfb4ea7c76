// Command-line agents, directly and through Latchkey: a prompt, a tool that the model calls, and what is made of its output.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { CallRecord } from '@latchkey/server/domain/logs/call-record.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Pair, type Side, startPair } from '../../support/clients/direct-and-through.ts'
import { agentFolder, clientsRoom, runClient } from '../../support/clients/installed/client-program.ts'
import { sameInPrograms } from '../../support/clients/installed/same-in-programs.ts'
import { BREAKING_OFF } from '../../support/openai-upstream/failures.ts'
import { OPENAI_UPSTREAM_KEY, startOpenAiUpstream } from '../../support/openai-upstream/openai-upstream.ts'
import { startLatchkey } from '../../support/server/latchkey.ts'
import { makePricedModel } from '../../support/server/priced-models.ts'
import { requestLogs } from '../../support/server/request-logs.ts'
import { makeRuledKey } from '../../support/server/ruled-keys.ts'

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
  // It would ask seven times, and wait for seconds, were it not accountOf by a 426.
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

// Through Latchkey alone, since each run takes seconds.
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
  // Before its tool is called, and after.
  expect((await callsOf(model)).map(({ httpStatus }) => httpStatus)).toEqual([...statuses, ...statuses])
})

// It takes no notice of x-should-retry: it retries each 429 and each broken connection five times, over a minute and more. A plugin
// ends its waits, and prints them.
describe('opencode, which retries five times', () => {
  const price = { REQUEST: '1', INPUT_TOKEN: '0', OUTPUT_TOKEN: '0' }
  const priced = (name: string) => {
    const { baseUrl } = pair.through.upstream
    return makePricedModel(pair.latchkey, { baseUrl, name, credential: OPENAI_UPSTREAM_KEY, price })
  }

  test('over an exhausted budget: no retry is charged or reaches the upstream, and it says why', async () => {
    await priced('priced')
    const budgets = [{ window: 'TOTAL', limitUsd: '1.5', model: 'priced' }]
    const { secret } = await makeRuledKey(pair.latchkey, { budgets })
    const { code, events } = await opencode({ ...pair.through, apiKey: secret }, read, 'priced', true)
    expect(code).toBe(1)
    const message = expect.stringContaining('has exceeded its total budget for `priced`: Limit $1.5, Used $1')
    expectBackOff(events, message, 40_000)
    expect(events.at(-1)).toMatchObject({ type: 'error', error: { data: { statusCode: 429, message } } })
    const denied = [429, 'DENIED', 'budget_exhausted', null]
    // Its tool is called once, and what the tool made cannot be sent.
    expect((await callsOf('priced')).map(accountOf)).toEqual([
      [200, 'SUCCESS', null, 1_000_000_000],
      ...Array(6).fill(denied),
    ])
    const reached = pair.through.upstream.exchanges.filter(({ request }) =>
      JSON.stringify(request.json).includes('"model":"priced"'),
    )
    expect(reached).toHaveLength(1)
  })

  test('over a limit that is reached, and waits as long as Retry-After says', async () => {
    const limits = [{ unit: 'REQUESTS', window: 'DAY', max: 1, model: 'm2' }]
    const { secret } = await makeRuledKey(pair.latchkey, { limits })
    const { code, events } = await opencode({ ...pair.through, apiKey: secret }, read, 'm2', true)
    expect(code).toBe(1)
    const waits = retriesIn(events)
    expect(waits).toHaveLength(5)
    for (const { message, waitMs } of waits)
      expect(waitMs).toBe(Math.ceil(Number(/try again in ([\d.]+)s/.exec(message)?.[1]) * 1_000))
    expect((await callsOf('m2')).map(({ errorCode }) => errorCode)).toEqual([
      null,
      ...Array(6).fill('request_limit_reached'),
    ])
  })

  test('over a response that breaks off', async () => {
    await priced(BREAKING_OFF)
    const { code, events } = await opencode(pair.through, read, BREAKING_OFF, true)
    expect(code).toBe(1)
    // What its HTTP client makes of a response without its end.
    const message = expect.stringMatching(/connect/i)
    expectBackOff(events, message, 30_000)
    expect(events.at(-1)).toMatchObject({ type: 'error', error: { data: { message } } })
    expect((await callsOf(BREAKING_OFF)).map(accountOf)).toEqual(
      Array(6).fill([200, 'ERROR', 'upstream_interrupted', 1_000_000_000]),
    )
  })
})

type Retry = { attempt: number; message: string; waitMs: number }

function retriesIn(events: readonly unknown[]): Retry[] {
  return events.filter((event): event is Retry => Reflect.get(Object(event), 'type') === 'retry')
}

/** The waits are opencode's own: doubled from two seconds, and a quarter more at most. */
function expectBackOff(events: readonly unknown[], message: unknown, maxMs: number): void {
  const retries = retriesIn(events)
  expect(retries).toMatchObject([1, 2, 3, 4, 5].map((attempt) => ({ attempt, message })))
  for (const { attempt, waitMs } of retries) {
    expect(waitMs).toBeGreaterThanOrEqual(Math.min(1_000 * 2 ** attempt, maxMs))
    expect(waitMs).toBeLessThanOrEqual(Math.min(1_250 * 2 ** attempt, maxMs))
  }
}

function accountOf({ httpStatus, outcome, errorCode, costNanoUsd }: CallRecord): unknown[] {
  return [httpStatus, outcome, errorCode, costNanoUsd]
}

/** The request logs of the model's chat completions, oldest first. */
async function callsOf(model: string): Promise<CallRecord[]> {
  const logs = await requestLogs(pair.latchkey)
  return logs
    .filter(({ requestedModel, endpoint }) => requestedModel === model && endpoint === '/v1/chat/completions')
    .toReversed()
}

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
async function opencode({ baseURL, apiKey }: Side, prompt: string, model = 'm1', endWaits = false) {
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
    plugin: endWaits ? [pathToFileURL(join(clientsRoom, 'programs', 'opencode-waits.js'))] : [],
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
      // It installs a package for plugins first, which is out of reach.
      npm_config_fetch_retries: '0',
    },
    (folder) => {
      greet(folder)
      writeFileSync(join(folder, 'opencode.json'), JSON.stringify(settings))
    },
    [0, 1],
  )
  return { code, events: lines }
}
