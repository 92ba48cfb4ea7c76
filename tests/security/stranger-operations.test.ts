// A client that is not identified may send the operations of signing in alone, and short ones.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { graphql } from '../support/api/client.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'

let latchkey: TestLatchkey
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(() => latchkey.close())

// 6 KB, whose validation alone cost 100 ms: each field is compared with each other one of the same name.
const OVERLAPPING = `{ ${'viewer { name } '.repeat(400)}}`
const ALIASES = `{ ${Array.from({ length: 400 }, (_, i) => `a${i}: viewer { name }`).join(' ')} }`
const NESTED = `{ viewer { ${'... on Viewer { '.repeat(300)} name ${'} '.repeat(300)} } }`

test.for([
  ['overlapping fields', OVERLAPPING],
  ['aliases', ALIASES],
  ['nested fragments', NESTED],
  ['an argument of 10,000 items', `{ viewer(x: [${'1 '.repeat(5_000)}]) { name } }`],
  ['200 directives', `{ viewer ${'@skip(if: true) '.repeat(200)} { name } }`],
  ['a field of admins', '{ apiKeys { totalCount } }'],
  ['a field of admins beside an open one', '{ viewer { name } apiKeys { totalCount } }'],
  ['a field of admins under the alias of an open one', '{ viewer: apiKeys { totalCount } }'],
  ['a field of admins in an inline fragment', '{ ... on Query { apiKeys { totalCount } } }'],
  ['a field of admins in a fragment', 'query { ...Keys } fragment Keys on Query { apiKeys { totalCount } }'],
  [
    'a field of admins in an operation that is not run',
    'query A { viewer { name } } query B { apiKeys { totalCount } }',
  ],
  ['a field that does not exist', '{ apiKeyz { totalCount } }'],
  ['a mutation of admins', 'mutation { ingestNow { caughtUp } }'],
  ['a subscription', 'subscription { requestLogTail { dropped } }'],
  ['the schema', '{ __schema { types { name } } }'],
  ['a type', '{ viewer { name } __type(name: "ApiKey") { name } }'],
] as const)('%s: refused before validation', async ([, query]) => {
  const { data, errors } = await graphql(latchkey, query)
  expect(data).toBeUndefined()
  expect(errors).toHaveLength(1)
  expect(errors?.[0]?.extensions).toEqual({ code: 'UNAUTHENTICATED', requestId: expect.any(String) })
})

test('what a stranger sends is kept apart from what an admin sends', async () => {
  const long = `{ viewer { name } ${'setup { required } '.repeat(80)}}`
  const asAdmin = { token: latchkey.adminToken }
  for (let i = 0; i < 2; i++) {
    expect((await graphql(latchkey, long)).errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED')
    expect((await graphql(latchkey, long, {}, asAdmin)).errors).toBeUndefined()
  }
})

test.for([
  ['the viewer', '{ viewer { type name } }'],
  ['the setup', 'query GetSetup { setup { required } }'],
  ['the type of the root', '{ __typename }'],
  [
    'a sign-in with a fragment',
    'mutation ($i: SignInInput!) { signIn(input: $i) { viewer { name } userErrors { ...E } } } fragment E on UserError { code field message }',
  ],
  ['a sign-out', 'mutation { signOut { signedOut } }'],
] as const)('%s is open', async ([, query]) => {
  const variables = query.includes('$i') ? { i: { username: 'a', password: 'b' } } : {}
  expect((await graphql(latchkey, query, variables)).errors).toBeUndefined()
})

test('a document that cannot be parsed is said to be one, without a hint at the schema', async () => {
  const { errors } = await graphql(latchkey, '{ viewer { name }')
  expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT')
})
