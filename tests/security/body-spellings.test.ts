// No spelling of a body lets an upstream read another model, or another size, than the rules of the key have judged.
import { ENDPOINTS } from '@latchkey/server/domain/endpoints/endpoints.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { errorOf, post } from '../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'
import { makeModel, makeUpstream } from '../support/server/routed-models.ts'
import { makeRuledKey } from '../support/server/ruled-keys.ts'
import { COMPLETION } from '../support/upstreams/chat-responses.ts'
import { json, startUpstream, type TestUpstream } from '../support/upstreams/upstream.ts'

// Of each, m1 may be called and gpt-5 may not, or not again.
const POLICIES = {
  'an allow-list': { models: { allow: ['m1'] } },
  'a deny-list': { models: { deny: ['gpt-5'] } },
  'a limit of one model': { limits: [{ unit: 'TOKENS', window: 'DAY', max: 1, model: 'gpt-5' }] },
}
const EVERY_POLICY = {
  ...POLICIES,
  'a limit of all models': { limits: [{ unit: 'TOKENS', window: 'DAY', max: 100_000 }] },
}

const JSON_PATHS = pathsOf('MODEL_CALL')
const FORM_PATHS = pathsOf('FORM')

/** Members that some upstream goes by; each with `"model":"m1"` beside it. */
const NAMING_ANOTHER = [
  '"models":["m1","gpt-5"]',
  '"models":["openai/gpt-5:free"]',
  '"models":[" gpt-5 "]',
  '"mod\\u0065ls":["gpt-5"]',
  '"fallback_models":["gpt-5"]',
  '"speech_model":"gpt-5"',
  '"route":"fallback"',
  '"fallbacks":[{"m1":["gpt-5"]}]',
  '"context_window_fallbacks":["gpt-5"]',
  '"provider":{"order":["x"],"model":"gpt-5"}',
  '"providerOptions":{"gateway":{"models":["gpt-5"]}}',
  '"plugins":[{"id":"auto-router","allowed_models":["gpt-5"]}]',
  '"preset":"x"',
  '"engine":"gpt-5"',
  '"deployment_id":"gpt-5"',
  '"deployment":"gpt-5"',
  '"adapter_id":"gpt-5"',
  '"lora_path":["gpt-5"]',
  '"agent_id":"ag_1"',
  '"api_base":"https://example.org"',
  '"session":{"model":"gpt-5"}',
  '"session":{"Model":"gpt-5"}',
  '"audio":{"input":{"transcription":{"model":"gpt-5"}}}',
  '"prompt":{"id":"pmpt_1"}',
  '"tools":[{"type":"image_generation","model":"gpt-5"}]',
  '"tools":[{"type":"image_generation","MODEL":"gpt-5"}]',
  '"tools":[{"type":"image_generation","model":"gpt-5","model":"m1"}]',
  '"tools":[{"type":"openrouter:image_generation","parameters":{"model":"gpt-5"}}]',
]
/** The same where case or order is what parsers differ in: refused by every policy. */
const AMBIGUOUS = [
  '"Model":"gpt-5"',
  '"MODEL":"gpt-5"',
  '"m\\u006fDel":"gpt-5"',
  '"model":"gpt-5","model":"m1"',
  '"model":"gpt-5","mod\\u0065l":"m1"',
  '"Models":["gpt-5"]',
  '"Max_Tokens":100000',
  '"max_completion_to\\u212aens":100000',
  '"max_tokens":100000,"max_tokens":1',
  '"\\u017ftream":true',
  '"Stream":true',
  '"Tools":[]',
  '"N":100',
  '"N_Predict":100000',
]
const PLAIN = [
  '"tools":[{"type":"function","name":"f","parameters":{"type":"object","properties":{"model":{"type":"string"}}}}]',
  '"tools":[{"type":"image_generation","model":"m1"}]',
  '"models":["m1"]',
  '"metadata":{"Model":"gpt-5","model":"gpt-5"}',
  '"messages":[{"role":"user","content":"\\"model\\": \\"gpt-5\\""}]',
  '"response_format":{"json_schema":{"schema":{"properties":{"model":{}}}}}',
  '"models":null,"route":null,"prompt":"text"',
  '"provider":{"order":["openai"]}',
]

let upstream: TestUpstream
let latchkey: TestLatchkey
let open: string
const keys = new Map<string, string>()

beforeAll(async () => {
  upstream = await startUpstream((_request, response) => json(response, 200, COMPLETION))
  latchkey = await startLatchkey({ env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl } })
  for (const [kind, policy] of Object.entries(EVERY_POLICY))
    keys.set(kind, (await makeRuledKey(latchkey, policy, kind)).secret)
  open = (await latchkey.createKey()).secret
})
beforeEach(() => {
  upstream.received.length = 0
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

function pathsOf(served: string): string[] {
  return ENDPOINTS.filter((row) => row.served === served).map(({ path }) => `/v1/${path}`)
}

/** Posts bodies to paths, and returns those that were not refused. */
async function taken(secret: string, paths: string[], bodies: string[]): Promise<[string, string, number][]> {
  const passed: [string, string, number][] = []
  for (const path of paths) {
    for (const body of bodies) {
      const response = await post(latchkey, secret, path, body)
      await response.arrayBuffer()
      if (response.status < 400) passed.push([path, body, response.status])
    }
  }
  return passed
}

const withModel = (member: string) => `{"model":"m1",${member}}`

test.for(Object.keys(POLICIES))(
  'with %s, no member names another model beside the one that is judged',
  async (kind) => {
    const bodies = NAMING_ANOTHER.map(withModel)
    const large = `{"model":"m1","input":"${'x'.repeat(200_000)}","models":["gpt-5"]}`
    expect(await taken(keys.get(kind) ?? '', [...JSON_PATHS, ...FORM_PATHS], bodies)).toEqual([])
    expect(await taken(keys.get(kind) ?? '', JSON_PATHS.slice(0, 2), [large])).toEqual([])
    expect(upstream.received).toEqual([])
  },
)

// Each chooses a model, or the upstream, at a gateway or router that may be the upstream.
const CHOOSING_HEADERS = [
  ['x-portkey-config', '{"override_params":{"model":"gpt-5"}}'],
  ['X-Portkey-Provider', 'x'],
  ['Helicone-Fallbacks', '[]'],
  ['Helicone-Target-Url', 'https://example.org'],
  ['x-litellm-tags', 'gpt-5'],
  ['x-ai-eg-model', 'gpt-5'],
  ['X-Model', 'gpt-5'],
] as const

test.for(Object.keys(POLICIES))('with %s, no header names another model', async (kind) => {
  for (const header of CHOOSING_HEADERS) {
    for (const path of ['/v1/chat/completions', '/v1/audio/transcriptions', '/v1/files']) {
      const headers = Object.fromEntries([header])
      const response = await post(latchkey, keys.get(kind) ?? '', path, '{"model":"m1"}', { headers })
      expect(await errorOf(response)).toMatchObject({ param: header[0].toLowerCase() })
    }
  }
  expect(upstream.received).toEqual([])
})

test.for(['utf-7', 'UTF-16', 'cp037', '"utf-7"', 'utf-8-sig', "utf-8'"])(
  'a body in the charset %s is refused, which an upstream might read otherwise',
  async (charset) => {
    const headers = { 'content-type': `application/json; charset=${charset}` }
    const body = '{"model":"m1","+AG0AbwBkAGUAbA-":"gpt-5"}'
    for (const path of [...JSON_PATHS, '/v1/files', '/v1/batches', '/v1/realtime/client_secrets'])
      expect((await post(latchkey, keys.get('a deny-list') ?? '', path, body, { headers })).status).toBe(415)
    const form = { 'content-type': `multipart/form-data; boundary=b; charset=${charset}` }
    for (const path of FORM_PATHS)
      expect(
        (await post(latchkey, keys.get('a deny-list') ?? '', path, '--b--', { headers: form })).status,
      ).toBe(415)
    expect(upstream.received).toEqual([])
  },
)

test.for(Object.keys(EVERY_POLICY))('with %s, no member is ambiguous', async (kind) => {
  const bodies = AMBIGUOUS.map(withModel)
  expect(await taken(keys.get(kind) ?? '', [...JSON_PATHS, ...FORM_PATHS], bodies)).toEqual([])
  expect(upstream.received).toEqual([])
})

test.for(Object.keys(EVERY_POLICY))('with %s, what only looks so is passed on to the byte', async (kind) => {
  const bodies = PLAIN.map(withModel)
  const passed = await taken(keys.get(kind) ?? '', JSON_PATHS, bodies)
  expect(passed).toHaveLength(JSON_PATHS.length * bodies.length)
  expect(upstream.received.slice(0, bodies.length).map(({ body }) => body.toString())).toEqual(bodies)
})

test('a key without a policy sends what it likes', async () => {
  const bodies = [...NAMING_ANOTHER, ...AMBIGUOUS.filter((one) => !/N"|tream/.test(one))].map(withModel)
  expect(await taken(open, ['/v1/chat/completions'], bodies)).toHaveLength(bodies.length)
})

test('maxOutputTokens is not passed by a member in other letters', async () => {
  const { id } = await makeUpstream(latchkey, upstream.baseUrl)
  const model = await makeModel(latchkey, [{ upstream: id, upstreamModel: 'a' }], { maxOutputTokens: 10 })
  const { secret } = await makeRuledKey(latchkey, EVERY_POLICY['a limit of all models'])
  const bodies = ['"Max_Tokens":99', '"max_tokens":5,"max_tokens":99', '"MAX_OUTPUT_TOKENS":99'].map(
    (member) => `{"model":"${model}",${member}}`,
  )
  expect(await taken(secret, ['/v1/chat/completions', '/v1/responses'], bodies)).toEqual([])
})

describe('a form', () => {
  const part = (head: string, value: string) => `--b\r\n${head}\r\n\r\n${value}\r\n`
  const named = (name: string, value: string) => part(`Content-Disposition: form-data; name="${name}"`, value)
  const M1 = named('model', 'm1')
  const GPT = 'Content-Disposition: form-data; name="model"'
  const BODIES: Record<string, string> = {
    'another model': named('model', 'gpt-5'),
    'two models': M1 + named('model', 'gpt-5'),
    'two models, the other first': named('model', 'gpt-5') + M1,
    capitals: M1 + named('Model', 'gpt-5'),
    'a list': M1 + named('model[]', 'gpt-5'),
    'a list of models': M1 + named('models', 'gpt-5'),
    'a field for fallbacks': M1 + named('fallbacks', '["gpt-5"]'),
    'an encoded name': M1 + part("Content-Disposition: form-data; name*=utf-8''model", 'gpt-5'),
    'a name in pieces': M1 + part('Content-Disposition: form-data; name*0=mo; name*1=del', 'gpt-5'),
    'single quotes': M1 + part("Content-Disposition: form-data; name='model'", 'gpt-5'),
    'an escaped quote':
      M1 + part('Content-Disposition: form-data; name="x"; filename="a\\"; name="model"', 'gpt-5'),
    'two dispositions': M1 + part(`Content-Disposition: form-data; name="x"\r\n${GPT}`, 'gpt-5'),
    'a folded head': M1 + part('Content-Disposition: form-data;\r\n name="model"', 'gpt-5'),
    base64: M1 + part(`${GPT}\r\nContent-Transfer-Encoding: base64`, 'Z3B0LTU='),
    'another charset': part(`${GPT}\r\nContent-Type: text/plain; charset=utf-7`, 'gpt-5'),
    'a nested form':
      M1 +
      part(
        'Content-Disposition: form-data; name="x"\r\nContent-Type: multipart/mixed; boundary=c',
        '--c\r\n',
      ),
    'a preamble': `x\r\n${M1}`,
    'a boundary after LF': `${M1}${named('x', `y\n--b\n${GPT}\n\ngpt-5\n`)}`,
    'an epilogue': `${M1}--b--\r\n${named('model', 'gpt-5')}`,
  }

  test.for(Object.keys(POLICIES))(
    'with %s is refused where a parser could read another model',
    async (kind) => {
      const passed: [string, string][] = []
      for (const path of FORM_PATHS) {
        for (const [spelling, body] of Object.entries(BODIES)) {
          const headers = { 'content-type': 'multipart/form-data; boundary=b' }
          const response = await post(latchkey, keys.get(kind) ?? '', path, `${body}--b--\r\n`, { headers })
          const error = await errorOf(response).catch(() => null)
          if (response.status < 400 || error === null) passed.push([path, spelling])
        }
      }
      expect(passed).toEqual([])
      expect(upstream.received).toEqual([])
    },
  )
})
