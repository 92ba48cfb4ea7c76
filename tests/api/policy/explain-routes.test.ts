// The candidate routes of a call, as `explainCall` and the command show them: no request is sent.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { Latchkey } from '@latchkey/sdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call } from '../../support/api/client.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { makeRuledKey, type RuledKey } from '../../support/server/ruled-keys.ts'
import { json, startUpstream, type TestUpstream } from '../../support/upstreams/upstream.ts'

const COMMAND = join(import.meta.dirname, '../../../server/src/cli/main.ts')

let latchkey: TestLatchkey
let sdk: Latchkey
let upstream: TestUpstream
let key: RuledKey

beforeAll(async () => {
  latchkey = await startLatchkey()
  upstream = await startUpstream(() => undefined)
  sdk = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
  const first = await sdk.upstreams.create({
    name: 'first',
    kind: 'GENERIC',
    baseUrl: upstream.baseUrl,
    credentials: [
      { name: 'light', secret: 'sk-upstream-secret-aaaa', weight: 1 },
      { secret: 'sk-upstream-secret-bbbb', weight: 5 },
      { name: 'off', secret: 'sk-upstream-secret-cccc', enabled: false },
    ],
  })
  const second = await sdk.upstreams.create({ name: 'second', kind: 'GENERIC', baseUrl: upstream.baseUrl })
  const off = await sdk.upstreams.create({
    name: 'switched-off',
    kind: 'GENERIC',
    baseUrl: upstream.baseUrl,
    enabled: false,
  })
  await sdk.models.create({
    name: 'team-*',
    routes: [
      { upstreamId: second.id, upstreamModel: 'big-*', priority: 2 },
      { upstreamId: off.id, upstreamModel: '*', priority: 1, weight: 9 },
      { upstreamId: first.id, upstreamModel: 'small', priority: 1, weight: 3 },
    ],
  })
  const listed = await sdk.upstreams.create({ name: 'listed', kind: 'OPENAI', baseUrl: upstream.baseUrl })
  await sdk.models.create({
    name: 'half-priced',
    routes: [
      { upstreamId: listed.id, upstreamModel: 'gpt-4o-mini', priority: 1 },
      { upstreamId: second.id, upstreamModel: 'own-model', priority: 2 },
    ],
  })
  await sdk.models.create({ name: 'disabled', enabled: false, routes: [{ upstreamId: second.id }] })
  key = await makeRuledKey(latchkey, { models: { deny: ['small', 'big-*'] } }, 'mobile app')
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

describe('explaining a call', () => {
  test('lists every route in order, with the end of its credential, and what takes no calls now', async () => {
    const free = await makeRuledKey(latchkey, null)
    const { admitted, routes } = await sdk.keys.explain(free.id, { model: 'team-x' })
    expect(admitted).toBe(true)
    const off = { upstream: 'switched-off', upstreamModel: 'x', priority: 1, weight: 9, enabled: false }
    const first = { upstream: 'first', upstreamModel: 'small', priority: 1, weight: 3 }
    expect(routes).toEqual([
      { ...off, credential: null, credentialWeight: 1 },
      { ...first, credential: { name: null, lastFour: 'bbbb' }, credentialWeight: 5, enabled: true },
      { ...first, credential: { name: 'light', lastFour: 'aaaa' }, credentialWeight: 1, enabled: true },
      { ...first, credential: { name: 'off', lastFour: 'cccc' }, credentialWeight: 1, enabled: false },
      {
        upstream: 'second',
        upstreamModel: 'big-x',
        credential: null,
        priority: 2,
        weight: 1,
        credentialWeight: 1,
        enabled: true,
      },
    ])
    expect(upstream.received).toEqual([])
  })

  test('returns the gateway’s error for a call of a model without routes', async () => {
    const free = await makeRuledKey(latchkey, null)
    for (const [model, count] of [
      ['unheard-of', 0],
      ['disabled', 1],
    ] as const) {
      const { admitted, refusal, routes } = await sdk.keys.explain(free.id, { model })
      expect([admitted, routes.length]).toEqual([false, count])
      const response = await call(latchkey, free.secret, { model, messages: [] })
      expect([refusal?.code, refusal?.httpStatus]).toEqual(['model_not_found', response.status])
      expect(routes.some(({ enabled }) => enabled)).toBe(false)
    }
  })

  test('judges what a name stands for, as the gateway does', async () => {
    const { admitted, refusal } = await sdk.keys.explain(key.id, { model: 'team-x' })
    expect([admitted, refusal?.code]).toEqual([false, 'model_not_allowed'])
    expect((await call(latchkey, key.secret, { model: 'team-x', messages: [] })).status).toBe(403)
    expect(upstream.received).toEqual([])
  })

  test('returns the gateway’s error for a key with a budget, for prices on every route and for a model without routes', async () => {
    const spender = await makeRuledKey(latchkey, { budgets: [{ window: 'DAY', limitUsd: '1' }] })
    for (const [model, code] of [
      ['half-priced', 'price_unknown'],
      ['unheard-of', 'model_not_found'],
    ] as const) {
      const { refusal } = await sdk.keys.explain(spender.id, { model })
      const response = await call(latchkey, spender.secret, { model, messages: [] })
      expect([refusal?.code, refusal?.httpStatus]).toEqual([code, response.status])
    }
    const counting = { model: 'half-priced', endpoint: '/v1/responses/input_tokens' }
    expect((await sdk.keys.explain(spender.id, counting)).admitted).toBe(true)
    expect(upstream.received).toEqual([])
  })

  test('says of a call that names no model what the gateway says, by its method and path', async () => {
    upstream.respondWith((_request, response) => json(response, 200, {}))
    const listed = await makeRuledKey(latchkey, { models: { allow: ['echo'] } })
    const spender = await makeRuledKey(latchkey, { budgets: [{ window: 'DAY', limitUsd: '1' }] })
    for (const [method, endpoint, byList, byBudget] of [
      ['POST', '/v1/batches', 'model_not_allowed', 'price_unknown'],
      ['POST', '/v1/threads/thread_1/runs', 'model_not_allowed', 'price_unknown'],
      ['POST', '/v1/batches/batch_1/cancel', undefined, undefined],
      ['GET', '/v1/batches', undefined, undefined],
      ['POST', '/v1/vector_stores', undefined, undefined],
      ['GET', '/v1/models', undefined, undefined],
    ] as const) {
      for (const [asked, code] of [
        [listed, byList],
        [spender, byBudget],
      ] as const) {
        const { refusal } = await sdk.keys.explain(asked.id, { method, endpoint })
        expect([method, endpoint, refusal?.code]).toEqual([method, endpoint, code])
        const authorization = `Bearer ${asked.secret}`
        const response = await fetch(`${latchkey.url}${endpoint}`, { method, headers: { authorization } })
        expect(response.status === 403, `${method} ${endpoint}`).toBe(refusal?.httpStatus === 403)
        await response.arrayBuffer()
      }
    }
  })

  test('knows what goes to the environment, with forms, and what the gateway serves itself', async () => {
    const free = await makeRuledKey(latchkey, null)
    const route = {
      credential: null,
      priority: 0,
      weight: 1,
      credentialWeight: 1,
      enabled: true,
    }
    const routesOf = async (question: { model?: string; endpoint?: string }) =>
      (await sdk.keys.explain(free.id, question)).routes
    expect(await routesOf({ model: 'echo' })).toEqual([{ ...route, upstream: 'echo', upstreamModel: 'echo' }])
    const unnamed = [{ ...route, upstream: 'listed', upstreamModel: null }]
    expect(await routesOf({ model: 'team-x', endpoint: '/v1/audio/transcriptions' })).toEqual(
      await routesOf({ model: 'team-x' }),
    )
    expect(await routesOf({ endpoint: '/v1/audio/transcriptions' })).toEqual(unnamed)
    // Which model a batch sets to work is in a file at its upstream.
    expect(await routesOf({ model: 'team-x', endpoint: '/v1/batches' })).toEqual(unnamed)
    expect(await routesOf({ endpoint: '/v1/models' })).toEqual([])
    // A form is in the counts of its model's calls, as JSON is.
    const limits = [{ unit: 'REQUESTS', window: 'DAY', max: 5, model: 'team-*' }]
    const counted = await makeRuledKey(latchkey, { limits })
    for (const [endpoint, count] of [
      ['/v1/chat/completions', 1],
      ['/v1/audio/transcriptions', 1],
    ] as const) {
      const { verdicts } = await sdk.keys.explain(counted.id, { model: 'team-x', endpoint })
      expect(verdicts).toHaveLength(count)
    }
  })
})

describe('latchkey explain', () => {
  test('prints the verdict, every rule with what remains, and the routes', async () => {
    const limits = [{ unit: 'REQUESTS', window: 'DAY', max: 20 }]
    const ruled = await makeRuledKey(
      latchkey,
      { limits, addresses: { allow: ['10.0.0.0/8'], mode: 'SHADOW' }, concurrency: { maxCalls: 3 } },
      'batch job',
    )
    await sdk.keys.revoke((await makeRuledKey(latchkey, null, 'batch job')).id)
    const { code, stdout, stderr } = await run('--key', 'batch job', '--model', 'team-x', '--ip', '192.0.2.1')
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout.replace(/resets \S+ \S+ UTC \(in [^)]+\)/, 'resets SOON')).toBe(
      `Key batch job (${ruled.id}) is active.
The call would be admitted.

Rules, in the order in which they are checked:
  would deny  addresses         not in the list of what is allowed
  admits      requests per day  0 of 20 used, 20 remaining, resets SOON
  admits      calls at once     0 of 3 used, 3 remaining

Candidate routes, in the order in which they are tried:
  1.  switched-off  x      no credential                     priority 1, weight 9  unavailable
  2.  first         small  credential …bbbb, weight 5        priority 1, weight 3
  3.  first         small  credential light …aaaa, weight 1  priority 1, weight 3
  4.  first         small  credential off …cccc, weight 1    priority 1, weight 3  unavailable
  5.  second        big-x  no credential                     priority 2, weight 1
`,
    )
  })

  test('exits with 1 for a call that would be denied, and prints JSON where requested', async () => {
    const { code, stdout } = await run('--key', key.id, '--model', 'team-x', '--json')
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      apiKey: { id: key.id, name: 'mobile app' },
      admitted: false,
      refusal: { code: 'model_not_allowed' },
      routes: [{ upstream: 'switched-off' }, {}, {}, {}, {}],
    })
  })

  test('exits with 2 and says what to do for invalid arguments', async () => {
    const twins = [await makeRuledKey(latchkey, null, 'twin'), await makeRuledKey(latchkey, null, 'twin')]
    const { code, stdout, stderr } = await run('--key', 'twin')
    expect([code, stdout]).toEqual([2, ''])
    for (const { id } of twins) expect(stderr).toContain(id)
    expect(await run('--key', 'mobile')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/no API key .* "mobile"/),
    })
    expect(await run('--key', key.id, '--endpoint', 'chat')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/v1/),
    })
    const asked = await run('--key', key.secret)
    expect(asked).toMatchObject({ code: 2, stderr: expect.stringMatching(/never the key itself/) })
    expect(asked.stderr).not.toContain(key.secret)
  })

  test('says where it cannot ask, and never what it was given to ask with', async () => {
    const token = 'kR7wP2xN9mT4vB6yQ1zL8cJ3'
    const refused = await run('--key', 'x', { LATCHKEY_ADMIN_TOKEN: token })
    expect(refused).toMatchObject({ code: 3, stderr: expect.stringMatching(/refused the admin token/) })
    expect(refused.stderr).not.toContain(token)
    const nobody = await run('--key', 'x', '--url', 'http://me:secret@127.0.0.1:1')
    expect(nobody).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/127\.0\.0\.1:1 cannot be reached/),
    })
    expect(nobody.stderr).not.toContain('secret')
    expect(await run('--key', 'x', { LATCHKEY_URL: undefined, LATCHKEY_PORT: '1' })).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/http:\/\/localhost:1 cannot be reached/),
    })
    expect(await run('--key', 'x', { LATCHKEY_ADMIN_TOKEN: '' })).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/set LATCHKEY_ADMIN_TOKEN/),
    })
  })
})

type Ran = { code: number; stdout: string; stderr: string }

/** Runs `latchkey explain` as a process of its own, which knows the server's address and token by its environment. */
function run(...args: (string | Record<string, string | undefined>)[]): Promise<Ran> {
  const env = Object.assign(
    { PATH: process.env.PATH, LATCHKEY_URL: latchkey.url, LATCHKEY_ADMIN_TOKEN: latchkey.adminToken },
    ...args.filter((arg) => typeof arg !== 'string'),
  )
  const words = args.filter((arg) => typeof arg === 'string')
  return new Promise((resolve) => {
    execFile(process.execPath, [COMMAND, 'explain', ...words], { env }, (error, stdout, stderr) => {
      resolve({
        code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1,
        stdout,
        stderr,
      })
    })
  })
}
