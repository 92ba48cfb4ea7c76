// What holds for the keys that admins write: defaults for new ones, and bounds for all.
import { Latchkey, UserInputError } from '@latchkey/sdk'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { graphql, rest } from '../../support/api/client.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'

const DAY_MS = 86_400_000

let latchkey: TestLatchkey
let sdk: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey()
  sdk = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
})
afterAll(() => latchkey.close())
beforeEach(async () => {
  const nothing = { defaultPolicy: null, policyCeiling: null, defaultExpiryDays: null, maxExpiryDays: null }
  await sdk.settings.update(nothing)
})

const perMinute = (max: number) => ({ unit: 'REQUESTS' as const, window: 'MINUTE' as const, max })
const perDay = (max: number) => ({ unit: 'TOKENS' as const, window: 'DAY' as const, max })
const shown = (limit: object) => ({ ...limit, model: null, mode: 'ENFORCE' })

/** The problems that a call was refused with, each as its code and its field. */
async function refused(doing: Promise<unknown>): Promise<string[]> {
  const error = await doing.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof UserInputError)) throw new Error(`no user error: ${error}`)
  return error.userErrors.map(({ code, field }) => [code, ...(field ?? [])].join(' '))
}

const made = async (fields: object = {}) =>
  (await sdk.keys.create({ name: 'k', keepEncryptedCopy: false, ...fields })).apiKey

describe('the settings', () => {
  test('are changed part by part, by who has seen them, and audited', async () => {
    const { version } = await sdk.settings.get()
    const first = await sdk.settings.update({
      defaultPolicy: { limits: [perMinute(60)] },
      policyCeiling: { limits: [perMinute(100)], concurrency: { maxCalls: 5 } },
      expectedVersion: version,
    })
    expect(first).toMatchObject({ version: version + 1, updatedAt: expect.any(String), maxExpiryDays: null })
    const second = await sdk.settings.update({ maxExpiryDays: 90 })
    expect(second).toEqual({
      ...first,
      maxExpiryDays: 90,
      version: version + 2,
      updatedAt: expect.any(String),
    })
    expect(second.policyCeiling).toMatchObject({
      limits: [shown(perMinute(100))],
      concurrency: { maxCalls: 5 },
    })
    expect(await sdk.settings.update({ maxExpiryDays: 90 })).toEqual(second)
    expect(await refused(sdk.settings.update({ maxExpiryDays: 1, expectedVersion: version }))).toEqual([
      'STALE input expectedVersion',
    ])
    expect(await sdk.settings.get()).toEqual(second)
    const event = await latchkey.app.store.prisma.auditEvent.findFirst({ orderBy: { id: 'desc' } })
    expect(event).toMatchObject({
      action: 'settings.update',
      targetType: 'Settings',
      actorType: 'ADMIN_TOKEN',
      changes: JSON.stringify([{ path: 'maxExpiryDays', before: null, after: 90 }]),
    })
  })

  test('that cannot hold are refused, each by its field', async () => {
    await sdk.settings.update({ policyCeiling: { limits: [perMinute(10)] }, maxExpiryDays: 30 })
    const before = await sdk.settings.get()
    expect(
      await refused(
        sdk.settings.update({
          defaultPolicy: { limits: [perDay(0)] },
          policyCeiling: { models: { deny: ['a'] } },
          defaultExpiryDays: 0,
          maxExpiryDays: 9_999,
        }),
      ),
    ).toEqual([
      'OUT_OF_RANGE input defaultPolicy limits 0 max',
      'INVALID input policyCeiling models',
      'OUT_OF_RANGE input defaultExpiryDays',
      'OUT_OF_RANGE input maxExpiryDays',
    ])
    expect(
      await refused(
        sdk.settings.update({ defaultPolicy: { limits: [perDay(5), perMinute(11)] }, defaultExpiryDays: 31 }),
      ),
    ).toEqual(['OUT_OF_RANGE input defaultPolicy limits 1 max', 'OUT_OF_RANGE input defaultExpiryDays'])
    expect(await sdk.settings.get()).toEqual(before)
  })

  test('are for admins', async () => {
    const documents = [
      '{ settings { version } }',
      'mutation { updateSettings(input: {}) { settings { version } } }',
    ]
    for (const document of documents) {
      const { errors } = await graphql(latchkey, document)
      expect(errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED')
    }
  })
})

describe('a key', () => {
  test('that is created gets the defaults, whichever API creates it', async () => {
    await sdk.settings.update({
      defaultPolicy: { limits: [perMinute(2)], models: { allow: ['echo'] } },
      defaultExpiryDays: 7,
    })
    const bare = await made()
    expect(bare.policy).toMatchObject({ limits: [shown(perMinute(2))], models: { allow: ['echo'] } })
    expect(Date.parse(bare.expiresAt ?? '') - Date.parse(bare.createdAt)).toBe(7 * DAY_MS)
    const own = await made({ policy: { limits: [perDay(9)] }, expiresInDays: 400 })
    expect(own.policy).toMatchObject({ limits: [shown(perDay(9))], models: { allow: ['echo'] } })
    expect(Date.parse(own.expiresAt ?? '') - Date.parse(own.createdAt)).toBe(400 * DAY_MS)

    const { body } = await rest(latchkey, 'POST', '/api/api-keys', { name: 'through REST' })
    const { policy, expiresAt } = await sdk.keys.get(`key_${body.id}`)
    expect(policy).toEqual(bare.policy)
    expect(body.expires_at).toBe(expiresAt)
    // They hold from the first call on.
    const statuses: number[] = []
    for (const model of ['other', 'echo']) {
      const response = await fetch(`${latchkey.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${body.api_key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }] }),
      })
      await response.text()
      statuses.push(response.status)
    }
    expect(statuses).toEqual([403, 200])
  })

  test('is not made with more than the ceiling, and gets what it leaves out', async () => {
    await sdk.settings.update({
      policyCeiling: { limits: [perMinute(10), perDay(1_000)], concurrency: { maxCalls: 4 } },
      maxExpiryDays: 30,
    })
    expect(
      await refused(
        made({
          policy: { limits: [perDay(1_001), perMinute(11)], concurrency: { maxCalls: 5 } },
          expiresInDays: 31,
        }),
      ),
    ).toEqual([
      'OUT_OF_RANGE input expiresInDays',
      'OUT_OF_RANGE input policy limits 1 max',
      'OUT_OF_RANGE input policy limits 0 max',
      'OUT_OF_RANGE input policy concurrency maxCalls',
    ])
    const key = await made({ policy: { limits: [perMinute(3)] } })
    expect(key.policy?.limits).toEqual([shown(perMinute(3)), shown(perDay(1_000))])
    expect(key.policy?.concurrency).toEqual({ maxCalls: 4, mode: 'ENFORCE' })
    expect(Date.parse(key.expiresAt ?? '') - Date.parse(key.createdAt)).toBe(30 * DAY_MS)
    const { status, body } = await rest(latchkey, 'POST', '/api/api-keys', { name: 'k', expires_days: 31 })
    expect([status, body.error.param]).toEqual([400, 'expires_days'])
  })

  test('that was there before a ceiling stays as it is until its policy is changed, and then keeps to it', async () => {
    const key = await made({ policy: { limits: [perMinute(500)] } })
    await sdk.settings.update({ policyCeiling: { limits: [perMinute(10)] }, maxExpiryDays: 30 })
    const renamed = await sdk.keys.update(key.id, { name: 'renamed', policy: { limits: [perMinute(500)] } })
    expect(renamed).toMatchObject({ name: 'renamed', expiresAt: null, policy: key.policy })
    expect(await refused(sdk.keys.update(key.id, { policy: { limits: [perMinute(499)] } }))).toEqual([
      'OUT_OF_RANGE input policy limits 0 max',
    ])
    const lowered = await sdk.keys.update(key.id, { policy: { concurrency: { maxCalls: 1 } } })
    expect(lowered.policy?.limits).toEqual([shown(perMinute(10))])
    expect((await sdk.keys.update(key.id, { policy: null })).policy).toMatchObject({
      limits: [shown(perMinute(10))],
      concurrency: null,
    })
    const expiresAt = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString()
    expect(await refused(sdk.keys.update(key.id, { expiresAt: expiresAt(31) }))).toEqual([
      'OUT_OF_RANGE input expiresAt',
    ])
    expect((await sdk.keys.update(key.id, { expiresAt: expiresAt(29) })).expiresAt).not.toBeNull()
    expect(await refused(sdk.keys.update(key.id, { expiresAt: null }))).toEqual([
      'OUT_OF_RANGE input expiresAt',
    ])
  })
})

test('no key above a ceiling is made once that is set, however many are made at the same time', async () => {
  const { prisma } = latchkey.app.store
  const { id: before = 0 } = (await prisma.auditEvent.findFirst({ orderBy: { id: 'desc' } })) ?? {}
  const key = () => made({ policy: { limits: [perMinute(100)] } }).catch(() => null)
  const keys = (count: number) => Array.from({ length: count }, key)
  await Promise.all([
    ...keys(8),
    sdk.settings.update({ policyCeiling: { limits: [perMinute(10)] } }),
    ...keys(8),
  ])
  const events = await prisma.auditEvent.findMany({ where: { id: { gt: before } }, orderBy: { id: 'asc' } })
  expect(events.at(-1)?.action).toBe('settings.update')
})
