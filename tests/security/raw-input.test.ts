// Text from outside is bounded before any work is done on it: the cost of NFC grows with the square of a run of combining marks.
import { mintSetupToken } from '@latchkey/server/auth/setup.ts'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { graphql, PASSWORD, rest, SIGN_IN } from '../support/api/client.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'

// What 1,024 characters of a password may have before NFC: four code points each.
const NORMALIZED_MAX = 4_096
// The largest text that a client may send without being identified, and far more than any field needs.
const MARKS = '\u0315\u0316'.repeat(1_500)
const LARGE_MARKS = '\u0315\u0316'.repeat(200_000)

let latchkey: TestLatchkey
let nowMs = Date.parse('2026-11-22T00:00:00Z')
const normalized: number[] = []
const normalize = String.prototype.normalize

beforeAll(async () => {
  latchkey = await startLatchkey({ env: { LATCHKEY_ADMIN_PASSWORD: PASSWORD }, clock: () => nowMs })
  vi.spyOn(String.prototype, 'normalize').mockImplementation(function (this: string, form?: string) {
    normalized.push(this.length)
    return normalize.call(this.slice(0, NORMALIZED_MAX), form)
  })
})
afterAll(async () => {
  vi.restoreAllMocks()
  await latchkey.close()
})
beforeEach(() => {
  nowMs += 3_600_000
  normalized.length = 0
})

function expectBounded() {
  expect(Math.max(0, ...normalized)).toBeLessThanOrEqual(NORMALIZED_MAX)
}

test.for([
  ['a password', { username: 'admin', password: MARKS.repeat(2) }],
  ['a password of 400,000 combining marks', { username: 'admin', password: LARGE_MARKS }],
  ['a username', { username: MARKS, password: PASSWORD }],
  ['a username of 400,000 combining marks', { username: LARGE_MARKS, password: PASSWORD }],
  ['a username behind spaces', { username: `${' '.repeat(5_000)}admin`, password: PASSWORD }],
] as const)('%s of a sign-in is bounded before it is normalized', async ([, input]) => {
  const { data, status, errors } = await graphql(latchkey, SIGN_IN, { input })
  if (status === 413) expect(errors?.[0]?.extensions.code).toBe('PAYLOAD_TOO_LARGE')
  else expect(data.signIn.userErrors).toMatchObject([{ code: 'WRONG_CREDENTIALS' }])
  expectBounded()
})

test('a sign-in with more than a password can have counts as a failed one of no account', async () => {
  const codes: string[] = []
  for (let i = 0; i < 6; i++) {
    const input = { username: `name${i}`, password: MARKS.repeat(2) }
    const { data } = await graphql(latchkey, SIGN_IN, { input })
    codes.push(data.signIn.userErrors[0].code)
  }
  expect(codes).toEqual([...Array(5).fill('WRONG_CREDENTIALS'), 'THROTTLED'])
})

test('the texts of a setup are bounded before they are normalized', async () => {
  const fresh = await startLatchkey()
  try {
    const token = await mintSetupToken(fresh.app.store, Date.now)
    const mutation =
      'mutation ($input: CompleteSetupInput!) { completeSetup(input: $input) { userErrors { code field } } }'
    for (const [input, field] of [
      [{ token, username: 'admin', password: MARKS.repeat(2) }, 'password'],
      [{ token, username: MARKS, password: PASSWORD }, 'username'],
      [{ token: MARKS, username: 'admin', password: PASSWORD }, 'token'],
    ] as const) {
      const { data } = await graphql(fresh, mutation, { input })
      expect(data.completeSetup.userErrors).toMatchObject([{ field: ['input', field] }])
    }
    expectBounded()
  } finally {
    await fresh.close()
  }
})

test.for([
  ['an admin token', { authorization: `Bearer ${'x'.repeat(20_000)}` }],
  ['an authorization of spaces', { authorization: `Bearer ${' '.repeat(20_000)}x y` }],
  ['a cookie', { cookie: `latchkey_session=${'a'.repeat(20_000)}` }],
  ['many cookies', { cookie: 'a=b;'.repeat(5_000) }],
] as const)('%s of 20,000 characters is refused', async ([, headers]) => {
  expect((await rest(latchkey, 'GET', '/api/api-keys', undefined, { headers })).status).toBe(401)
})

test.for(['authorization', 'x-api-key', 'api-key', 'x-goog-api-key'])(
  'an API key of 20,000 characters in %s is refused',
  async (name) => {
    const value = name === 'authorization' ? `Bearer ${'a'.repeat(20_000)}` : 'a'.repeat(20_000)
    const response = await fetch(`${latchkey.url}/v1/models`, { headers: { [name]: value } })
    expect([response.status, (await response.json()).error.code]).toEqual([401, 'invalid_api_key'])
  },
)

test.for([
  ['a name', { name: MARKS.repeat(5) }],
  ['a description', { name: 'x', description: MARKS.repeat(5) }],
] as const)('%s of an API key that is far too long is refused by its length', async ([, input]) => {
  const { body } = await rest(latchkey, 'POST', '/api/api-keys', input)
  expect(body.error).toMatchObject({ code: 'BAD_USER_INPUT' })
})
