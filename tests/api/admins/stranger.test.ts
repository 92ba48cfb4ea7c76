// What a client that is not signed in can reach: nothing but signing in.
import { readFileSync } from 'node:fs'
import {
  buildSchema,
  type GraphQLField,
  type GraphQLInputType,
  getIntrospectionQuery,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { graphql, rest } from '../../support/api/client.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'

const PUBLIC = [
  'viewer',
  'setup',
  'signIn',
  'signOut',
  'completeSetup',
  'verifySecondFactor',
  'startPasskeySignIn',
  'signInWithPasskey',
  'acceptInvitation',
  'setPassword',
  'linkedInvitation',
  'passwordLink',
  'signInOptions',
  'startSso',
  'completeSso',
]
const schema = buildSchema(readFileSync(new URL('../../../sdk/schema.graphql', import.meta.url), 'utf8'))

let latchkey: TestLatchkey
let key: { id: number; secret: string }
beforeAll(async () => {
  latchkey = await startLatchkey({ env: { LATCHKEY_TRUSTED_PROXIES: '127.0.0.1' } })
  key = await latchkey.createKey()
})
afterAll(() => latchkey.close())

let sent = 0
/** Each from a network of its own: wrong tokens are counted by network. */
function from<As extends object>(as: As): As & { headers: Record<string, string> } {
  sent++
  return { ...as, headers: { 'x-forwarded-for': `10.1.${sent >> 8}.${sent & 255}` } }
}

const rootFields = [schema.getQueryType(), schema.getMutationType()].flatMap((type) =>
  Object.values(type?.getFields() ?? {}).map((field) => ({
    name: field.name,
    operation: type === schema.getQueryType() ? 'query' : 'mutation',
    field,
  })),
)

describe('every root field of the schema', () => {
  test.for(rootFields.filter(({ name }) => !PUBLIC.includes(name)))(
    '$operation $name is refused',
    async ({ operation, field }) => {
      for (const as of [
        {},
        { token: 'wrong' },
        { token: key.secret },
        { cookie: `latchkey_session=${'a'.repeat(43)}` },
      ]) {
        const { data, errors } = await graphql(latchkey, `${operation} { ${selection(field)} }`, {}, from(as))
        expect(errors).toHaveLength(1)
        expect(errors?.[0]?.extensions).toEqual({
          code: 'UNAUTHENTICATED',
          requestId: expect.stringMatching(/^req_[0-9a-f]{32}$/),
        })
        expect(data?.[field.name] ?? null).toBeNull()
      }
    },
  )

  test.for(rootFields.filter(({ name }) => PUBLIC.includes(name)))(
    '$operation $name is open',
    async ({ operation, field }) => {
      // What is open of a sign-in at the provider is its beginning; its other purposes are of those signed in.
      const sent = selection(field).replace(/purpose: \w+/, 'purpose: SIGN_IN')
      const { errors } = await graphql(latchkey, `${operation} { ${sent} }`)
      expect(errors).toBeUndefined()
    },
  )
})

test('the schema itself is hidden, and open to those signed in', async () => {
  for (const query of [
    getIntrospectionQuery(),
    '{ __schema { types { name } } }',
    '{ __type(name: "ApiKey") { name } }',
  ]) {
    const { data, errors } = await graphql(latchkey, query)
    expect(data).toBeUndefined()
    expect(errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED')
    const known = await graphql(latchkey, query, {}, { token: latchkey.adminToken })
    expect(known.errors).toBeUndefined()
    // Once more, now that an admin's validation of the same text is cached.
    expect((await graphql(latchkey, query)).errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED')
  }
  expect((await graphql(latchkey, '{ __typename }')).data).toEqual({ __typename: 'Query' })
})

test('hints that spell out the schema are for those signed in', async () => {
  const query = '{ apiKey_(id: "x") { id } viewerr { name } }'
  const stranger = await graphql(latchkey, query)
  expect(JSON.stringify(stranger.errors)).not.toContain('Did you mean')
  // As for a field that there is: what the schema has is not said.
  expect(stranger.errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED')
  const inViewer = await graphql(latchkey, '{ viewer { nam } }')
  expect(inViewer.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT')
  expect(JSON.stringify(inViewer.errors)).not.toContain('Did you mean')
  const admin = await graphql(latchkey, query, {}, { token: latchkey.adminToken })
  expect(JSON.stringify(admin.errors)).toContain('Did you mean')
})

test('the REST API denies clients without a token, and says how to authenticate', async () => {
  const paths: [string, string][] = [
    ['GET', '/api/api-keys'],
    ['POST', '/api/api-keys'],
    ['POST', `/api/api-keys/${key.id}/revoke`],
    ['DELETE', `/api/api-keys/${key.id}`],
    ['GET', `/api/api-keys/${key.id}/stats`],
    ['GET', `/api/api-keys/${key.id}/logs`],
    ['GET', '/api/api-logs'],
  ]
  for (const [method, path] of paths) {
    for (const as of [{}, { token: 'wrong' }, { token: key.secret }, { token: "' OR 1=1 --" }]) {
      const body = method === 'GET' ? undefined : { name: 'mine' }
      const { status, headers, body: received } = await rest(latchkey, method, path, body, from(as))
      expect(status, `${method} ${path}`).toBe(401)
      expect(headers.get('www-authenticate')).toBe('Bearer')
      expect(received).toEqual({
        error: {
          code: 'UNAUTHENTICATED',
          message:
            'token' in as
              ? expect.stringMatching(/^This admin token is not valid\. /)
              : 'Sign in to the console, or send an admin token as "Authorization: Bearer <token>".',
          param: null,
        },
      })
    }
  }
  const { data } = await latchkey.graphql('{ apiKeys { nodes { status } } }')
  expect(data.apiKeys.nodes).toEqual([{ status: 'ACTIVE' }])
})

test('an admin token does not open /v1', async () => {
  const response = await fetch(`${latchkey.url}/v1/models`, {
    headers: { authorization: `Bearer ${latchkey.adminToken}` },
  })
  expect(response.status).toBe(401)
})

/** The field with its required arguments, and the first leaves of its type. */
function selection(field: GraphQLField<unknown, unknown>): string {
  const required = field.args.filter((argument) => isNonNullType(argument.type))
  const args = required.map((argument) => `${argument.name}: ${literal(argument.type)}`).join(', ')
  const type = getNamedType(field.type)
  const call = args === '' ? field.name : `${field.name}(${args})`
  if (isLeafType(type)) return call
  const leaf = isObjectType(type)
    ? Object.values(type.getFields()).find((candidate) => isLeafType(getNamedType(candidate.type)))?.name
    : undefined
  return `${call} { ${leaf ?? '__typename'} }`
}

function literal(type: GraphQLInputType): string {
  if (isNonNullType(type)) return literal(type.ofType)
  if (isListType(type)) return `[${literal(type.ofType)}]`
  if (isEnumType(type)) return type.getValues()[0]?.name ?? ''
  if (isInputObjectType(type)) {
    const required = Object.values(type.getFields()).filter((input) => isNonNullType(input.type))
    return `{ ${required.map((input) => `${input.name}: ${literal(input.type)}`).join(', ')} }`
  }
  switch (type.name) {
    case 'ID':
      return `"key_${key.id}"`
    case 'Int':
    case 'SafeInt':
      return '1'
    case 'Boolean':
      return 'false'
    default:
      return '"x"'
  }
}
