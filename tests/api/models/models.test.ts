// Models that admins manage: public names and patterns, where their calls go, what stands for `auto`.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { auditOf } from '../../support/api/audit-trail.ts'
import { runMutation } from '../../support/api/run-mutation.ts'
import { chat } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { logOf } from '../../support/server/request-logs.ts'
import { COMPLETION } from '../../support/upstreams/chat-responses.ts'
import { json, startUpstream, type TestUpstream } from '../../support/upstreams/upstream.ts'

const FIELDS = `id name routes { upstream { id name } upstreamModel priority weight } isDefault enabled maxOutputTokens
  price { base { unit usd } tiers { aboveInputTokens prices { unit usd } } } listPrice { base { unit usd } } priceSource createdAt updatedAt version`
const ERRORS = 'userErrors { code field message }'
const CREATE = `mutation ($input: CreateModelInput!) { createModel(input: $input) { model { ${FIELDS} } ${ERRORS} } }`
const UPDATE = `mutation ($input: UpdateModelInput!) { updateModel(input: $input) { model { ${FIELDS} } ${ERRORS} } }`
const DELETE = `mutation ($input: DeleteModelInput!) { deleteModel(input: $input) { deletedId ${ERRORS} } }`
const CREATE_UPSTREAM = `mutation ($input: CreateUpstreamInput!) { createUpstream(input: $input) { upstream { id } ${ERRORS} } }`
const START = '2026-11-22T10:00:00.000Z'

let one: TestUpstream
let two: TestUpstream
let latchkey: TestLatchkey
let secret = ''
let oneId = ''
let twoId = ''
let names = 0

beforeAll(async () => {
  one = await startUpstream((request, response) =>
    request.path === '/v1/models'
      ? json(response, 200, { data: [{ id: 'gpt-listed' }, { id: 'other' }] })
      : json(response, 200, COMPLETION),
  )
  two = await startUpstream((_request, response) => json(response, 200, COMPLETION))
  latchkey = await startLatchkey({ clock: () => Date.parse(START) })
  secret = (await latchkey.createKey()).secret
  const upstream = async (name: string, { baseUrl }: TestUpstream) =>
    (await latchkey.graphql(CREATE_UPSTREAM, { input: { name, kind: 'GENERIC', baseUrl } })).data
      .createUpstream.upstream.id
  oneId = await upstream('one', one)
  twoId = await upstream('two', two)
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
  runMutation<'model'>(latchkey, mutation, input)

async function made(fields: Record<string, unknown> = {}) {
  const input = { name: `made-${++names}`, routes: [{ upstreamId: oneId }], ...fields }
  const { model, userErrors } = await run(CREATE, input)
  expect(userErrors).toEqual([])
  return model
}

const get = async (id: string) =>
  (await latchkey.graphql(`query ($id: ID!) { model(id: $id) { ${FIELDS} } }`, { id })).data.model

const listed = async () => {
  const reply = await fetch(`${latchkey.url}/v1/models`, { headers: { authorization: `Bearer ${secret}` } })
  const { data } = (await reply.json()) as { data: { id: string }[] }
  return data.map(({ id }) => id)
}

const IMAGE_PRICE = { base: [{ unit: 'IMAGE', usd: '0.04' }] }

describe('create', () => {
  test('returns the model, its routes in the order to be tried', async () => {
    const model = await made({
      name: 'public/name:1',
      routes: [
        { upstreamId: twoId, upstreamModel: 'there', priority: 1 },
        { upstreamId: oneId, weight: 9 },
      ],
      maxOutputTokens: 4_096,
      price: {
        base: [
          { unit: 'OUTPUT_TOKEN', usd: '0' },
          { unit: 'INPUT_TOKEN', usd: '1.250' },
        ],
        tiers: [{ aboveInputTokens: 200_000, prices: [{ unit: 'INPUT_TOKEN', usd: 2.5 }] }],
      },
    })
    expect(model).toEqual({
      id: expect.stringMatching(/^mdl_\d+$/),
      name: 'public/name:1',
      routes: [
        { upstream: { id: oneId, name: 'one' }, upstreamModel: 'public/name:1', priority: 0, weight: 9 },
        { upstream: { id: twoId, name: 'two' }, upstreamModel: 'there', priority: 1, weight: 1 },
      ],
      isDefault: false,
      enabled: true,
      maxOutputTokens: 4_096,
      price: {
        base: [
          { unit: 'INPUT_TOKEN', usd: '1.25' },
          { unit: 'OUTPUT_TOKEN', usd: '0' },
        ],
        tiers: [{ aboveInputTokens: 200_000, prices: [{ unit: 'INPUT_TOKEN', usd: '2.5' }] }],
      },
      listPrice: null,
      priceSource: 'OVERRIDE',
      createdAt: START,
      updatedAt: START,
      version: 1,
    })
    expect(await get(model.id)).toEqual(model)
    const node = await latchkey.graphql('query ($id: ID!) { node(id: $id) { __typename id } }', {
      id: model.id,
    })
    expect(node.data.node).toEqual({ __typename: 'Model', id: model.id })
    expect(await auditOf(latchkey, model.id)).toEqual([['model.create', expect.any(Array)]])
    expect(await listed()).toContain('public/name:1')
  })

  test.for<[Record<string, unknown>, string, string]>([
    [{ name: '' }, 'REQUIRED', 'name'],
    [{ name: 'a b' }, 'INVALID', 'name'],
    [{ name: 'auto' }, 'INVALID', 'name'],
    [{ name: 'x'.repeat(257) }, 'TOO_LONG', 'name'],
    [{ routes: [] }, 'REQUIRED', 'routes'],
    [{ routes: [{ upstreamId: 'ups_999999' }] }, 'NOT_FOUND', 'routes'],
    [{ routes: [{ upstreamId: 'key_1' }] }, 'INVALID', 'routes'],
    [{ routes: [{ upstreamId: 'ups_env_echo' }] }, 'INVALID', 'routes'],
    [{ name: 'p-*', isDefault: true }, 'INVALID', 'isDefault'],
    [{ maxOutputTokens: 0 }, 'OUT_OF_RANGE', 'maxOutputTokens'],
    [{ price: { base: [{ unit: 'IMAGE', usd: '-1' }] } }, 'OUT_OF_RANGE', 'price.base.0.usd'],
    [{ price: { base: [] } }, 'REQUIRED', 'price.base'],
  ])('refuses %j with %s', async ([input, code, field]) => {
    const base = { name: `refused-${++names}`, routes: [{ upstreamId: oneId }] }
    const { model, userErrors } = await run(CREATE, { ...base, ...input })
    expect(model).toBeNull()
    expect(userErrors).toMatchObject([{ code, field: ['input', ...field.split('.')] }])
    expect(await latchkey.app.store.prisma.model.count({ where: { name: base.name } })).toBe(0)
  })

  test('of two of one name at once, one is made', async () => {
    const input = { name: 'twins', routes: [{ upstreamId: oneId }] }
    const responses = await Promise.all([run(CREATE, input), run(CREATE, input)])
    expect(responses.flatMap(({ userErrors }) => userErrors.map(({ code }) => code))).toEqual(['TAKEN'])
  })
})

describe('a call', () => {
  test('follows the routes as they are now', async () => {
    const model = await made()
    await chat(latchkey, secret, { model: model.name })
    await run(UPDATE, { id: model.id, routes: [{ upstreamId: twoId, upstreamModel: 'elsewhere' }] })
    const reply = await chat(latchkey, secret, { model: model.name })
    expect(one.received).toMatchObject([{ json: { model: model.name } }])
    expect(two.received).toMatchObject([{ json: { model: 'elsewhere' } }])
    expect(await logOf(latchkey, reply)).toMatchObject({ upstream: 'two', resolvedModel: 'elsewhere' })
  })

  test('of a pattern keeps what the pattern left open', async () => {
    const model = await made({ name: 'eu/*', routes: [{ upstreamId: oneId, upstreamModel: 'gpt-*' }] })
    await chat(latchkey, secret, { model: 'eu/5-mini' })
    expect(one.received).toMatchObject([{ json: { model: 'gpt-5-mini' } }])
    expect(await listed()).toEqual(expect.arrayContaining(['eu/listed']))
    expect(await listed()).not.toContain('other')
    await run(DELETE, { id: model.id })
    expect((await chat(latchkey, secret, { model: 'eu/5-mini' })).status).toBe(404)
    expect(await listed()).not.toContain('eu/listed')
  })

  test('of equals is shared by weight, and goes to no lower priority', async () => {
    const model = await made({
      routes: [
        { upstreamId: oneId, upstreamModel: 'a' },
        { upstreamId: oneId, upstreamModel: 'b' },
        { upstreamId: twoId, priority: 1 },
      ],
    })
    // Each is a conversation of its own: those of one would stay together.
    for (let calls = 0; calls < 40; calls++)
      await chat(latchkey, secret, { model: model.name, prompt_cache_key: String(calls) })
    const asked = new Set(one.received.map((request) => (request.json as { model: string }).model))
    // One of two equals is missed by 40 calls once in 2^39.
    expect(asked).toEqual(new Set(['a', 'b']))
    expect(two.received).toEqual([])
  })

  test('of many that are made the default at once, one is', async () => {
    const many = await Promise.all(Array.from({ length: 8 }, () => made({ isDefault: true })))
    await Promise.all(many.slice(0, 4).map(({ id }) => run(UPDATE, { id, isDefault: true })))
    const defaults = await latchkey.app.store.prisma.model.findMany({ where: { isDefault: true } })
    expect(defaults).toHaveLength(1)
    await run(UPDATE, { id: `model_${defaults[0]?.id}`, isDefault: false })
  })

  test('for auto goes to the default, of which there is one', async () => {
    const first = await made({ isDefault: true })
    await chat(latchkey, secret, { model: 'auto' })
    const second = await made({ routes: [{ upstreamId: twoId }] })
    await run(UPDATE, { id: second.id, isDefault: true })
    await chat(latchkey, secret, { model: 'local-gemini-auto' })
    expect(one.received).toMatchObject([{ json: { model: first.name } }])
    expect(two.received).toMatchObject([{ json: { model: second.name } }])
    expect(await get(first.id)).toMatchObject({ isDefault: false, version: 2 })
    expect((await auditOf(latchkey, first.id)).at(-1)).toEqual([
      'model.update',
      [{ path: 'isDefault', before: true, after: false }],
    ])
    const { data } = await latchkey.graphql('{ server { defaultModel models } }')
    expect(data.server.defaultModel).toBe(second.name)
    expect(data.server.models).toEqual(expect.arrayContaining([first.name, second.name, 'echo']))
    await run(DELETE, { id: second.id })
    const reply = await chat(latchkey, secret, { model: 'auto' })
    expect(await logOf(latchkey, reply)).toMatchObject({ upstream: 'echo', resolvedModel: 'echo' })
  })

  test('for a model that is disabled is refused', async () => {
    const model = await made()
    await run(UPDATE, { id: model.id, enabled: false })
    expect((await chat(latchkey, secret, { model: model.name })).status).toBe(404)
    expect(await listed()).not.toContain(model.name)
    expect(one.received.filter(({ path }) => path !== '/v1/models')).toEqual([])
  })

  test('for what the environment has goes there as before', async () => {
    expect(await (await chat(latchkey, secret, { model: 'echo' })).json()).toMatchObject({
      choices: [{ message: { content: 'hello' } }],
    })
  })
})

describe('update', () => {
  test('changes what is given, and audits each change', async () => {
    const model = await made({ price: IMAGE_PRICE, maxOutputTokens: 10 })
    const { model: after } = await run(UPDATE, {
      id: model.id,
      maxOutputTokens: null,
      routes: [
        { upstreamId: oneId, weight: 2 },
        { upstreamId: twoId, priority: 1 },
      ],
      expectedVersion: 1,
    })
    expect(after).toMatchObject({ maxOutputTokens: null, version: 2, price: IMAGE_PRICE })
    expect(await get(model.id)).toEqual(after)
    await run(UPDATE, { id: model.id, price: null, enabled: false })
    expect(await get(model.id)).toMatchObject({ price: null, enabled: false, version: 3 })
    const { name } = model
    expect(await auditOf(latchkey, model.id)).toEqual([
      ['model.create', expect.any(Array)],
      [
        'model.update',
        [
          { path: 'maxOutputTokens', before: 10, after: null },
          {
            path: 'routes',
            before: [`one: ${name} (priority 0, weight 1)`],
            after: [`one: ${name} (priority 0, weight 2)`, `two: ${name} (priority 1, weight 1)`],
          },
        ],
      ],
      [
        'model.update',
        [
          { path: 'enabled', before: true, after: false },
          { path: 'price.base.image', before: 40_000_000_000_000, after: null },
        ],
      ],
    ])
  })

  test('that changes nothing leaves no trace', async () => {
    const model = await made({ price: { base: [{ unit: 'IMAGE', usd: '0.01' }] } })
    const same = { id: model.id, name: model.name, routes: [{ upstreamId: oneId }], enabled: true }
    expect((await run(UPDATE, same)).model).toEqual(model)
    expect(await auditOf(latchkey, model.id)).toHaveLength(1)
  })

  test('of a version that is old is STALE', async () => {
    const model = await made()
    await run(UPDATE, { id: model.id, enabled: false })
    expect((await run(UPDATE, { id: model.id, enabled: true, expectedVersion: 1 })).userErrors).toMatchObject(
      [{ code: 'STALE', field: ['input', 'expectedVersion'] }],
    )
  })

  test('to a name that is taken, or of what is not there, is refused', async () => {
    const [a, b] = [await made(), await made()]
    expect((await run(UPDATE, { id: b.id, name: a.name })).userErrors).toMatchObject([{ code: 'TAKEN' }])
    for (const [id, code] of [
      ['mdl_999999', 'NOT_FOUND'],
      ['ups_1', 'INVALID'],
    ]) {
      expect((await run(UPDATE, { id, enabled: false })).userErrors).toMatchObject([
        { code, field: ['input', 'id'] },
      ])
      expect((await run(DELETE, { id })).userErrors).toMatchObject([{ code, field: ['input', 'id'] }])
    }
  })
})

test('delete takes the name away, with an audit event', async () => {
  const model = await made()
  expect(await run(DELETE, { id: model.id })).toMatchObject({ deletedId: model.id, userErrors: [] })
  expect(await get(model.id)).toBeNull()
  expect((await chat(latchkey, secret, { model: model.name })).status).toBe(404)
  expect((await auditOf(latchkey, model.id)).at(-1)).toEqual(['model.delete', expect.any(Array)])
})

test('the list pages in both directions, newest first', async () => {
  const [older, newer] = [await made(), await made()]
  const page = async (args: string) =>
    (await latchkey.graphql(`{ models(${args}) { nodes { id } pageInfo { hasNextPage } totalCount } }`)).data
      .models
  const first = await page('first: 2')
  expect(first.nodes).toEqual([{ id: newer.id }, { id: older.id }])
  expect(first.totalCount).toBe(await latchkey.app.store.prisma.model.count())
  expect((await page(`last: 1, before: "${older.id}"`)).nodes).toEqual([{ id: newer.id }])
  expect((await page(`first: 1, after: "${newer.id}"`)).nodes).toEqual([{ id: older.id }])
})

test('the list is searched by a part of the name or the external id, in any case, page by page', async () => {
  const [older, newer] = [
    await made({ name: 'Search_A%-small' }),
    await made({ name: 'other-small', externalId: 'search_a%-2' }),
  ]
  await made({ name: 'searchXa-small' })
  const page = async (args: string) => {
    const { data, errors } = await latchkey.graphql(
      `{ models(${args}) { nodes { id } pageInfo { hasNextPage } totalCount } }`,
    )
    return errors ?? data.models
  }
  const rest = { pageInfo: { hasNextPage: false }, totalCount: 2 }
  expect(await page('search: " SEARCH_a% "')).toEqual({
    nodes: [{ id: newer.id }, { id: older.id }],
    ...rest,
  })
  expect(await page(`search: "search_a%", after: "${newer.id}"`)).toEqual({
    nodes: [{ id: older.id }],
    ...rest,
  })
  expect((await page(`search: "search_a%", last: 1`)).nodes).toEqual([{ id: older.id }])
  expect((await page('search: "no such"')).nodes).toEqual([])
  expect(await page(`search: "${'x'.repeat(201)}"`)).toMatchObject([
    {
      message: 'search must be plain text of at most 200 characters.',
      extensions: { code: 'BAD_USER_INPUT' },
    },
  ])
})
