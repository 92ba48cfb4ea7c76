// The first admin, by the one-time link.
import { mintSetupToken } from '@latchkey/server/auth/setup.ts'
import { afterEach, expect, test } from 'vitest'
import { cookieOf, graphql, PASSWORD, signIn } from '../../support/api/client.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'

const COMPLETE = `mutation ($input: CompleteSetupInput!) {
  completeSetup(input: $input) { viewer { type name } userErrors { code field message } }
}`
const DEAD_LINK = [
  { code: 'WRONG_CREDENTIALS', field: ['input', 'token'], message: expect.stringContaining('setup link') },
]

let nowMs = 0
let latchkey: TestLatchkey
async function start(env: Record<string, string> = {}) {
  nowMs = Date.parse('2026-11-22T00:00:00Z')
  latchkey = await startLatchkey({ env, clock: () => nowMs })
  return latchkey.app.setupToken ?? ''
}
afterEach(() => latchkey.close())

async function complete(input: Record<string, unknown>) {
  const response = await graphql(latchkey, COMPLETE, { input: { password: PASSWORD, ...input } })
  return { ...response.data.completeSetup, cookie: cookieOf(response) }
}

async function isRequired() {
  return (await graphql(latchkey, '{ setup { required } }')).data.setup.required
}

test('the link makes the first admin, signs it in, and is used up', async () => {
  const token = await start()
  expect(await isRequired()).toBe(true)
  const { viewer, userErrors, cookie } = await complete({ token })
  expect({ viewer, userErrors }).toEqual({ viewer: { type: 'ADMIN', name: 'admin' }, userErrors: [] })
  const asked = await graphql(
    latchkey,
    '{ viewer { name } server { database } }',
    {},
    { cookie: cookie ?? '' },
  )
  expect(asked.data.viewer).toEqual({ name: 'admin' })
  expect(await isRequired()).toBe(false)
  expect(await complete({ token, username: 'second' })).toEqual({
    viewer: null,
    userErrors: DEAD_LINK,
    cookie: null,
  })
  expect(await latchkey.app.store.prisma.setupLink.count()).toBe(0)
  await signIn(latchkey)
  const [event] = await latchkey.app.store.prisma.auditEvent.findMany()
  expect(event).toMatchObject({ action: 'admin.set_up', actorType: 'ADMIN', actorName: 'admin' })
})

test('of two who use the link at once, one gets in', async () => {
  const token = await start()
  const responses = await Promise.all(
    ['one', 'two', 'three'].map((username) => complete({ token, username })),
  )
  expect(responses.filter((response) => response.viewer !== null)).toHaveLength(1)
  expect(await latchkey.app.store.prisma.admin.count()).toBe(1)
})

test('a wrong, an empty and an expired link open nothing, and reveal nothing else', async () => {
  const token = await start()
  for (const wrong of ['', 'x', token.slice(1), `${token}x`, token.toLowerCase()]) {
    expect((await complete({ token: wrong, password: 'short' })).userErrors).toEqual(DEAD_LINK)
  }
  nowMs += 24 * 3_600_000
  expect((await complete({ token })).userErrors).toEqual(DEAD_LINK)
  expect(await isRequired()).toBe(true)
})

test('a poor username or password leaves the link good, and names every problem', async () => {
  const token = await start()
  const { userErrors } = await complete({ token, username: 'two words', password: 'eleven char' })
  expect(userErrors).toEqual([
    { code: 'INVALID', field: ['input', 'username'], message: expect.stringContaining('username') },
    {
      code: 'TOO_SHORT',
      field: ['input', 'password'],
      message: 'password must have at least 12 characters.',
    },
  ])
  expect((await complete({ token, username: 'Zoë' })).viewer).toEqual({ type: 'ADMIN', name: 'zoë' })
})

test('a new link replaces the former', async () => {
  const former = await start()
  const token = await mintSetupToken(latchkey.app.store, () => nowMs)
  expect((await complete({ token: former })).userErrors).toEqual(DEAD_LINK)
  expect((await complete({ token })).viewer).not.toBeNull()
  expect(await mintSetupToken(latchkey.app.store, () => nowMs)).toBeNull()
})

test('with LATCHKEY_ADMIN_PASSWORD there is an admin from the start, and no link', async () => {
  const token = await start({ LATCHKEY_ADMIN_PASSWORD: PASSWORD })
  expect(token).toBe('')
  expect(await isRequired()).toBe(false)
  expect((await complete({ token: '' })).userErrors).toEqual(DEAD_LINK)
  await signIn(latchkey)
})
