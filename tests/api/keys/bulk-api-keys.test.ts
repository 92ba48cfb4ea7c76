// One change of many API keys.

import { Latchkey } from '@latchkey/sdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { auditOf } from '../../support/api/audit-trail.ts'
import { call } from '../../support/api/client.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'

let latchkey: TestLatchkey
let sdk: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey()
  sdk = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
})
afterAll(() => latchkey.close())

let made = 0
async function makeKeys(count: number) {
  const prefix = `bulk ${++made}`
  const keys = []
  for (let at = 0; at < count; at++) keys.push(await sdk.keys.create({ name: `${prefix} ${at}` }))
  return { search: prefix, keys, ids: keys.map(({ apiKey }) => apiKey.id) }
}

test('each key is changed by itself, with its audit event, and refused from its next call on', async () => {
  const { ids, keys } = await makeKeys(3)
  for (const { secret } of keys) expect((await call(latchkey, secret)).status).toBe(200)
  await sdk.keys.disable(ids[1] ?? '')
  const done = await sdk.keys.bulk.disable({ ids: [...ids, 'key_2147483647'] })
  expect(done.changed).toBe(2)
  expect(done.results.map(({ changed, userErrors }) => [changed, userErrors[0]?.code ?? null])).toEqual([
    [true, null],
    [false, null],
    [true, null],
    [false, 'NOT_FOUND'],
  ])
  for (const { secret } of keys) expect((await call(latchkey, secret)).status).toBe(401)
  for (const id of ids)
    expect((await auditOf(latchkey, id)).map(([action]) => action)).toEqual([
      'api_key.create',
      'api_key.disable',
    ])
  expect((await sdk.keys.bulk.enable({ ids })).changed).toBe(3)
  for (const { secret } of keys) expect((await call(latchkey, secret)).status).toBe(200)
})

test('all that match a filter, unless more match than were seen; a dry run changes nothing', async () => {
  const { search, ids, keys } = await makeKeys(3)
  await expect(sdk.keys.bulk.revoke({ filter: { search }, expectedCount: 2 })).rejects.toMatchObject({
    userErrors: [{ code: 'STALE', field: ['input', 'expectedCount'] }],
  })
  const tried = await sdk.keys.bulk.revoke({ filter: { search }, expectedCount: 3, dryRun: true })
  expect([tried.changed, tried.results.map(({ apiKey }) => apiKey?.status)]).toEqual([
    3,
    ['REVOKED', 'REVOKED', 'REVOKED'],
  ])
  for (const { secret } of keys) expect((await call(latchkey, secret)).status).toBe(200)
  expect(await auditOf(latchkey, ids[0] ?? '')).toHaveLength(1)
  expect((await sdk.keys.bulk.revoke({ filter: { search }, expectedCount: 5 })).changed).toBe(3)
  for (const { secret } of keys) expect((await call(latchkey, secret)).status).toBe(401)
  expect((await sdk.keys.bulk.delete({ ids, dryRun: true })).changed).toBe(3)
  expect((await sdk.keys.get(ids[0] ?? '')).status).toBe('REVOKED')
  expect((await sdk.keys.bulk.delete({ ids })).changed).toBe(3)
  await expect(sdk.keys.get(ids[0] ?? '')).rejects.toThrow('no such API key')
})

describe('fields', () => {
  test('expiry, policy, labels and owner', async () => {
    const { ids } = await makeKeys(2)
    const { keys } = sdk
    const expiresAt = new Date(Date.now() + 86_400_000).toISOString()
    expect((await keys.bulk.expire({ ids, expiresAt })).results[1]?.apiKey?.expiresAt).toBe(expiresAt)
    expect(
      (await keys.bulk.expire({ ids, expiresAt: '2020-01-01T00:00:00Z' })).results[0]?.userErrors,
    ).toMatchObject([{ code: 'OUT_OF_RANGE' }])
    const policy = { concurrency: { maxCalls: 2 } }
    expect(
      (await keys.bulk.setPolicy({ ids, policy })).results[0]?.apiKey?.policy?.concurrency?.maxCalls,
    ).toBe(2)
    await keys.bulk.relabel({
      ids,
      set: [
        { name: 'env', value: 'prod' },
        { name: 'team', value: 'red' },
      ],
    })
    await keys.bulk.relabel({ ids, set: [{ name: 'env', value: 'test' }], remove: ['team', 'none'] })
    const labels = await latchkey.app.store.prisma.apiKeyLabel.findMany({
      select: { name: true, value: true },
    })
    expect(labels).toEqual([
      { name: 'env', value: 'test' },
      { name: 'env', value: 'test' },
    ])
    const moved = await keys.bulk.move({ ids, ownerId: 'own_99' })
    expect(moved.results.map(({ userErrors }) => userErrors[0]?.code)).toEqual(['NOT_FOUND', 'NOT_FOUND'])
  })

  test.for<[string, Record<string, unknown>, string]>([
    ['neither ids nor a filter', {}, 'REQUIRED'],
    ['both', { ids: ['key_1'], filter: {} }, 'REQUIRED'],
    ['a filter without its count', { filter: {} }, 'REQUIRED'],
    ['no ids', { ids: [] }, 'OUT_OF_RANGE'],
    ['501 ids', { ids: Array.from({ length: 501 }, (_, at) => `key_${at + 1}`) }, 'OUT_OF_RANGE'],
    ['no id', { ids: ['nonsense'] }, 'INVALID'],
  ])('%s is refused', async ([, input, code]) => {
    await expect(sdk.keys.bulk.enable(input)).rejects.toMatchObject({ userErrors: [{ code }] })
  })
})
