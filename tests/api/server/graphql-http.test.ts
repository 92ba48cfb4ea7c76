// /graphql over HTTP: what may come in, from where, and how much of it.

import { request } from 'node:http'
import { SQL } from '@latchkey/server/store/sql.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type As, graphql, PASSWORD, rest, sessionHeaders, signIn } from '../../support/api/client.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'

let latchkey: TestLatchkey
let session: Record<string, string>
beforeAll(async () => {
  latchkey = await startLatchkey({ env: { LATCHKEY_ADMIN_PASSWORD: PASSWORD } })
  session = sessionHeaders(await signIn(latchkey))
})
afterAll(() => latchkey.close())

/** Sends what fetch would not: any Host, any header. */
function raw(
  method: string,
  headers: Record<string, string>,
  body = '',
  path = '/graphql',
): Promise<{ status: number; headers: Record<string, unknown>; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(`${latchkey.url}${path}`, { method, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

const QUERY = JSON.stringify({ query: '{ viewer { name } }' })
const JSON_TYPE = { 'content-type': 'application/json' }

test('every response has an id that is in the log, and is not cacheable', async () => {
  for (const { headers } of [
    await graphql(latchkey, '{ viewer { name } }'),
    await graphql(latchkey, '{ nonsense }'),
    await rest(latchkey, 'GET', '/api/api-keys'),
    await rest(latchkey, 'GET', '/api/nothing'),
  ]) {
    expect(headers.get('x-request-id')).toMatch(/^req_[0-9a-f]{32}$/)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('access-control-allow-origin')).toBeNull()
  }
})

describe('a session is for our own pages', () => {
  test.for<Record<string, string>>([
    {},
    { 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'none' },
    { host: 'gateway.lan:8000', origin: 'http://gateway.lan:8000' },
  ])('with %j it is admitted', async (headers) => {
    const { status, text } = await raw('POST', { ...JSON_TYPE, ...session, ...headers }, QUERY)
    expect([status, JSON.parse(text).data]).toEqual([200, { viewer: { name: 'admin' } }])
  })

  test.for<Record<string, string>>([
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { host: 'gateway.lan', origin: 'https://evil.example' },
    { host: 'gateway.lan', origin: 'null' },
  ])('with %j it is refused', async (headers) => {
    const { status, text } = await raw('POST', { ...JSON_TYPE, ...session, ...headers }, QUERY)
    expect(status).toBe(403)
    expect(JSON.parse(text).errors[0].extensions.code).toBe('FORBIDDEN')
    // The REST's verbs as well; no browser sends a token by itself.
    const body = '{"name":"x"}'
    expect((await raw('POST', { ...JSON_TYPE, ...session, ...headers }, body, '/api/api-keys')).status).toBe(
      403,
    )
    const authorization = `Bearer ${latchkey.adminToken}`
    expect((await raw('POST', { ...JSON_TYPE, authorization, ...headers }, QUERY)).status).toBe(200)
  })

  test('a form cannot use it', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
    ]) {
      for (const path of ['/graphql', '/api/api-keys', '/api/api-keys/1/revoke']) {
        const { status } = await raw('POST', { 'content-type': type, ...session }, QUERY, path)
        expect([type, path, status]).toEqual([type, path, 415])
      }
    }
    expect((await raw('DELETE', { ...session }, '', '/api/api-keys/1')).status).toBe(415)
  })
})

test('only GET and POST carry operations', async () => {
  for (const method of ['PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
    const { status, headers } = await raw(method, { ...AS_ADMIN() }, '', '/graphql?query={viewer{name}}')
    expect([method, status, headers.allow]).toEqual([method, 405, 'GET, POST'])
  }
  expect((await raw('GET', AS_ADMIN())).status).toBe(405)
})

test.for<[string, string | Buffer, number, string]>([
  ['no body', '', 400, 'BAD_USER_INPUT'],
  ['no JSON', '{"query":', 400, 'BAD_USER_INPUT'],
  ['no object', '"{ viewer { name } }"', 400, 'BAD_USER_INPUT'],
  ['null', 'null', 400, 'BAD_USER_INPUT'],
  ['a batch', `[${QUERY},${QUERY}]`, 400, 'BAD_USER_INPUT'],
  ['no query', '{}', 400, 'BAD_USER_INPUT'],
  ['an unknown member', '{"query":"{ viewer { name } }","extra":1}', 400, 'BAD_USER_INPUT'],
  ['variables that are a list', '{"query":"{ viewer { name } }","variables":[1]}', 400, 'BAD_USER_INPUT'],
  [
    'an unknown operation',
    '{"query":"query A { viewer { name } }","operationName":"B"}',
    400,
    'BAD_USER_INPUT',
  ],
  ['invalid UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), 400, 'BAD_USER_INPUT'],
  ['more than 1 MiB', `{"query":"${' '.repeat(1_048_576)}"}`, 413, 'PAYLOAD_TOO_LARGE'],
])('a body with %s is refused', async ([, body, status, code]) => {
  const response = await raw(
    'POST',
    { ...JSON_TYPE, accept: 'application/graphql-response+json' },
    body as string,
  )
  expect([response.status, JSON.parse(response.text).errors[0].extensions]).toEqual([
    status,
    { code, requestId: response.headers['x-request-id'] },
  ])
})

const AS_ADMIN = () => ({ ...JSON_TYPE, authorization: `Bearer ${latchkey.adminToken}` })

test.for([
  ['as no token', 'wrong'],
  ['as the secret of an API key', '3f0c9a52-6f5e-4b8a-9a3e-0d7f2c1b4a68'],
  ['as one of 600 characters', 'x'.repeat(600)],
])('an admin token that is not valid is a 401 that says so: %s', async ([, token]) => {
  for (const [method, path] of [
    ['POST', '/graphql'],
    ['GET', '/api/api-keys'],
  ] as const) {
    const headers = { ...JSON_TYPE, authorization: `Bearer ${token}`, ...session }
    const response = await raw(method, headers, method === 'POST' ? QUERY : '', path)
    expect([response.status, response.headers['www-authenticate']]).toEqual([401, 'Bearer'])
    expect(response.text).toContain('This admin token is not valid.')
    expect(response.text).not.toContain(token)
  }
})

test.for(['application/json', 'application/graphql-response+json', '*/*'])(
  'what is wrong with a body is said, with a 400, for accept: %s',
  async (accept) => {
    const two = 'query A { viewer { name } } query B { viewer { name } }'
    for (const [body, message] of [
      ['{"query":', 'The body is not valid JSON.'],
      ['', 'The body is not valid JSON.'],
      [
        JSON.stringify({ query: two }),
        'The document has several operations: say in operationName which one to run.',
      ],
      [
        JSON.stringify({ query: two, operationName: 'C' }),
        'There is no operation named "C" in the document. Its operations are "A", "B".',
      ],
    ] as const) {
      const response = await raw('POST', { ...AS_ADMIN(), accept }, body)
      const [error] = JSON.parse(response.text).errors
      expect([body, response.status, error.message]).toEqual([body, 400, message])
      expect(error.extensions.code).toBe('BAD_USER_INPUT')
    }
  },
)

test('the response of a query is compressed for who accepts that, and that of a mutation never', async () => {
  const read = async (query: string, accepted: string) => {
    const headers = { ...JSON_TYPE, ...session, 'accept-encoding': accepted }
    return await raw('POST', headers, JSON.stringify({ query }))
  }
  const query = `{ viewer { ${Array.from({ length: 100 }, (_, n) => `scopes${n}: scopes`).join(' ')} } }`
  const plain = await read(query, 'br')
  expect(plain.headers).toMatchObject({ vary: 'accept-encoding' })
  expect(plain.headers).not.toHaveProperty('content-encoding')
  const compressed = await read(query, 'br, gzip')
  expect(compressed.headers).toMatchObject({ vary: 'accept-encoding', 'content-encoding': 'gzip' })
  expect(Number(compressed.headers['content-length'])).toBeLessThan(
    Number(plain.headers['content-length']) / 5,
  )
  const names = Array.from(
    { length: 20 },
    (_, n) => `k${n}: createApiKey(input: { name: "k${n}" }) { secret apiKey { id name createdAt } }`,
  )
  const made = await read(`mutation { ${names.join(' ')} }`, 'gzip')
  expect(made.text.length).toBeGreaterThan(2_048)
  expect(made.text).toContain('"secret":"')
  expect(made.headers).not.toHaveProperty('content-encoding')
})

test('a body without a length is bounded too', async () => {
  const stream = new ReadableStream({
    start(controller) {
      for (let i = 0; i < 20; i++) controller.enqueue(new Uint8Array(65_536).fill(32))
      controller.close()
    },
  })
  const response = await fetch(`${latchkey.url}/graphql`, {
    method: 'POST',
    headers: JSON_TYPE,
    body: stream,
    duplex: 'half',
  } as RequestInit)
  expect(response.status).toBe(413)
})

describe('limits of one operation', () => {
  const as = (): As => ({ token: latchkey.adminToken })

  test.for<[string, string, string]>([
    ['tokens', `{ ${'viewer { name } '.repeat(600)} }`, 'BAD_USER_INPUT'],
    [
      'aliases',
      `{ ${Array.from({ length: 300 }, (_, i) => `a${i}: server { version }`).join(' ')} }`,
      'COMPLEXITY_LIMIT',
    ],
    [
      'depth',
      `{ ${'apiKeys(first: 1) { nodes { requestLogs(first: 1) { nodes { apiKey { '.repeat(4)} id ${'} } } } }'.repeat(4)} }`,
      'BAD_USER_INPUT',
    ],
    [
      'nesting',
      '{ requestLogs(first: 1) { nodes { apiKey { requestLogs(first: 1) { nodes { apiKey { requestLogs(first: 1) { nodes { apiKey { requestLogs(first: 1) { nodes { apiKey { name } } } } } } } } } } } } }',
      'COMPLEXITY_LIMIT',
    ],
    [
      'items',
      '{ apiKeys(first: 100) { nodes { requestLogs(first: 100) { nodes { id } } } } }',
      'COMPLEXITY_LIMIT',
    ],
    [
      'reports',
      '{ apiKeys(first: 100) { nodes { usage(range: {}) { totals { calls } } } } }',
      'COMPLEXITY_LIMIT',
    ],
  ])('%s', async ([, query, code]) => {
    const { errors } = await graphql(latchkey, query, {}, as())
    expect(errors?.[0]?.extensions.code).toBe(code)
  })

  test('a whole page with every field is within them', async () => {
    const query = `{ requestLogs(first: 100) { nodes { id at outcome httpStatus errorCode errorMessage method endpoint
      streamed apiKey { id name start } requestedModel resolvedModel upstream upstreamRequestId finishReason closeCode shadowDenials usageSource
      inputTokens outputTokens cachedInputTokens cacheWriteInputTokens reasoningTokens durationMs timeToFirstTokenMs requestBytes responseBytes
      clientIp userAgent } pageInfo { endCursor } } }`
    expect((await graphql(latchkey, query, {}, as())).errors).toBeUndefined()
  })
})

describe('what an operation cost', () => {
  const others = { depth: { used: 2, limit: 12 }, breadth: { used: 2, limit: 500 } }

  test('is in each response to a token and to a session', async () => {
    const query = '{ server { version } }'
    for (const as of [{ token: latchkey.adminToken }, { headers: session }] as As[]) {
      const { extensions } = await graphql(latchkey, query, {}, as)
      expect(extensions).toEqual({ cost: { complexity: { used: 2, limit: 10_000 }, ...others } })
    }
  })

  test('counts what variables ask for, of the operation that is run', async () => {
    const query = `query Other { server { version } }
      query Keys($first: Int!) { apiKeys(first: $first) { nodes { ...Name } } }
      fragment Name on ApiKey { name }`
    const used = async (first: number) => {
      const { text } = await raw(
        'POST',
        { ...JSON_TYPE, authorization: `Bearer ${latchkey.adminToken}` },
        JSON.stringify({ query, variables: { first }, operationName: 'Keys' }),
      )
      return JSON.parse(text).extensions.cost.complexity.used
    }
    expect((await used(100)) - (await used(50))).toBeGreaterThan(50)
  })

  test('is said of what costs too much, of which nothing is run', async () => {
    const query = `mutation { ${Array.from({ length: 88 }, (_, i) => `a${i}: createApiKey(input: { name: "dear" }) { apiKey { id name start status } }`).join(' ')} }`
    const as = { token: latchkey.adminToken }
    const { data, errors, extensions } = await graphql(latchkey, query, {}, as)
    expect(data).toBeUndefined()
    expect(errors?.map(({ message }) => message)).toEqual([
      "The query's breadth is 528; at most 500 is allowed. Ask for fewer items or fields.",
    ])
    expect(extensions?.cost).toMatchObject({ breadth: { used: 528, limit: 500 } })
    const { data: keys } = await graphql(
      latchkey,
      '{ apiKeys(filter: { search: "dear" }) { totalCount } }',
      {},
      as,
    )
    expect(keys.apiKeys.totalCount).toBe(0)
  })

  test('is not said to strangers', async () => {
    const { data, extensions } = await graphql(latchkey, '{ viewer { name } }')
    expect([data, extensions]).toEqual([{ viewer: null }, undefined])
    const dear = `{ ${Array.from({ length: 60 }, (_, i) => `a${i}: viewer { name }`).join(' ')} }`
    expect((await graphql(latchkey, dear)).extensions).toBeUndefined()
  })
})

test('what a variable held is not repeated in an error', async () => {
  const query = 'mutation ($input: SignInInput!) { signIn(input: $input) { userErrors { code } } }'
  for (const input of [
    { username: 'admin', password: 'hunter2hunter2', extra: 1 },
    { username: 'admin; Field', pasword: 'hunter2hunter2' },
    { username: 'admin', password: ['hunter2hunter2'] },
    { username: 'admin', password: { value: 'hunter2hunter2; Field' } },
  ]) {
    const { errors } = await graphql(latchkey, query, { input })
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT')
    expect(errors?.[0]?.message).toMatch(/^Variable "\$input" has an invalid value/)
    expect(JSON.stringify(errors)).not.toContain('hunter2')
  }
})

test('internal errors are not revealed; the id finds them in the log', async () => {
  // Nothing settles there.
  const broken = await startLatchkey({ settleMaxMs: 1_000 })
  try {
    await broken.app.store[SQL].batch([{ text: 'ALTER TABLE "ApiKey" RENAME TO "Gone"', values: [] }])
    const { data, errors } = await broken.graphql('{ apiKeys { totalCount } }')
    expect(data).toBeNull()
    expect(errors).toEqual([
      expect.objectContaining({
        message: 'Something went wrong on our side. The request id finds it in the server log.',
        extensions: { code: 'INTERNAL', requestId: expect.stringMatching(/^req_/) },
      }),
    ])
    const response = await rest(broken, 'GET', '/api/api-keys')
    expect([response.status, response.body]).toEqual([
      500,
      { error: { code: 'INTERNAL', message: expect.stringContaining('our side'), param: null } },
    ])
  } finally {
    await broken.close()
  }
})
