// Automatic persisted queries, and queries that come as a GET.
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PASSWORD, sessionHeaders, signIn } from '../../support/api/client.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'

let latchkey: TestLatchkey
let session: Record<string, string>
beforeAll(async () => {
  latchkey = await startLatchkey({ env: { LATCHKEY_ADMIN_PASSWORD: PASSWORD } })
  session = sessionHeaders(await signIn(latchkey))
})
afterAll(() => latchkey.close())

const token = () => ({ authorization: `Bearer ${latchkey.adminToken}` })
const persisted = (query: string) => ({
  persistedQuery: { version: 1, sha256Hash: createHash('sha256').update(query).digest('hex') },
})

async function post(body: Record<string, unknown>, headers: Record<string, string> = token()) {
  const response = await fetch(`${latchkey.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  return read(response)
}

async function get(
  parameters: Record<string, string> | string,
  headers: Record<string, string> = { ...token(), 'x-graphql-csrf': '1' },
  method = 'GET',
) {
  const search = new URLSearchParams(parameters)
  return read(await fetch(`${latchkey.url}/graphql?${search}`, { method, headers }))
}

async function read(response: Response) {
  const text = await response.text()
  const { data, errors } = text === '' ? {} : JSON.parse(text)
  const error = errors?.[0]
  return {
    status: response.status,
    headers: response.headers,
    data,
    code: error?.extensions.code,
    message: error?.message,
  }
}

describe('a persisted query', () => {
  test('is asked for once, and then run by its hash alone, with GET and POST', async () => {
    const query = 'query Named($id: ID!) { node(id: $id) { id } server { version } }'
    const { id } = await latchkey.createKey()
    const variables = { id: `key_${id}` }
    const unknown = await post({ variables, extensions: persisted(query) })
    expect(unknown).toMatchObject({
      status: 200,
      data: undefined,
      code: 'PERSISTED_QUERY_NOT_FOUND',
      message: 'PersistedQueryNotFound',
    })
    const sent = await post({ query, variables, extensions: persisted(query) })
    expect(sent.data.node.id).toBe(`key_${id}`)
    expect((await post({ variables, extensions: persisted(query) })).data).toEqual(sent.data)
    const parameters = { variables: JSON.stringify(variables), extensions: JSON.stringify(persisted(query)) }
    expect((await get(parameters)).data).toEqual(sent.data)
    // A session is another client, and has it too.
    expect((await post({ variables, extensions: persisted(query) }, session)).data).toEqual(sent.data)
  })

  test('may be registered by a GET', async () => {
    const query = '{ registered: server { version } }'
    await get({ query, extensions: JSON.stringify(persisted(query)) })
    expect((await get({ extensions: JSON.stringify(persisted(query)) })).data.registered).toBeDefined()
  })

  test.for<[string, Record<string, unknown>, string]>([
    [
      'the hash of another text',
      persisted('{ viewer { type } }'),
      'extensions.persistedQuery.sha256Hash: provided sha does not match query.',
    ],
    [
      'another version',
      { persistedQuery: { ...persisted('').persistedQuery, version: 2 } },
      'extensions.persistedQuery.version: it must be 1.',
    ],
    ['no object', { persistedQuery: 'x' }, 'extensions.persistedQuery.version: it must be 1.'],
    [
      'a hash of no such form',
      { persistedQuery: { version: 1, sha256Hash: 'ABC' } },
      'extensions.persistedQuery.sha256Hash: it must be the SHA-256 of the query, in 64 hexadecimal digits of lower case.',
    ],
  ])('is refused with %s', async ([, extensions, message]) => {
    const query = '{ viewer { name } }'
    expect(await post({ query, extensions })).toMatchObject({ status: 400, code: 'BAD_USER_INPUT', message })
    expect((await post({ extensions: persisted(query) })).code).toBe('PERSISTED_QUERY_NOT_FOUND')
  })

  test('is neither registered nor found by whoever is not signed in', async () => {
    const query = '{ viewer { name kept: name } }'
    expect((await post({ query, extensions: persisted(query) }, {})).data).toEqual({ viewer: null })
    expect((await post({ extensions: persisted(query) })).code).toBe('PERSISTED_QUERY_NOT_FOUND')
    await post({ query, extensions: persisted(query) })
    expect(await post({ extensions: persisted(query) }, {})).toMatchObject({
      status: 200,
      code: 'PERSISTED_QUERY_NOT_SUPPORTED',
      message: 'PersistedQueryNotSupported',
    })
  })

  test('is kept within bounds: no text without an operation, none too long, and the longest unused makes room', async () => {
    const kept = async (query: string) => (await post({ extensions: persisted(query) })).code === undefined
    const register = (query: string) => post({ query, extensions: persisted(query) })
    await register('{')
    expect(await kept('{')).toBe(false)
    const long = (name: string) => `{ ${name}: server { version } } #${name.padEnd(32_000, '.')}`
    await register(`${long('a0')}${'x'.repeat(1_000)}`)
    expect(await kept(`${long('a0')}${'x'.repeat(1_000)}`)).toBe(false)
    // 65 of them fill it.
    for (let n = 1; n <= 70; n++) await register(long(`a${n}`))
    expect([await kept(long('a1')), await kept(long('a70'))]).toEqual([false, true])
  })

  test('is checked as any other: a scope that is missing, and an Idempotency-Key', async () => {
    const created = await latchkey.graphql(
      'mutation { createAdminToken(input: { name: "audits", scopes: ["audit:read"] }) { token userErrors { message } } }',
    )
    const query =
      'mutation Make($name: String!) { createApiKey(input: { name: $name }) { apiKey { id } secret } }'
    const body = { variables: { name: 'persisted' }, extensions: persisted(query) }
    await post({ query, ...body, variables: { name: 'first' } })
    const { token: narrow } = created.data.createAdminToken
    expect((await post(body, { authorization: `Bearer ${narrow}` })).code).toBe('FORBIDDEN')
    const key = { ...token(), 'idempotency-key': 'persisted-1' }
    const first = await post(body, key)
    // With its text or without, it is the same request.
    const again = await post({ query, ...body }, key)
    expect(again.message).toContain('is not kept')
    expect([again.data.createApiKey, again.headers.get('idempotency-replayed')]).toEqual([
      { apiKey: first.data.createApiKey.apiKey, secret: null },
      'true',
    ])
  })
})

describe('a GET', () => {
  const query = '{ server { version } }'

  test('runs a query of an admin token, and says nothing to caches', async () => {
    for (const header of ['x-graphql-csrf', 'apollo-require-preflight']) {
      const { status, data, headers } = await get({ query }, { ...token(), [header]: '1' })
      expect([status, Object.keys(data), headers.get('cache-control')]).toEqual([200, ['server'], 'no-store'])
    }
    expect((await get({ query }, { ...token(), 'x-graphql-csrf': '1' }, 'HEAD')).status).toBe(200)
  })

  test('never runs for a cookie, even with the secret of the session', async () => {
    const headers = { ...session, 'x-graphql-csrf': '1' }
    expect(await get({ query }, headers)).toMatchObject({
      status: 401,
      code: 'UNAUTHENTICATED',
      data: undefined,
    })
  })

  test('needs a header that no link can send', async () => {
    expect(await get({ query }, token())).toMatchObject({ status: 403, code: 'FORBIDDEN' })
    expect(await get({ query }, { ...token(), 'x-graphql-csrf': '' })).toMatchObject({ status: 403 })
    expect((await get({ query }, { authorization: 'Bearer wrong', 'x-graphql-csrf': '1' })).status).toBe(401)
  })

  test.for([
    'mutation { createApiKey(input: { name: "by-get" }) { apiKey { id } } }',
    'query A { server { version } } mutation B { createApiKey(input: { name: "by-get" }) { apiKey { id } } }',
    'subscription { requestLogTail { dropped } }',
  ])('never changes anything: %s', async (text) => {
    const operationName: Record<string, string> = text.startsWith('query') ? { operationName: 'B' } : {}
    const count = async () =>
      (await latchkey.graphql('{ apiKeys(filter: { search: "by-get" }) { totalCount } }')).data.apiKeys
        .totalCount
    // Its text is known, and the hash stands for it.
    await post({ query: text, operationName: 'Neither', extensions: persisted(text) })
    await post({ query: text, ...operationName, extensions: persisted(text) })
    const before = await count()
    const sent: Record<string, string>[] = [{ query: text }, { extensions: JSON.stringify(persisted(text)) }]
    for (const parameters of sent) {
      const response = await get({ ...parameters, ...operationName })
      expect([response.status, response.headers.get('allow'), response.code]).toEqual([
        405,
        'POST',
        'METHOD_NOT_ALLOWED',
      ])
    }
    expect(await count()).toBe(before)
  })

  test.for<[string, string]>([
    ['query={__typename}&variables=[1]', 'variables: it must be a JSON object, URL-encoded.'],
    ['query={__typename}&variables={', 'variables: it must be a JSON object, URL-encoded.'],
    ['query={__typename}&query={__typename}', 'query: the URL has it twice. Send it once.'],
    [
      'query={__typename}&token=x',
      'The URL has a parameter that is not known here. Those that are: query, operationName, variables, extensions.',
    ],
  ])('that is wrong is a 400 that says why: %s', async ([search, message]) => {
    expect(await get(search)).toMatchObject({ status: 400, code: 'BAD_USER_INPUT', message })
  })
})
