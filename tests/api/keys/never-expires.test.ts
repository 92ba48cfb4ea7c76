// A key that never expires, where the settings give keys an expiry by default.
import { Latchkey, UserInputError } from '@latchkey/sdk'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { rest } from '../../support/api/client.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'

let server: TestLatchkey
let latchkey: Latchkey
beforeAll(async () => {
  server = await startLatchkey()
  latchkey = new Latchkey({ url: server.url, adminToken: server.adminToken })
  await latchkey.settings.update({ defaultExpiryDays: 7 })
})
afterAll(() => server.close())

test('neverExpires makes a key without an expiry, and the response says what it has', async () => {
  const { apiKey } = await latchkey.keys.create({ name: 'for good', neverExpires: true })
  expect(apiKey.expiresAt).toBeNull()
  const asUsual = await latchkey.keys.create({ name: 'a week' })
  expect(asUsual.apiKey.expiresAt).not.toBeNull()
  expect((await latchkey.keys.create({ name: 'n', neverExpires: false })).apiKey.expiresAt).not.toBeNull()
})

test('REST takes never_expires', async () => {
  const { status, body } = await rest(server, 'POST', '/api/api-keys', { name: 'r', never_expires: true })
  expect([status, body.expires_at]).toEqual([200, null])
  const refused = await rest(server, 'POST', '/api/api-keys', { name: 'r', never_expires: 'yes' })
  expect([refused.status, refused.body.error.param]).toEqual([400, 'never_expires'])
})

test.each([{ expiresInDays: 3 }, { expiresAt: new Date(Date.now() + 86_400_000).toISOString() }])(
  'neverExpires excludes %j',
  async (other) => {
    await expect(latchkey.keys.create({ name: 'x', neverExpires: true, ...other })).rejects.toMatchObject({
      userErrors: [{ code: 'INVALID', field: ['input', 'neverExpires'] }],
    })
  },
)

test('where keys may last so long at most, never is too long', async () => {
  await latchkey.settings.update({ maxExpiryDays: 30 })
  const refused = latchkey.keys.create({ name: 'x', neverExpires: true })
  await expect(refused).rejects.toBeInstanceOf(UserInputError)
  await expect(refused).rejects.toMatchObject({
    userErrors: [{ code: 'OUT_OF_RANGE', field: ['input', 'neverExpires'] }],
  })
  const { status, body } = await rest(server, 'POST', '/api/api-keys', { name: 'r', never_expires: true })
  expect([status, body.error.param]).toEqual([400, 'never_expires'])
  await latchkey.settings.update({ maxExpiryDays: null })
})
