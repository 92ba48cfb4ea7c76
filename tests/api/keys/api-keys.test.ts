// The verbs of an API key over GraphQL: create, update, revoke, delete, reveal.
import { inspect } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { call } from '../../support/api/client.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'

const DAY = 86_400_000
const START = Date.parse('2026-11-22T10:00:00.000Z')
const FIELDS = `id number name description start status createdAt updatedAt expiresAt revokedAt lastUsedAt
  usageCount hasEncryptedCopy version`
const ERRORS = 'userErrors { code field message }'
const CREATE = `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { apiKey { ${FIELDS} } secret ${ERRORS} } }`
const UPDATE = `mutation ($input: UpdateApiKeyInput!) { updateApiKey(input: $input) { apiKey { ${FIELDS} } ${ERRORS} } }`
const REVOKE = `mutation ($input: RevokeApiKeyInput!) { revokeApiKey(input: $input) { apiKey { ${FIELDS} } ${ERRORS} } }`
const DELETE = `mutation ($input: DeleteApiKeyInput!) { deleteApiKey(input: $input) { deletedId ${ERRORS} } }`
const REVEAL = `mutation ($input: RevealApiKeyInput!) { revealApiKey(input: $input) { secret ${ERRORS} } }`

let nowMs = START
let latchkey: TestLatchkey
beforeAll(async () => {
  latchkey = await startLatchkey({ clock: () => nowMs })
})
afterAll(() => latchkey.close())
beforeEach(() => {
  nowMs = START
})

async function run(mutation: string, input: Record<string, unknown>) {
  const { data, errors } = await latchkey.graphql(mutation, { input })
  if (errors !== undefined) throw new Error(JSON.stringify(errors))
  return Object.values(data)[0] as {
    // biome-ignore lint/suspicious/noExplicitAny: a test reads into the response that it requested
    apiKey: any
    secret: string
    deletedId: string | null
    userErrors: { code: string; field: string[] | null; message: string }[]
  }
}

const get = async (id: string) =>
  (await latchkey.graphql(`query ($id: ID!) { apiKey(id: $id) { ${FIELDS} } }`, { id })).data.apiKey

async function auditOf(id: string) {
  const events = await latchkey.app.store.prisma.auditEvent.findMany({
    where: { targetId: id },
    orderBy: { id: 'asc' },
  })
  return events.map(({ action, actorType, actorName, targetLabel, changes }) => ({
    action,
    by: `${actorType} ${actorName}`,
    targetLabel,
    changes: changes === null ? null : JSON.parse(changes),
  }))
}

describe('create', () => {
  test('returns the key and, this once, its secret', async () => {
    const { apiKey, secret, userErrors } = await run(CREATE, {
      name: ' ci ',
      description: 'for tests',
      expiresInDays: 30,
    })
    expect(userErrors).toEqual([])
    expect(secret).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(apiKey).toEqual({
      id: `key_${apiKey.number}`,
      number: expect.any(Number),
      name: 'ci',
      description: 'for tests',
      start: secret.slice(0, 8),
      status: 'ACTIVE',
      createdAt: '2026-11-22T10:00:00.000Z',
      updatedAt: '2026-11-22T10:00:00.000Z',
      expiresAt: '2026-12-22T10:00:00.000Z',
      revokedAt: null,
      lastUsedAt: null,
      usageCount: 0,
      hasEncryptedCopy: false,
      version: 1,
    })
    expect(await get(apiKey.id)).toEqual(apiKey)
    expect((await call(latchkey, secret)).status).toBe(200)
    expect(await auditOf(apiKey.id)).toEqual([
      {
        action: 'api_key.create',
        by: 'ADMIN_TOKEN environment',
        targetLabel: 'ci',
        changes: expect.any(Array),
      },
    ])
  })

  test('lets a secret in that was refused a moment ago', async () => {
    // The gateway remembers unknown secrets; a new key must not be taken for one.
    const { secret, apiKey } = await run(CREATE, { name: 'brief' })
    await run(DELETE, { id: apiKey.id })
    expect((await call(latchkey, secret)).status).toBe(401)
    expect((await call(latchkey, (await run(CREATE, { name: 'next' })).secret)).status).toBe(200)
  })

  test('keeps the secret nowhere, in no form that it could be read from', async () => {
    const { secret, apiKey } = await run(CREATE, { name: 'kept by hash', keepEncryptedCopy: true })
    const { prisma } = latchkey.app.store
    const rows = inspect([await prisma.apiKey.findMany(), await prisma.auditEvent.findMany()], { depth: 9 })
    expect(rows).not.toContain(secret)
    expect(rows).not.toContain(secret.slice(9))
    const everything = await latchkey.graphql(`{ apiKeys(first: 100) { nodes { ${FIELDS} } } }`)
    expect(JSON.stringify([everything, await get(apiKey.id)])).not.toContain(secret.slice(9))
  })

  test.for<[Record<string, unknown>, string, string]>([
    [{ name: '' }, 'REQUIRED', 'name'],
    [{ name: 'x'.repeat(101) }, 'TOO_LONG', 'name'],
    [{ name: 'tab\there' }, 'INVALID', 'name'],
    [{ name: 'nul\u0000' }, 'INVALID', 'name'],
    [{ name: 'half \ud83d' }, 'INVALID', 'name'],
    [{ name: 'x', description: 'x'.repeat(1_001) }, 'TOO_LONG', 'description'],
    [{ name: 'x', description: 'nul\u0000' }, 'INVALID', 'description'],
    [{ name: 'x', expiresInDays: 0 }, 'OUT_OF_RANGE', 'expiresInDays'],
    [{ name: 'x', expiresInDays: 3_651 }, 'OUT_OF_RANGE', 'expiresInDays'],
    [{ name: 'x', expiresAt: '2026-11-22T10:00:00Z' }, 'OUT_OF_RANGE', 'expiresAt'],
    [{ name: 'x', expiresAt: '2036-12-01T00:00:00Z' }, 'OUT_OF_RANGE', 'expiresAt'],
    [{ name: 'x', expiresAt: '2027-01-01T00:00:00Z', expiresInDays: 1 }, 'INVALID', 'expiresAt'],
  ])('refuses %j with %s', async ([input, code, field]) => {
    const before = await latchkey.app.store.prisma.apiKey.count()
    const response = await run(CREATE, input)
    expect(response).toEqual({
      apiKey: null,
      secret: null,
      userErrors: [
        { code, field: ['input', field], message: expect.stringMatching(new RegExp(`^${field} `)) },
      ],
    })
    expect(await latchkey.app.store.prisma.apiKey.count()).toBe(before)
  })

  test('names every problem at once', async () => {
    const { userErrors } = await run(CREATE, { name: '', description: '\u0000', expiresInDays: -5 })
    expect(userErrors.map((error) => error.field?.[1])).toEqual(['name', 'description', 'expiresInDays'])
  })

  test.for([
    { name: 'x', expiresInDays: 1.5 },
    { name: 'x', expiresInDays: 2 ** 31 },
    { name: 'x', expiresAt: '2027-01-01' },
    { name: 'x', expiresAt: '2027-02-30T00:00:00Z' },
    { name: 'x', expiresAt: '2027-01-01T00:00:00' },
    { name: 'x', expiresAt: 1_800_000_000 },
    { name: 5 },
    { name: null },
    {},
    { name: 'x', surprise: true },
  ])('%j is no such input', async (input) => {
    const { data, errors } = await latchkey.graphql(CREATE, { input })
    expect([data, errors?.[0]?.extensions?.code]).toEqual([undefined, 'BAD_USER_INPUT'])
  })
})

describe('update', () => {
  test('changes what is given, clears what is null, keeps the rest, and says in the trail what was before', async () => {
    const { apiKey, secret } = await run(CREATE, { name: 'old', description: 'text', expiresInDays: 10 })
    nowMs += 60_000
    const renamed = await run(UPDATE, { id: apiKey.id, name: 'new', expectedVersion: 1 })
    expect(renamed).toEqual({
      apiKey: { ...apiKey, name: 'new', updatedAt: '2026-11-22T10:01:00.000Z', version: 2 },
      userErrors: [],
    })
    const cleared = await run(UPDATE, { id: apiKey.id, description: null, expiresAt: null })
    expect(cleared.apiKey).toMatchObject({ name: 'new', description: null, expiresAt: null, version: 3 })
    expect((await call(latchkey, secret)).status).toBe(200)
    expect((await auditOf(apiKey.id)).slice(1)).toEqual([
      {
        action: 'api_key.update',
        by: 'ADMIN_TOKEN environment',
        targetLabel: 'new',
        changes: [{ path: 'name', before: 'old', after: 'new' }],
      },
      {
        action: 'api_key.update',
        by: 'ADMIN_TOKEN environment',
        targetLabel: 'new',
        changes: [
          { path: 'description', before: 'text', after: null },
          { path: 'expiresAt', before: '2026-12-02T10:00:00.000Z', after: null },
        ],
      },
    ])
  })

  test('an expiry is in force at once, when shortened and when extended', async () => {
    const { apiKey, secret } = await run(CREATE, { name: 'x' })
    expect((await call(latchkey, secret)).status).toBe(200)
    await run(UPDATE, { id: apiKey.id, expiresAt: new Date(nowMs + 1_000).toISOString() })
    nowMs += 1_000
    expect((await call(latchkey, secret)).status).toBe(401)
    expect((await get(apiKey.id)).status).toBe('EXPIRED')
    await run(UPDATE, { id: apiKey.id, expiresAt: new Date(nowMs + DAY).toISOString() })
    expect((await call(latchkey, secret)).status).toBe(200)
    expect((await get(apiKey.id)).status).toBe('ACTIVE')
  })

  test('an update without a change writes no audit event', async () => {
    const { apiKey } = await run(CREATE, { name: 'same', expiresInDays: 1 })
    nowMs += 60_000
    expect(
      (await run(UPDATE, { id: apiKey.id, name: ' same ', expiresAt: apiKey.expiresAt })).apiKey,
    ).toEqual(apiKey)
    expect((await run(UPDATE, { id: apiKey.id })).apiKey).toEqual(apiKey)
    expect(await auditOf(apiKey.id)).toHaveLength(1)
  })

  test('of two changes of the same version, the second gets a conflict', async () => {
    const { apiKey } = await run(CREATE, { name: 'x' })
    await run(UPDATE, { id: apiKey.id, name: 'first', expectedVersion: 1 })
    expect(await run(UPDATE, { id: apiKey.id, name: 'second', expectedVersion: 1 })).toEqual({
      apiKey: null,
      userErrors: [{ code: 'STALE', field: ['input', 'expectedVersion'], message: expect.any(String) }],
    })
    expect((await get(apiKey.id)).name).toBe('first')
  })

  test('many at once never overwrite each other unseen', async () => {
    const { apiKey } = await run(CREATE, { name: 'x' })
    const responses = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        run(UPDATE, { id: apiKey.id, name: `name ${i}`, expectedVersion: 1 }),
      ),
    )
    expect(responses.filter((response) => response.apiKey !== null)).toHaveLength(1)
    expect((await get(apiKey.id)).version).toBe(2)
    expect(await auditOf(apiKey.id)).toHaveLength(2)
  })

  test.for<[Record<string, unknown>, string, string]>([
    [{ name: null }, 'REQUIRED', 'name'],
    [{ name: ' ' }, 'REQUIRED', 'name'],
    [{ description: 'x'.repeat(1_001) }, 'TOO_LONG', 'description'],
    [{ expiresAt: '2020-01-01T00:00:00Z' }, 'OUT_OF_RANGE', 'expiresAt'],
    [{ id: 'key_2147483647', name: 'x' }, 'NOT_FOUND', 'id'],
    [{ id: 'nonsense', name: 'x' }, 'INVALID', 'id'],
    [{ id: `req_${'0'.repeat(32)}`, name: 'x' }, 'INVALID', 'id'],
  ])('refuses %j with %s', async ([input, code, field]) => {
    const { apiKey } = await run(CREATE, { name: 'x' })
    expect(await run(UPDATE, { id: apiKey.id, ...input })).toEqual({
      apiKey: null,
      userErrors: [{ code, field: ['input', field], message: expect.any(String) }],
    })
    expect(await get(apiKey.id)).toEqual(apiKey)
  })

  test("a revoked key's expiry is settled; its name is not", async () => {
    const { apiKey } = await run(CREATE, { name: 'x' })
    await run(REVOKE, { id: apiKey.id })
    const { userErrors } = await run(UPDATE, { id: apiKey.id, expiresAt: '2027-01-01T00:00:00Z' })
    expect(userErrors).toEqual([
      { code: 'IMMUTABLE', field: ['input', 'expiresAt'], message: expect.any(String) },
    ])
    expect((await run(UPDATE, { id: apiKey.id, name: 'y' })).apiKey).toMatchObject({
      name: 'y',
      status: 'REVOKED',
    })
  })
})

describe('revoke', () => {
  test('refuses the next call; the record and its logs stay', async () => {
    const { apiKey, secret } = await run(CREATE, { name: 'x' })
    const { requestId } = await call(latchkey, secret)
    nowMs += 1_000
    const { apiKey: revoked, userErrors } = await run(REVOKE, { id: apiKey.id })
    expect(userErrors).toEqual([])
    expect(revoked).toMatchObject({ status: 'REVOKED', revokedAt: '2026-11-22T10:00:01.000Z', version: 2 })
    expect((await call(latchkey, secret)).status).toBe(401)
    const { data } = await latchkey.graphql(
      'query ($id: ID!) { requestLog(id: $id) { apiKey { status } } }',
      { id: requestId },
    )
    expect(data.requestLog).toEqual({ apiKey: { status: 'REVOKED' } })
  })

  test('twice changes nothing', async () => {
    const { apiKey } = await run(CREATE, { name: 'x' })
    const { apiKey: once } = await run(REVOKE, { id: apiKey.id })
    nowMs += 1_000
    expect(await run(REVOKE, { id: apiKey.id })).toEqual({ apiKey: once, userErrors: [] })
    expect((await auditOf(apiKey.id)).map((event) => event.action)).toEqual([
      'api_key.create',
      'api_key.revoke',
    ])
  })

  test('many at once are audited once', async () => {
    const { apiKey } = await run(CREATE, { name: 'x' })
    await Promise.all(Array.from({ length: 8 }, () => run(REVOKE, { id: apiKey.id })))
    expect(await auditOf(apiKey.id)).toHaveLength(2)
  })

  test('an unknown key is not found', async () => {
    expect((await run(REVOKE, { id: 'key_2147483647' })).userErrors).toMatchObject([
      { code: 'NOT_FOUND', field: ['input', 'id'] },
    ])
    expect((await run(REVOKE, { id: '12' })).userErrors).toMatchObject([
      { code: 'INVALID', field: ['input', 'id'] },
    ])
  })
})

describe('delete', () => {
  test('takes the key and its logs, and leaves the trail', async () => {
    const { apiKey, secret } = await run(CREATE, { name: 'doomed' })
    const { requestId } = await call(latchkey, secret)
    expect(await run(DELETE, { id: apiKey.id })).toEqual({ deletedId: apiKey.id, userErrors: [] })
    expect((await call(latchkey, secret)).status).toBe(401)
    expect(await get(apiKey.id)).toBeNull()
    const { data } = await latchkey.graphql('query ($id: ID!) { requestLog(id: $id) { id } }', {
      id: requestId,
    })
    expect(data).toEqual({ requestLog: null })
    expect((await auditOf(apiKey.id)).map((event) => event.action)).toEqual([
      'api_key.create',
      'api_key.delete',
    ])
    expect((await run(DELETE, { id: apiKey.id })).userErrors).toMatchObject([{ code: 'NOT_FOUND' }])
  })

  test('never gives the number to another key', async () => {
    const { apiKey } = await run(CREATE, { name: 'x' })
    await run(DELETE, { id: apiKey.id })
    expect((await run(CREATE, { name: 'y' })).apiKey.number).toBeGreaterThan(apiKey.number)
  })
})

describe('reveal', () => {
  test('returns the secret where a copy was requested, and records it in the audit log', async () => {
    const { apiKey, secret } = await run(CREATE, { name: 'x', keepEncryptedCopy: true })
    expect(apiKey.hasEncryptedCopy).toBe(true)
    expect(await run(REVEAL, { id: apiKey.id })).toEqual({ secret, userErrors: [] })
    expect((await auditOf(apiKey.id)).map((event) => event.action)).toEqual([
      'api_key.create',
      'api_key.reveal',
    ])
  })

  test('is not to be had without a copy', async () => {
    const { apiKey } = await run(CREATE, { name: 'x' })
    expect(await run(REVEAL, { id: apiKey.id })).toEqual({
      secret: null,
      userErrors: [
        { code: 'NOT_FOUND', field: ['input', 'id'], message: expect.stringContaining('No encrypted copy') },
      ],
    })
    expect(await auditOf(apiKey.id)).toHaveLength(1)
  })

  test("another key's copy is not taken for this one's", async () => {
    const [one, two] = [
      await run(CREATE, { name: 'one', keepEncryptedCopy: true }),
      await run(CREATE, { name: 'two', keepEncryptedCopy: true }),
    ]
    const { prisma } = latchkey.app.store
    const { encryptedSecret } = await prisma.apiKey.findUniqueOrThrow({ where: { id: one.apiKey.number } })
    await prisma.apiKey.update({ where: { id: two.apiKey.number }, data: { encryptedSecret } })
    expect(await run(REVEAL, { id: two.apiKey.id })).toMatchObject({
      secret: null,
      userErrors: [{ code: 'INVALID' }],
    })
  })
})
