// Upstreams that admins manage: set up over GraphQL, called at /v1, changed while calls go on; their secrets never come back.
import { inspect } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { auditOf } from '../../support/api/audit-trail.ts'
import { runMutation } from '../../support/api/run-mutation.ts'
import { chat, errorOf } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { logOf } from '../../support/server/request-logs.ts'
import { COMPLETION } from '../../support/upstreams/chat-responses.ts'
import { json, startUpstream, type TestUpstream } from '../../support/upstreams/upstream.ts'

const FIELDS = `id source name kind baseUrl authStyle credentials { id name lastFour weight enabled readable createdAt }
  headers { name value secret } connectTimeoutMs firstByteTimeoutMs idleTimeoutMs proxyUrl requestStreamUsage enabled createdAt updatedAt version`
const ERRORS = 'userErrors { code field message }'
const CREATE = `mutation ($input: CreateUpstreamInput!) { createUpstream(input: $input) { upstream { ${FIELDS} } ${ERRORS} } }`
const UPDATE = `mutation ($input: UpdateUpstreamInput!) { updateUpstream(input: $input) { upstream { ${FIELDS} } ${ERRORS} } }`
const DELETE = `mutation ($input: DeleteUpstreamInput!) { deleteUpstream(input: $input) { deletedId ${ERRORS} } }`
const CREATE_MODEL = `mutation ($input: CreateModelInput!) { createModel(input: $input) { model { id } ${ERRORS} } }`
const START = '2026-11-22T10:00:00.000Z'
const SECRET = 'sk-super-secret-credential-1234'

let one: TestUpstream
let two: TestUpstream
let latchkey: TestLatchkey
let secret = ''
let names = 0

beforeAll(async () => {
  one = await startUpstream((_request, response) => json(response, 200, COMPLETION))
  two = await startUpstream((_request, response) => json(response, 200, COMPLETION))
  latchkey = await startLatchkey({
    clock: () => Date.parse(START),
    env: { OPENAI_API_KEY: 'sk-environment-9876' },
  })
  secret = (await latchkey.createKey()).secret
})
beforeEach(() => {
  one.received.length = 0
  two.received.length = 0
})
afterAll(async () => {
  await latchkey.close()
  await one.close()
  await two.close()
})

const run = (mutation: string, input: Record<string, unknown>) =>
  runMutation<'upstream'>(latchkey, mutation, input)

async function made(fields: Record<string, unknown> = {}) {
  const input = { name: `made-${++names}`, kind: 'GENERIC', baseUrl: one.baseUrl, ...fields }
  const { upstream, userErrors } = await run(CREATE, input)
  expect(userErrors).toEqual([])
  return upstream
}

/** A model of a name of its own that goes to an upstream; returns the name. */
async function modelTo(upstreamId: string): Promise<string> {
  const name = `model-${++names}`
  const { userErrors } = await run(CREATE_MODEL, { name, routes: [{ upstreamId, upstreamModel: 'there' }] })
  expect(userErrors).toEqual([])
  return name
}

const get = async (id: string) =>
  (await latchkey.graphql(`query ($id: ID!) { upstream(id: $id) { ${FIELDS} } }`, { id })).data.upstream

describe('create', () => {
  test('returns the changed upstream', async () => {
    const upstream = await made({
      name: 'all-of-it',
      credentials: [
        { secret: SECRET, name: 'main', weight: 3 },
        { secret: 'short', enabled: false },
      ],
      headers: [
        { name: 'X-Open', value: 'seen' },
        { name: 'x-closed', value: 'unseen-header', secret: true },
      ],
      connectTimeoutMs: 1_000,
      firstByteTimeoutMs: 2_000,
      proxyUrl: 'http://127.0.0.1:3128',
      enabled: false,
    })
    expect(upstream).toEqual({
      id: expect.stringMatching(/^ups_\d+$/),
      source: 'DATABASE',
      name: 'all-of-it',
      kind: 'GENERIC',
      baseUrl: one.baseUrl,
      authStyle: 'BEARER',
      credentials: [
        {
          id: expect.stringMatching(/^cred_\d+$/),
          name: 'main',
          lastFour: '1234',
          weight: 3,
          enabled: true,
          readable: true,
          createdAt: START,
        },
        {
          id: expect.stringMatching(/^cred_\d+$/),
          name: null,
          lastFour: null,
          weight: 1,
          enabled: false,
          readable: true,
          createdAt: START,
        },
      ],
      headers: [
        { name: 'x-closed', value: null, secret: true },
        { name: 'x-open', value: 'seen', secret: false },
      ],
      connectTimeoutMs: 1_000,
      firstByteTimeoutMs: 2_000,
      idleTimeoutMs: null,
      requestStreamUsage: true,
      proxyUrl: 'http://127.0.0.1:3128/',
      enabled: false,
      createdAt: START,
      updatedAt: START,
      version: 1,
    })
    expect(await get(upstream.id)).toEqual(upstream)
    const node = await latchkey.graphql('query ($id: ID!) { node(id: $id) { __typename id } }', {
      id: upstream.id,
    })
    expect(node.data.node).toEqual({ __typename: 'Upstream', id: upstream.id })
    expect(await auditOf(latchkey, upstream.id)).toEqual([['upstream.create', expect.any(Array)]])
  })

  test('fills in what the kind presets', async () => {
    const { upstream } = await run(CREATE, { name: 'preset', kind: 'OPENROUTER', enabled: false })
    expect(upstream).toMatchObject({ baseUrl: 'https://openrouter.ai/api/v1', authStyle: 'BEARER' })
    const azure = { name: 'azure', kind: 'AZURE_OPENAI', baseUrl: 'https://r.openai.azure.com/openai/v1' }
    expect((await run(CREATE, azure)).upstream).toMatchObject({ authStyle: 'API_KEY' })
    expect((await run(CREATE, { name: 'vllm', kind: 'VLLM' })).userErrors).toMatchObject([
      { code: 'REQUIRED', field: ['input', 'baseUrl'] },
    ])
    const { data } = await latchkey.graphql('{ upstreamPresets { kind baseUrl authStyle needsCredential } }')
    expect(data.upstreamPresets).toContainEqual({
      kind: 'OLLAMA',
      baseUrl: 'http://127.0.0.1:11434/v1',
      authStyle: 'BEARER',
      needsCredential: false,
    })
  })

  test.for<[Record<string, unknown>, string, string]>([
    [{ name: ' ' }, 'REQUIRED', 'name'],
    [{ name: 'Not Plain' }, 'INVALID', 'name'],
    [{ name: 'openai' }, 'TAKEN', 'name'],
    [{ name: 'echo' }, 'TAKEN', 'name'],
    [{ baseUrl: 'ftp://a.test' }, 'INVALID', 'baseUrl'],
    [{ baseUrl: 'http://u:hunter2@a.test/v1' }, 'INVALID', 'baseUrl'],
    [{ baseUrl: 'http://169.254.169.254/v1' }, 'INVALID', 'baseUrl'],
    [{ baseUrl: 'http://2852039166/v1' }, 'INVALID', 'baseUrl'],
    [{ baseUrl: 'http://0xa9fea9fe/v1' }, 'INVALID', 'baseUrl'],
    [{ baseUrl: 'http://0251.0376.0251.0376/v1' }, 'INVALID', 'baseUrl'],
    [{ baseUrl: 'http://[::ffff:169.254.169.254]/v1' }, 'INVALID', 'baseUrl'],
    [{ baseUrl: 'http://[fd00:ec2::254]/v1' }, 'INVALID', 'baseUrl'],
    [{ baseUrl: 'http://metadata.google.internal/v1' }, 'INVALID', 'baseUrl'],
    [{ baseUrl: 'http://0.0.0.0:8000/v1' }, 'INVALID', 'baseUrl'],
    [{ baseUrl: 'http://224.0.0.1/v1' }, 'INVALID', 'baseUrl'],
    [{ proxyUrl: 'http://169.254.169.254' }, 'INVALID', 'proxyUrl'],
    [{ connectTimeoutMs: 1 }, 'OUT_OF_RANGE', 'connectTimeoutMs'],
    [{ idleTimeoutMs: 86_400_001 }, 'OUT_OF_RANGE', 'idleTimeoutMs'],
    [{ credentials: [{ name: 'no secret' }] }, 'INVALID', 'credentials'],
    [{ credentials: [{ secret: 'hunter2 hunter2' }] }, 'INVALID', 'credentials'],
    [{ credentials: [{ id: 'cred_1' }] }, 'NOT_FOUND', 'credentials'],
    [{ credentials: [{ id: 'hunter', secret: 'x' }] }, 'INVALID', 'credentials'],
    [{ headers: [{ name: 'authorization', value: 'hunter2' }] }, 'INVALID', 'headers'],
    [{ headers: [{ name: 'x-none' }] }, 'REQUIRED', 'headers'],
  ])('refuses %j with %s', async ([input, code, field]) => {
    const before = await latchkey.app.store.prisma.upstream.count()
    const base = { name: `refused-${++names}`, kind: 'GENERIC', baseUrl: one.baseUrl }
    const { upstream, userErrors } = await run(CREATE, { ...base, ...input })
    expect(upstream).toBeNull()
    expect(userErrors).toMatchObject([{ code, field: ['input', field] }])
    expect(userErrors[0]?.message).not.toContain('hunter2')
    expect(await latchkey.app.store.prisma.upstream.count()).toBe(before)
  })

  test('of two of one name at once, one is made', async () => {
    const input = { name: 'twins', kind: 'GENERIC', baseUrl: one.baseUrl }
    const responses = await Promise.all([run(CREATE, input), run(CREATE, input), run(CREATE, input)])
    expect(responses.filter(({ upstream }) => upstream !== null)).toHaveLength(1)
    expect(responses.flatMap(({ userErrors }) => userErrors.map(({ code }) => code))).toEqual([
      'TAKEN',
      'TAKEN',
    ])
  })
})

describe('a call', () => {
  test('goes where the upstream is, with its credential, from the moment that it is there', async () => {
    const upstream = await made({ credentials: [{ secret: SECRET }] })
    const model = await modelTo(upstream.id)
    const reply = await chat(latchkey, secret, { model })
    expect(reply.status).toBe(200)
    expect(one.received).toMatchObject([
      {
        path: '/v1/chat/completions',
        headers: { authorization: `Bearer ${SECRET}` },
        json: { model: 'there' },
      },
    ])
    expect(await logOf(latchkey, reply)).toMatchObject({
      upstream: upstream.name,
      requestedModel: model,
      resolvedModel: 'there',
    })
  })

  test('goes to the new place once it has changed, with the secret that was sent for that', async () => {
    const upstream = await made({ credentials: [{ secret: SECRET }] })
    const model = await modelTo(upstream.id)
    await chat(latchkey, secret, { model })
    const [credential] = upstream.credentials
    const { userErrors } = await run(UPDATE, {
      id: upstream.id,
      baseUrl: two.baseUrl,
      credentials: [{ id: credential.id, secret: 'sk-for-the-second' }],
    })
    expect(userErrors).toEqual([])
    await chat(latchkey, secret, { model })
    expect([one.received.length, two.received.length]).toEqual([1, 1])
    expect(two.received[0]?.headers.authorization).toBe('Bearer sk-for-the-second')
  })

  test('goes nowhere while the upstream is disabled, and again after', async () => {
    const upstream = await made()
    const model = await modelTo(upstream.id)
    await run(UPDATE, { id: upstream.id, enabled: false })
    const refused = await chat(latchkey, secret, { model })
    expect(refused.status).toBe(404)
    expect(await errorOf(refused)).toMatchObject({ code: 'model_not_found' })
    await run(UPDATE, { id: upstream.id, enabled: true })
    expect((await chat(latchkey, secret, { model })).status).toBe(200)
    expect(one.received).toHaveLength(1)
    expect(one.received[0]?.headers.authorization).toBeUndefined()
  })

  test('takes credentials by their weight, and never one that is disabled', async () => {
    const upstream = await made({
      credentials: [
        { secret: 'sk-often', weight: 1_000 },
        { secret: 'sk-never', weight: 1_000, enabled: false },
        { secret: 'sk-also', weight: 1_000 },
      ],
    })
    const model = await modelTo(upstream.id)
    // Each is a conversation of its own: those of one would stay together.
    for (let calls = 0; calls < 40; calls++)
      await chat(latchkey, secret, { model, prompt_cache_key: String(calls) })
    const sent = new Set(one.received.map(({ headers }) => headers.authorization))
    // One of two equals is missed by 40 calls once in 2^39.
    expect(sent).toEqual(new Set(['Bearer sk-often', 'Bearer sk-also']))
  })
})

describe('update', () => {
  test('changes what is given, keeps secrets that are not, and audits each change', async () => {
    const upstream = await made({
      credentials: [{ secret: SECRET }, { secret: 'sk-the-second-credential-5678', name: 'gone' }],
      headers: [{ name: 'x-closed', value: 'unseen-header', secret: true }],
      idleTimeoutMs: 5_000,
    })
    const [first, second] = upstream.credentials
    const { upstream: after, userErrors } = await run(UPDATE, {
      id: upstream.id,
      name: `renamed-${names}`,
      idleTimeoutMs: null,
      requestStreamUsage: true,
      credentials: [
        { id: first.id, weight: 7 },
        { secret: 'sk-the-third-credential-9012', name: 'new' },
      ],
      headers: [
        { name: 'x-closed', secret: true },
        { name: 'x-open', value: 'seen' },
      ],
      expectedVersion: 1,
    })
    expect(userErrors).toEqual([])
    expect(after).toMatchObject({ name: `renamed-${names}`, idleTimeoutMs: null, version: 2 })
    expect(after.credentials).toMatchObject([
      { id: first.id, weight: 7, lastFour: '1234', readable: true },
      { name: 'new', lastFour: '9012' },
    ])
    expect(await get(upstream.id)).toEqual(after)
    expect((await auditOf(latchkey, upstream.id))[1]).toEqual([
      'upstream.update',
      [
        { path: 'name', before: upstream.name, after: after.name },
        { path: 'idleTimeoutMs', before: 5_000, after: null },
        { path: `credentials.${first.id}.weight`, before: 1, after: 7 },
        { path: `credentials.${second.id}`, before: 'gone …5678', after: null },
        { path: 'credentials', before: null, after: 'new …9012' },
        { path: 'headers.x-open', before: null, after: 'seen' },
      ],
    ])
    const model = await modelTo(upstream.id)
    await run(UPDATE, { id: upstream.id, credentials: [{ id: first.id, weight: 7 }] })
    await chat(latchkey, secret, { model })
    expect(one.received[0]?.headers.authorization).toBe(`Bearer ${SECRET}`)
  })

  test('that changes nothing leaves no trace', async () => {
    const upstream = await made({ credentials: [{ secret: SECRET }] })
    const [{ id }] = upstream.credentials
    const same = { id: upstream.id, name: upstream.name, credentials: [{ id }] }
    expect((await run(UPDATE, same)).upstream).toEqual(upstream)
    expect(await auditOf(latchkey, upstream.id)).toHaveLength(1)
  })

  test('to another server gets no secret that was meant for the first', async () => {
    const upstream = await made({
      credentials: [{ secret: SECRET }],
      headers: [{ name: 'x-closed', value: 'unseen-header', secret: true }],
    })
    const [{ id }] = upstream.credentials
    const away = { id: upstream.id, baseUrl: two.baseUrl }
    const withHeader = { headers: [{ name: 'x-closed', value: 'again', secret: true }] }
    for (const [input, field] of [
      [away, 'credentials'],
      [{ ...away, ...withHeader }, 'credentials'],
      [{ ...away, ...withHeader, credentials: [{ id }] }, 'credentials'],
      [{ ...away, credentials: [{ secret: 'sk-new' }] }, 'headers'],
      [{ ...away, credentials: [], headers: [{ name: 'x-closed', secret: true }] }, 'headers'],
    ] as const) {
      const { userErrors } = await run(UPDATE, input)
      expect(userErrors[0]).toMatchObject({ code: 'REQUIRED', field: ['input', field] })
    }
    expect(await get(upstream.id)).toEqual(upstream)
    expect((await run(UPDATE, { ...away, credentials: [], headers: [] })).userErrors).toEqual([])
    // Another path on the same server is no other server.
    const beside = await made({ credentials: [{ secret: SECRET }] })
    expect((await run(UPDATE, { id: beside.id, baseUrl: `${one.baseUrl}/beta` })).userErrors).toEqual([])
    await chat(latchkey, secret, { model: await modelTo(beside.id) })
    expect(one.received[0]).toMatchObject({
      path: '/v1/beta/chat/completions',
      headers: { authorization: `Bearer ${SECRET}` },
    })
  })

  test('another proxy of an http upstream gets no secret that was sent without it', async () => {
    const upstream = await made({
      credentials: [{ secret: SECRET }],
      headers: [{ name: 'x-closed', value: 'unseen-header', secret: true }],
    })
    const { id } = upstream
    const proxyUrl = two.baseUrl.replace('/v1', '/')
    const again = {
      credentials: [{ secret: 'sk-new' }],
      headers: [{ name: 'x-closed', value: 'again', secret: true }],
    }
    const refused = async (input: Record<string, unknown>, field: string) => {
      const { userErrors } = await run(UPDATE, input)
      expect(userErrors[0]).toMatchObject({ code: 'REQUIRED', field: ['input', field] })
    }
    await refused({ id, proxyUrl }, 'credentials')
    await refused({ id, proxyUrl, credentials: again.credentials }, 'headers')
    expect(await get(id)).toEqual(upstream)
    expect((await run(UPDATE, { id, proxyUrl, ...again })).userErrors).toEqual([])
    // Another one, and none: the host's name is then resolved by somebody else.
    await refused({ id, proxyUrl: 'http://127.0.0.1:3129' }, 'credentials')
    await refused({ id, proxyUrl: null }, 'credentials')
    // From https to http is another server; of an https upstream, a proxy reads nothing.
    const sealed = await made({ baseUrl: 'https://one.test/v1', credentials: [{ secret: SECRET }] })
    expect((await run(UPDATE, { id: sealed.id, proxyUrl })).userErrors).toEqual([])
    await refused({ id: sealed.id, baseUrl: 'http://one.test/v1' }, 'credentials')
  })

  test('of a version that is old is STALE, and of two at once one is', async () => {
    const upstream = await made()
    await run(UPDATE, { id: upstream.id, enabled: false, expectedVersion: 1 })
    expect(
      (await run(UPDATE, { id: upstream.id, enabled: true, expectedVersion: 1 })).userErrors,
    ).toMatchObject([{ code: 'STALE', field: ['input', 'expectedVersion'] }])
    const at = (idleTimeoutMs: number) => run(UPDATE, { id: upstream.id, idleTimeoutMs, expectedVersion: 2 })
    const codes = (await Promise.all([at(1_000), at(2_000)])).flatMap(({ userErrors }) => userErrors)
    expect(codes).toMatchObject([{ code: 'STALE' }])
  })

  test('of what is not there, not one of these, or the environment’s, says so', async () => {
    for (const [id, code] of [
      ['ups_999999', 'NOT_FOUND'],
      ['key_1', 'INVALID'],
      ['ups_env_openai', 'IMMUTABLE'],
    ]) {
      expect((await run(UPDATE, { id, enabled: false })).userErrors).toMatchObject([
        { code, field: ['input', 'id'] },
      ])
      expect((await run(DELETE, { id })).userErrors).toMatchObject([{ code, field: ['input', 'id'] }])
    }
  })

  test('to a name that is taken is refused', async () => {
    const [a, b] = [await made(), await made()]
    for (const name of [a.name, 'openai']) {
      expect((await run(UPDATE, { id: b.id, name })).userErrors).toMatchObject([
        { code: 'TAKEN', field: ['input', 'name'] },
      ])
    }
  })
})

test('delete removes it with its secrets, unless a model routes to it', async () => {
  const upstream = await made({ credentials: [{ secret: SECRET }] })
  const model = await modelTo(upstream.id)
  const refused = await run(DELETE, { id: upstream.id })
  expect(refused.userErrors).toMatchObject([{ code: 'IN_USE', field: ['input', 'id'] }])
  expect(refused.userErrors[0]?.message).toContain(model)
  expect((await chat(latchkey, secret, { model })).status).toBe(200)

  const unused = await made({ credentials: [{ secret: SECRET }] })
  expect(await run(DELETE, { id: unused.id })).toMatchObject({ deletedId: unused.id, userErrors: [] })
  expect(await get(unused.id)).toBeNull()
  const number = Number(unused.id.slice('ups_'.length))
  const { prisma } = latchkey.app.store
  expect(await prisma.upstreamCredential.count({ where: { upstreamId: number } })).toBe(0)
  expect((await auditOf(latchkey, unused.id)).at(-1)).toEqual(['upstream.delete', expect.any(Array)])
})

describe('secrets', () => {
  test('are in no table, no response and no audit event', async () => {
    const reported: unknown[] = []
    const note = async (reply: Promise<unknown>) => reported.push(await reply)
    const input = {
      name: 'secretive',
      kind: 'GENERIC',
      baseUrl: one.baseUrl,
      credentials: [{ secret: SECRET }],
      headers: [{ name: 'x-closed', value: 'unseen-header-value', secret: true }],
    }
    const { upstream } = await run(CREATE, input)
    reported.push(upstream)
    await note(run(CREATE, input))
    await note(run(CREATE, { ...input, name: 'Bad Name' }))
    await note(run(CREATE, { ...input, credentials: [{ secret: `${SECRET} `, weight: 0 }] }))
    await note(
      latchkey.graphql(CREATE, { input: { ...input, credentials: [{ secret: SECRET, weight: 'x' }] } }),
    )
    await note(run(UPDATE, { id: upstream.id, baseUrl: two.baseUrl }))
    await note(run(UPDATE, { id: upstream.id, credentials: [{ secret: `${SECRET}-new` }] }))
    await note(latchkey.graphql(`{ upstreams(first: 100) { nodes { ${FIELDS} } } }`))
    const { prisma } = latchkey.app.store
    const rows = inspect(
      [
        await prisma.upstream.findMany({ include: { credentials: true, headers: true } }),
        await prisma.auditEvent.findMany(),
        await prisma.requestLog.findMany(),
      ],
      { depth: 9, maxArrayLength: null, maxStringLength: null },
    )
    for (const text of [rows, JSON.stringify(reported)]) {
      expect(text).not.toContain(SECRET)
      expect(text).not.toContain('unseen-header-value')
      expect(text).not.toContain('sk-environment-9876')
      expect(text).not.toContain(Buffer.from(SECRET).toString('base64').slice(4, 24))
    }
    // Their sealed form is not shown either.
    const sealed = await prisma.upstreamCredential.findMany()
    for (const { encryptedSecret } of sealed) expect(JSON.stringify(reported)).not.toContain(encryptedSecret)
  })

  test('that were tampered with are not sent, nor is anything in their place', async () => {
    const { prisma } = latchkey.app.store
    const elsewhere = await made({ baseUrl: two.baseUrl, credentials: [{ secret: 'sk-meant-for-two' }] })
    const [{ id: foreignId }] = elsewhere.credentials
    const foreign = await prisma.upstreamCredential.findUniqueOrThrow({
      where: { id: Number(foreignId.slice('cred_'.length)) },
    })
    const upstream = await made({ credentials: [{ secret: SECRET }] })
    const model = await modelTo(upstream.id)
    const where = { id: Number(upstream.credentials[0].id.slice('cred_'.length)) }
    const { encryptedSecret } = await prisma.upstreamCredential.findUniqueOrThrow({ where })
    const changed = `${encryptedSecret.slice(0, 30)}${encryptedSecret[30] === 'A' ? 'B' : 'A'}${encryptedSecret.slice(31)}`
    for (const token of [changed, foreign.encryptedSecret, SECRET, '']) {
      await prisma.upstreamCredential.update({ where, data: { encryptedSecret: token } })
      // Any change has the routes built anew.
      await run(UPDATE, { id: elsewhere.id, idleTimeoutMs: 1_000 + names++ })
      expect((await chat(latchkey, secret, { model })).status).toBe(404)
      expect((await get(upstream.id)).credentials).toMatchObject([{ readable: false }])
    }
    expect(one.received).toEqual([])
    const again = { id: upstream.id, credentials: [{ id: upstream.credentials[0].id, secret: 'sk-again' }] }
    expect((await run(UPDATE, again)).upstream.credentials).toMatchObject([{ readable: true }])
    expect((await chat(latchkey, secret, { model })).status).toBe(200)
  })
})

test('the list has those of the environment last, and pages in both directions', async () => {
  const [older, newer] = [await made(), await made()]
  const page = async (args: string) =>
    (
      await latchkey.graphql(
        `{ upstreams(${args}) { nodes { id name source version } pageInfo { hasNextPage hasPreviousPage endCursor } totalCount } }`,
      )
    ).data.upstreams
  const first = await page('first: 2')
  expect(first.nodes.map(({ id }: { id: string }) => id)).toEqual([newer.id, older.id])
  expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false })
  const last = await page('last: 1')
  expect(last.nodes).toEqual([{ id: 'ups_env_openai', name: 'openai', source: 'ENVIRONMENT', version: null }])
  expect((await page(`first: 100, after: "${older.id}"`)).nodes.at(-1)).toEqual(last.nodes[0])
  expect((await page(`last: 1, before: "ups_env_openai"`)).nodes[0].source).toBe('DATABASE')
  expect(first.totalCount).toBe((await latchkey.app.store.prisma.upstream.count()) + 1)
  const searched = await page(`search: "${newer.name.toUpperCase()}"`)
  expect(searched).toMatchObject({ nodes: [{ id: newer.id }], totalCount: 1 })
  expect((await page('search: "OpenAI"')).nodes).toContainEqual(last.nodes[0])
  const environment = await get('ups_env_openai')
  expect(environment).toMatchObject({
    kind: 'OPENAI',
    credentials: [{ id: null, lastFour: null }],
    enabled: true,
  })
})

test('where private networks are refused, so are upstreams in them, those already there too', async () => {
  const strict = await startLatchkey({ env: { LATCHKEY_PRIVATE_UPSTREAMS: 'refuse' } })
  try {
    for (const baseUrl of [
      'http://127.0.0.1:1/v1',
      'http://localhost:1/v1',
      'http://[::1]/v1',
      'http://10.0.0.1/v1',
    ]) {
      const { data } = await strict.graphql(CREATE, { input: { name: 'private', kind: 'GENERIC', baseUrl } })
      expect(data.createUpstream.userErrors).toMatchObject([{ code: 'INVALID', field: ['input', 'baseUrl'] }])
    }
    const now = new Date()
    const part = { kind: 'GENERIC', authStyle: 'BEARER', enabled: true, createdAt: now, updatedAt: now }
    const { id } = await strict.app.store.prisma.upstream.create({
      data: { ...part, name: 'old', baseUrl: one.baseUrl },
    })
    const input = { name: 'm', routes: [{ upstreamId: `ups_${id}` }] }
    expect((await strict.graphql(CREATE_MODEL, { input })).data.createModel.userErrors).toEqual([])
    expect((await chat(strict, (await strict.createKey()).secret, { model: 'm' })).status).toBe(404)
    expect(one.received).toEqual([])
  } finally {
    await strict.close()
  }
})
