// Policies as admins set them, keys that are switched off and on, and what rules would say to a call.
import { Latchkey } from '@latchkey/sdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call } from '../../support/api/client.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { makeRuledKey } from '../../support/server/ruled-keys.ts'

const ERRORS = 'userErrors { code field message }'
const POLICY = `policy {
  models { allow deny mode } endpoints { allow mode } addresses { allow mode }
  limits { unit window max model mode } concurrency { maxCalls mode } capture sharedObjects selfRotation
  budgets { window limitUsd timeZone warnAtPercent model unpriced mode }
}`
const CREATE = `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { apiKey { id version ${POLICY} } secret ${ERRORS} } }`
const UPDATE = `mutation ($input: UpdateApiKeyInput!) { updateApiKey(input: $input) { apiKey { id version ${POLICY} } ${ERRORS} } }`
const DISABLE = `mutation ($input: SwitchApiKeyInput!) { disableApiKey(input: $input) { apiKey { status disabledAt version } ${ERRORS} } }`
const ENABLE = `mutation ($input: SwitchApiKeyInput!) { enableApiKey(input: $input) { apiKey { status disabledAt version } ${ERRORS} } }`
const REVOKE = 'mutation ($input: RevokeApiKeyInput!) { revokeApiKey(input: $input) { apiKey { id } } }'
const EXPLAIN = `query ($input: ExplainCallInput!) { explainCall(input: $input) {
  explanation { status admitted refusal { code httpStatus message }
    verdicts { rule mode refusal window model limit used reserved remaining requested resetsAt } }
  ${ERRORS} } }`

let latchkey: TestLatchkey
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(() => latchkey.close())

async function run(document: string, input: Record<string, unknown>) {
  const { data, errors } = await latchkey.graphql(document, { input })
  if (errors !== undefined) throw new Error(JSON.stringify(errors))
  // biome-ignore lint/suspicious/noExplicitAny: a test reads into the response that it requested
  return Object.values(data)[0] as any
}

async function auditOf(id: string) {
  const where = { targetId: id }
  const events = await latchkey.app.store.prisma.auditEvent.findMany({ where, orderBy: { id: 'asc' } })
  return events.map(({ action, changes }) => [action, changes === null ? null : JSON.parse(changes)])
}

const LIMIT = { unit: 'REQUESTS', window: 'DAY', max: 3 }
const LIMIT_SHOWN = { ...LIMIT, model: null, mode: 'ENFORCE' }
const NOTHING = {
  models: null,
  endpoints: null,
  addresses: null,
  limits: [],
  concurrency: null,
  capture: null,
  sharedObjects: null,
  selfRotation: null,
  budgets: [],
}

describe('a policy', () => {
  test('is shown in its canonical form', async () => {
    const { apiKey, userErrors } = await run(CREATE, {
      name: 'ci',
      policy: {
        models: { allow: ['B*', 'a', 'A'] },
        endpoints: { allow: ['/v1/chat/completions'], mode: 'SHADOW' },
        addresses: { allow: ['10.1.2.3/8'] },
        limits: [LIMIT],
        concurrency: { maxCalls: 2 },
        capture: 'ERRORS',
        sharedObjects: true,
        selfRotation: true,
      },
    })
    expect(userErrors).toEqual([])
    expect(apiKey.policy).toEqual({
      models: { allow: ['a', 'b*'], deny: [], mode: 'ENFORCE' },
      endpoints: { allow: ['/v1/chat/completions'], mode: 'SHADOW' },
      addresses: { allow: ['10.0.0.0/8'], mode: 'ENFORCE' },
      limits: [LIMIT_SHOWN],
      concurrency: { maxCalls: 2, mode: 'ENFORCE' },
      capture: 'ERRORS',
      sharedObjects: true,
      selfRotation: true,
      budgets: [],
    })
  })

  test('is replaced as a whole, cleared, kept, and audited', async () => {
    const { apiKey } = await run(CREATE, { name: 'ci', policy: { limits: [LIMIT] } })
    const input = { id: apiKey.id, policy: { concurrency: { maxCalls: 1 } } }
    const replaced = await run(UPDATE, input)
    expect(replaced.apiKey).toEqual({
      id: apiKey.id,
      version: 2,
      policy: { ...NOTHING, concurrency: { maxCalls: 1, mode: 'ENFORCE' } },
    })
    expect((await run(UPDATE, input)).apiKey.version).toBe(2)
    expect((await run(UPDATE, { id: apiKey.id, name: 'other' })).apiKey.policy).toEqual(
      replaced.apiKey.policy,
    )
    expect((await run(UPDATE, { id: apiKey.id, policy: null })).apiKey.policy).toBeNull()
    const events = await auditOf(apiKey.id)
    expect(events.map(([action]) => action)).toEqual([
      'api_key.create',
      'api_key.update',
      'api_key.update',
      'api_key.update',
    ])
    expect(events[1]?.[1]).toEqual([
      { path: 'policy.limits[0].unit', before: 'REQUESTS', after: null },
      { path: 'policy.limits[0].window', before: 'DAY', after: null },
      { path: 'policy.limits[0].max', before: 3, after: null },
      { path: 'policy.limits[0].mode', before: 'ENFORCE', after: null },
      { path: 'policy.concurrency.maxCalls', before: null, after: 1 },
      { path: 'policy.concurrency.mode', before: null, after: 'ENFORCE' },
    ])
  })

  test('that restricts nothing is none', async () => {
    const { apiKey } = await run(CREATE, { name: 'ci', policy: { limits: [], models: { allow: [] } } })
    expect(apiKey.policy).toBeNull()
  })

  test('is not written over a change that its author has not seen', async () => {
    const { apiKey } = await run(CREATE, { name: 'ci' })
    await run(UPDATE, { id: apiKey.id, policy: { limits: [LIMIT] } })
    const { userErrors } = await run(UPDATE, { id: apiKey.id, policy: null, expectedVersion: 1 })
    expect(userErrors).toMatchObject([{ code: 'STALE', field: ['input', 'expectedVersion'] }])
  })

  test('is refused with every problem by its path', async () => {
    const policy = {
      models: { deny: ['a b'] },
      addresses: { allow: ['10.0.0.0/99'] },
      limits: [LIMIT, { ...LIMIT, unit: 'TOKENS', max: 0 }],
      concurrency: { maxCalls: 1_000_000 },
    }
    const { apiKey, userErrors } = await run(CREATE, { name: 'ci', policy })
    expect(apiKey).toBeNull()
    expect(userErrors.map(({ code, field }: { code: string; field: string[] }) => [code, ...field])).toEqual([
      ['INVALID', 'input', 'policy', 'models', 'deny', '0'],
      ['INVALID', 'input', 'policy', 'addresses', 'allow', '0'],
      ['OUT_OF_RANGE', 'input', 'policy', 'limits', '1', 'max'],
      ['OUT_OF_RANGE', 'input', 'policy', 'concurrency', 'maxCalls'],
    ])
  })
})

describe('a key that is disabled', () => {
  test('is denied from the next call on, and admitted again once enabled', async () => {
    const { id, secret } = await makeRuledKey(latchkey, null)
    expect((await call(latchkey, secret)).status).toBe(200)
    const { apiKey } = await run(DISABLE, { id })
    expect(apiKey).toEqual({ status: 'DISABLED', disabledAt: expect.any(String), version: 2 })
    expect((await call(latchkey, secret)).status).toBe(401)
    expect((await run(DISABLE, { id })).apiKey.version).toBe(2)
    expect((await run(ENABLE, { id })).apiKey).toEqual({ status: 'ACTIVE', disabledAt: null, version: 3 })
    expect((await call(latchkey, secret)).status).toBe(200)
    expect((await auditOf(id)).map(([action]) => action)).toEqual([
      'api_key.create',
      'api_key.disable',
      'api_key.enable',
    ])
  })

  test('has its own status in lists and in the REST of the original product', async () => {
    const { id, number } = await makeRuledKey(latchkey, null, 'switched off')
    await run(DISABLE, { id })
    const listed = async (status: string) => {
      const { data } = await latchkey.graphql(
        'query ($filter: ApiKeyFilter) { apiKeys(filter: $filter) { nodes { id } } }',
        { filter: { status: [status], search: 'switched off' } },
      )
      return data.apiKeys.nodes.map((key: { id: string }) => key.id)
    }
    expect([await listed('DISABLED'), await listed('ACTIVE')]).toEqual([[id], []])
    const response = await fetch(`${latchkey.url}/api/api-keys`, {
      headers: { authorization: `Bearer ${latchkey.adminToken}` },
    })
    const { api_keys: keys } = (await response.json()) as { api_keys: { id: number }[] }
    expect(keys.find((key) => key.id === number)).toMatchObject({ is_active: false, status: 'disabled' })
  })

  test('and revoked stays so', async () => {
    const { id } = await makeRuledKey(latchkey, null)
    await run(REVOKE, { id })
    for (const document of [DISABLE, ENABLE])
      expect((await run(document, { id })).userErrors).toMatchObject([{ code: 'IMMUTABLE' }])
    expect((await run(DISABLE, { id: 'key_999999' })).userErrors).toMatchObject([{ code: 'NOT_FOUND' }])
    expect((await run(ENABLE, { id: 'x' })).userErrors).toMatchObject([{ code: 'INVALID' }])
  })
})

describe('explaining a call', () => {
  test('returns every rule’s verdict and what remains, and reserves nothing', async () => {
    const { id, secret } = await makeRuledKey(latchkey, {
      models: { allow: ['echo'] },
      addresses: { allow: ['127.0.0.0/8'], mode: 'SHADOW' },
      limits: [LIMIT],
      concurrency: { maxCalls: 2 },
    })
    expect((await call(latchkey, secret)).status).toBe(200)
    const input = { apiKeyId: id, model: 'echo', clientIp: '192.0.2.7' }
    const none = {
      window: null,
      model: null,
      limit: null,
      used: null,
      reserved: null,
      remaining: null,
      requested: null,
      resetsAt: null,
    }
    const expected = {
      status: 'ACTIVE',
      admitted: true,
      refusal: null,
      verdicts: [
        { ...none, rule: 'ADDRESS', mode: 'SHADOW', refusal: 'NOT_ALLOWED' },
        { ...none, rule: 'MODEL', mode: 'ENFORCE', refusal: null },
        {
          rule: 'REQUESTS',
          mode: 'ENFORCE',
          refusal: null,
          window: 'DAY',
          model: null,
          limit: 3,
          used: 1,
          reserved: 0,
          remaining: 2,
          requested: 1,
          resetsAt: expect.stringMatching(/T00:00:00\.000Z$/),
        },
        {
          ...none,
          rule: 'CONCURRENCY',
          mode: 'ENFORCE',
          refusal: null,
          limit: 2,
          used: 0,
          reserved: 0,
          remaining: 2,
          requested: 1,
        },
      ],
    }
    for (let n = 0; n < 3; n++)
      expect(await run(EXPLAIN, input)).toEqual({ explanation: expected, userErrors: [] })
    const other = await run(EXPLAIN, { ...input, model: 'gpt-4o' })
    expect(other.explanation).toMatchObject({
      admitted: false,
      refusal: {
        code: 'model_not_allowed',
        httpStatus: 403,
        message: expect.stringContaining('`gpt-4o`'),
      },
    })
  })

  test('returns the error of a key that does not exist', async () => {
    const { id } = await makeRuledKey(latchkey, null)
    await run(DISABLE, { id })
    expect((await run(EXPLAIN, { apiKeyId: id })).explanation).toMatchObject({
      status: 'DISABLED',
      admitted: false,
      refusal: { code: 'api_key_disabled', httpStatus: 401 },
      verdicts: [],
    })
  })

  test('names what is wrong with the question', async () => {
    const { id } = await makeRuledKey(latchkey, null)
    const input = { apiKeyId: id, endpoint: 'chat', model: '', method: 'PUT', clientIp: 'here', tokens: -1 }
    const { explanation, userErrors } = await run(EXPLAIN, input)
    expect(explanation).toBeNull()
    expect(userErrors.map(({ field }: { field: string[] }) => field[1])).toEqual([
      'endpoint',
      'model',
      'method',
      'clientIp',
      'tokens',
    ])
    expect((await run(EXPLAIN, { apiKeyId: 'key_999999' })).userErrors).toMatchObject([{ code: 'NOT_FOUND' }])
    expect((await run(EXPLAIN, { apiKeyId: 'x' })).userErrors).toMatchObject([
      { code: 'INVALID', field: ['input', 'apiKeyId'] },
    ])
  })
})

test('the SDK sets policies, switches keys and explains calls', async () => {
  const { keys, logs } = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
  const { apiKey, secret } = await keys.create({
    name: 'sdk',
    keepEncryptedCopy: false,
    policy: { limits: [{ unit: 'REQUESTS', window: 'DAY', max: 1, mode: 'ENFORCE' }] },
  })
  expect(apiKey.policy).toEqual({ ...NOTHING, limits: [{ ...LIMIT_SHOWN, max: 1 }] })
  expect((await call(latchkey, secret)).status).toBe(200)
  expect(await keys.explain(apiKey.id, { model: 'echo' })).toMatchObject({
    admitted: false,
    refusal: { code: 'request_limit_reached', httpStatus: 429 },
  })
  const { requestId } = await call(latchkey, secret)
  expect((await logs.get(requestId)).denial).toEqual({
    rule: 'REQUESTS',
    of: 'API_KEY',
    name: null,
    window: 'DAY',
    model: null,
    limit: 1,
    limitUsd: null,
    used: 1,
    usedUsd: null,
    requested: 1,
    requestedUsd: null,
    resetsAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
  })
  expect((await keys.update(apiKey.id, { policy: null })).policy).toBeNull()
  expect((await keys.disable(apiKey.id)).status).toBe('DISABLED')
  expect((await keys.enable(apiKey.id)).status).toBe('ACTIVE')
  expect(await keys.explain(apiKey.id)).toMatchObject({ admitted: true, verdicts: [] })
})
