// Listing API keys over GraphQL: pages, filters, ids.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call } from '../../support/api/client.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'

let nowMs = Date.parse('2026-11-22T10:00:00Z')
let latchkey: TestLatchkey
beforeAll(async () => {
  latchkey = await startLatchkey({ clock: () => nowMs })
  const create = 'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { apiKey { id } } }'
  const names = ['Alpha', 'beta', 'GAMMA 100%', 'my_key', 'my-key', 'Ünïcode', 'x7', 'x8']
  for (const name of names) {
    const input = {
      name,
      description: name === 'beta' ? 'for the Billing team' : null,
      expiresInDays: name === 'x7' ? 1 : null,
    }
    await latchkey.graphql(create, { input })
  }
  await latchkey.graphql('mutation { revokeApiKey(input: { id: "key_8" }) { apiKey { id } } }')
  nowMs += 2 * 86_400_000
})
afterAll(() => latchkey.close())

const LIST = `query ($first: Int, $after: String, $last: Int, $before: String, $filter: ApiKeyFilter) {
  apiKeys(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
    nodes { name } edges { cursor node { id } } totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`

async function list(variables: Record<string, unknown> = {}) {
  const { data, errors } = await latchkey.graphql(LIST, variables)
  if (errors !== undefined) throw new Error(JSON.stringify(errors))
  return data.apiKeys
}
async function names(variables: Record<string, unknown> = {}): Promise<string[]> {
  return (await list(variables)).nodes.map((node: { name: string }) => node.name)
}

describe('pages', () => {
  test('run from the newest to the oldest, and every key is on one', async () => {
    const seen: string[] = []
    let after: string | null = null
    do {
      const page = await list({ first: 3, after })
      seen.push(...page.nodes.map((node: { name: string }) => node.name))
      expect(page.totalCount).toBe(8)
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null
    } while (after !== null)
    expect(seen).toEqual(['x8', 'x7', 'Ünïcode', 'my-key', 'my_key', 'GAMMA 100%', 'beta', 'Alpha'])
  })

  test('run back from the oldest', async () => {
    const oldest = await list({ last: 3 })
    expect(oldest.nodes.map((node: { name: string }) => node.name)).toEqual(['GAMMA 100%', 'beta', 'Alpha'])
    expect(oldest.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true })
    expect(await names({ last: 2, before: oldest.pageInfo.startCursor })).toEqual(['my-key', 'my_key'])
  })

  test('go on from a key that has been deleted', async () => {
    const { data } = await latchkey.graphql(
      'mutation { createApiKey(input: { name: "brief" }) { apiKey { id } } }',
    )
    const page = await list({ first: 1 })
    expect(page.nodes).toEqual([{ name: 'brief' }])
    await latchkey.graphql(
      'mutation ($id: ID!) { deleteApiKey(input: { id: $id }) { deletedId } }',
      data.createApiKey.apiKey,
    )
    expect(await names({ first: 2, after: page.pageInfo.endCursor })).toEqual(['x8', 'x7'])
  })

  test.for<[Record<string, unknown>, string]>([
    [{ first: -1 }, 'first must be from 0 to 100; it is -1.'],
    [{ first: 101 }, 'first must be from 0 to 100; it is 101.'],
    [{ last: 101 }, 'last must be from 0 to 100; it is 101.'],
    [{ first: 1, last: 1 }, 'Page either with first and after, or with last and before; not with both.'],
    [{ after: 'nonsense' }, 'after is not a cursor of this list. Pass on a cursor as the API gave it.'],
    [
      { after: `req_${'0'.repeat(32)}` },
      'after is not a cursor of this list. Pass on a cursor as the API gave it.',
    ],
    [{ after: '' }, 'after is not a cursor of this list. Pass on a cursor as the API gave it.'],
    [
      { before: 'key_99999999999' },
      'before is not a cursor of this list. Pass on a cursor as the API gave it.',
    ],
    [{ filter: { search: 'x'.repeat(201) } }, 'filter.search must be plain text of at most 200 characters.'],
    [{ filter: { search: 'nul\u0000' } }, 'filter.search must be plain text of at most 200 characters.'],
  ])('%j is refused', async ([variables, message]) => {
    const { data, errors } = await latchkey.graphql(LIST, variables)
    expect(data).toBeNull()
    expect(errors?.[0]).toMatchObject({ message, extensions: { code: 'BAD_USER_INPUT' } })
  })
})

describe('filters', () => {
  test.for<[Record<string, unknown>, string[]]>([
    [{ status: ['ACTIVE'] }, ['Ünïcode', 'my-key', 'my_key', 'GAMMA 100%', 'beta', 'Alpha']],
    [{ status: ['EXPIRED'] }, ['x7']],
    [{ status: ['REVOKED'] }, ['x8']],
    [{ status: ['EXPIRED', 'REVOKED', 'EXPIRED'] }, ['x8', 'x7']],
    [{ status: [] }, []],
    [{ status: null }, ['x8', 'x7', 'Ünïcode', 'my-key', 'my_key', 'GAMMA 100%', 'beta', 'Alpha']],
    [{ search: 'ALPHA' }, ['Alpha']],
    [{ search: 'gamma' }, ['GAMMA 100%']],
    [{ search: 'billing' }, ['beta']],
    [{ search: 'Ünï' }, ['Ünïcode']],
    [{ search: '100%' }, ['GAMMA 100%']],
    [{ search: '%' }, ['GAMMA 100%']],
    [{ search: 'my_' }, ['my_key']],
    [{ search: "' OR 1=1 --" }, []],
    [{ search: 'x', status: ['EXPIRED'] }, ['x7']],
    [{ search: '  ' }, ['x8', 'x7', 'Ünïcode', 'my-key', 'my_key', 'GAMMA 100%', 'beta', 'Alpha']],
  ])('%j finds %j', async ([filter, found]) => {
    const page = await list({ filter })
    expect(page.nodes.map((node: { name: string }) => node.name)).toEqual(found)
    expect(page.totalCount).toBe(found.length)
  })

  test("the secret's first characters find it", async () => {
    const { data } = await latchkey.graphql('{ apiKey(id: "key_1") { start } }')
    expect(await names({ filter: { search: data.apiKey.start.toUpperCase() } })).toEqual(['Alpha'])
  })
})

describe('ids', () => {
  test('node and nodes know what an id is of', async () => {
    const { secret } = await latchkey.createKey({ name: 'client' })
    const { requestId } = await call(latchkey, secret)
    const { data } = await latchkey.graphql(
      `query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on ApiKey { name } ... on RequestLog { outcome } } }`,
      { ids: ['key_1', requestId, 'key_2147483647', `req_${'0'.repeat(32)}`] },
    )
    expect(data.nodes).toEqual([
      { __typename: 'ApiKey', id: 'key_1', name: 'Alpha' },
      { __typename: 'RequestLog', id: requestId, outcome: 'SUCCESS' },
      null,
      null,
    ])
    const one = await latchkey.graphql('query ($id: ID!) { node(id: $id) { __typename id } }', {
      id: requestId,
    })
    expect(one.data).toEqual({ node: { __typename: 'RequestLog', id: requestId } })
  })

  test.for([
    '{ node(id: "nonsense") { id } }',
    '{ nodes(ids: ["key_1", "QXBpS2V5OjE="]) { id } }',
    '{ apiKey(id: "nonsense") { id } }',
    `{ apiKey(id: "req_${'0'.repeat(32)}") { id } }`,
    '{ apiKey(id: "1") { id } }',
    '{ requestLog(id: "key_1") { id } }',
    '{ requestLog(id: "req_1") { id } }',
    `{ nodes(ids: [${'"key_1",'.repeat(101)}]) { id } }`,
  ])('%s is refused', async (query) => {
    const { errors } = await latchkey.graphql(query)
    expect(errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT')
  })

  test('what does not exist is null', async () => {
    const { data } = await latchkey.graphql(
      `{ apiKey(id: "key_2147483647") { id } requestLog(id: "req_${'0'.repeat(32)}") { id } }`,
    )
    expect(data).toEqual({ apiKey: null, requestLog: null })
  })
})
