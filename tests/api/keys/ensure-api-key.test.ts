// Keys that automation describes by their external id.
import { Latchkey } from '@latchkey/sdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { auditOf } from '../../support/api/audit-trail.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'

let latchkey: TestLatchkey
let sdk: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey()
  sdk = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
})
afterAll(() => latchkey.close())

const LIMIT = { unit: 'REQUESTS', window: 'DAY', max: 3 } as const

describe('ensure', () => {
  test('creates a key once, shows its secret once, and then changes what is described and nothing else', async () => {
    const input = { externalId: 'team/app-1', name: 'app 1', policy: { limits: [LIMIT] } }
    const made = await sdk.keys.ensure(input)
    expect(made).toMatchObject({ created: true, apiKey: { name: 'app 1', externalId: 'team/app-1' } })
    expect(made.secret).toMatch(/^[0-9a-f]{8}-/)
    const again = await sdk.keys.ensure(input)
    expect(again).toEqual({ apiKey: made.apiKey, created: false, secret: null })
    const renamed = await sdk.keys.ensure({ externalId: 'team/app-1', name: 'app one' })
    expect(renamed.apiKey).toMatchObject({ name: 'app one', version: 2, policy: made.apiKey.policy })
    const opened = await sdk.keys.ensure({ externalId: 'team/app-1', name: 'app one', policy: null })
    expect(opened.apiKey.policy).toBeNull()
    expect((await auditOf(latchkey, made.apiKey.id)).map(([action]) => action)).toEqual([
      'api_key.create',
      'api_key.update',
      'api_key.update',
    ])
  })

  test('400 at once make one key, and its secret is shown to one', async () => {
    const input = { externalId: 'crowd', name: 'crowd' }
    const all = await Promise.all(Array.from({ length: 400 }, () => sdk.keys.ensure(input)))
    expect(new Set(all.map(({ apiKey }) => apiKey.id)).size).toBe(1)
    expect(all.filter(({ created }) => created)).toHaveLength(1)
    expect(all.filter(({ secret }) => secret !== null)).toHaveLength(1)
    const { prisma } = latchkey.app.store
    expect(await prisma.apiKey.count({ where: { externalId: 'crowd' } })).toBe(1)
    expect(await auditOf(latchkey, all[0]?.apiKey.id ?? '')).toHaveLength(1)
  })

  test('a revoked key is a problem, until it is deleted or its external id is cleared', async () => {
    const { apiKey } = await sdk.keys.ensure({ externalId: 'gone', name: 'gone' })
    await sdk.keys.revoke(apiKey.id)
    await expect(sdk.keys.ensure({ externalId: 'gone', name: 'gone' })).rejects.toMatchObject({
      userErrors: [{ code: 'IMMUTABLE', field: ['input', 'externalId'] }],
    })
    expect((await sdk.keys.update(apiKey.id, { externalId: null })).externalId).toBeNull()
    const fresh = await sdk.keys.ensure({ externalId: 'gone', name: 'gone', expiresAt: null })
    expect(fresh).toMatchObject({ created: true, apiKey: { expiresAt: null } })
    expect(fresh.apiKey.id).not.toBe(apiKey.id)
  })

  test('what is wrong is said, and an external id belongs to one key', async () => {
    for (const externalId of ['', 'a b', 'ü', 'x'.repeat(129)]) {
      await expect(sdk.keys.ensure({ externalId, name: 'x' })).rejects.toMatchObject({
        userErrors: [{ code: 'INVALID', field: ['input', 'externalId'] }],
      })
    }
    await expect(sdk.keys.ensure({ externalId: 'nameless', name: ' ' })).rejects.toMatchObject({
      userErrors: [{ code: 'REQUIRED', field: ['input', 'name'] }],
    })
    await sdk.keys.create({ name: 'one', externalId: 'mine' })
    // Of a key that is there, too.
    for (const externalId of ['ownerless', 'mine'])
      await expect(sdk.keys.ensure({ externalId, name: 'x', ownerId: 'own_999999' })).rejects.toMatchObject({
        userErrors: [{ code: 'NOT_FOUND', field: ['input', 'ownerId'] }],
      })
    const taken = { userErrors: [{ code: 'TAKEN', field: ['input', 'externalId'] }] }
    await expect(sdk.keys.create({ name: 'two', externalId: 'mine' })).rejects.toMatchObject(taken)
    const { apiKey } = await sdk.keys.create({ name: 'three' })
    await expect(sdk.keys.update(apiKey.id, { externalId: 'mine' })).rejects.toMatchObject(taken)
  })
})
