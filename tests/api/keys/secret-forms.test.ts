// The forms of a key's secret: a UUID, the same with the prefix that scanners find, and secrets that were made elsewhere.
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { Latchkey } from '@latchkey/sdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { auditOf } from '../../support/api/audit-trail.ts'
import { runMutation } from '../../support/api/run-mutation.ts'
import { chat as chatWith, errorOf } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'

const ERRORS = 'userErrors { code field message }'
const KEY = 'apiKey { id number start secretForm externalId version }'
const CREATE = `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { ${KEY} secret ${ERRORS} } }`
const ROTATE = `mutation ($input: RotateApiKeyInput!) { rotateApiKey(input: $input) { ${KEY} secret ${ERRORS} } }`
const REVEAL = `mutation ($input: RevealApiKeyInput!) { revealApiKey(input: $input) { secret ${ERRORS} } }`
const REVOKE = `mutation ($input: RevokeApiKeyInput!) { revokeApiKey(input: $input) { ${KEY} ${ERRORS} } }`
const SETTINGS = `mutation ($input: UpdateSettingsInput!) { updateSettings(input: $input) { settings { secretForm } ${ERRORS} } }`
const IMPORT = `mutation ($input: ImportApiKeysInput!) { importApiKeys(input: $input) {
  results { index ${KEY} ${ERRORS} } imported ${ERRORS} } }`

let latchkey: TestLatchkey
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(() => latchkey.close())

const run = (mutation: string, input: Record<string, unknown>) => runMutation(latchkey, mutation, input)
const chat = (to: TestLatchkey, secret: string) => chatWith(to, secret, { model: 'echo' })
const ownSecret = () => `acme-${randomBytes(24).toString('base64url')}`
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

async function found(search: string): Promise<string[]> {
  const { data } = await latchkey.graphql(
    'query ($filter: ApiKeyFilter) { apiKeys(filter: $filter) { nodes { id } } }',
    { filter: { search } },
  )
  return data.apiKeys.nodes.map((node: { id: string }) => node.id)
}

async function importOne(fields: Record<string, unknown>, dryRun = false) {
  const payload = await run(IMPORT, { items: [{ name: 'imported', ...fields }], dryRun })
  expect(payload.userErrors).toEqual([])
  const [result] = (
    payload as unknown as { results: { apiKey: { id: string } | null; userErrors: unknown[] }[] }
  ).results
  if (result === undefined) throw new Error('no result')
  return result
}

describe('sk-lk-', () => {
  test('both spellings are one key, wherever a secret is taken', async () => {
    const { apiKey, secret } = await run(CREATE, { name: 'prefixed', secretForm: 'PREFIXED' })
    expect(secret).toMatch(/^sk-lk-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    const uuid = secret.slice('sk-lk-'.length)
    expect(apiKey).toMatchObject({ start: uuid.slice(0, 8), secretForm: 'PREFIXED' })
    for (const spelling of [secret, uuid, `sk-${uuid}`, secret.toUpperCase()]) {
      expect((await chat(latchkey, spelling)).status, spelling).toBe(200)
      const info = await fetch(`${latchkey.url}/v1/key`, { headers: { 'x-api-key': spelling } })
      expect(await info.json()).toMatchObject({ id: apiKey.id })
      expect(await found(spelling)).toEqual([apiKey.id])
    }
    expect(await found(`sk-lk-${apiKey.start}…`)).toEqual([apiKey.id])
    const wrong = await chat(latchkey, `sk-lk-${randomUUID()}`)
    expect([wrong.status, (await errorOf(wrong)).code]).toEqual([401, 'invalid_api_key'])
  })

  test('is the form of new secrets where the settings say so, of a rotated one what it was, and revealed as it was shown', async () => {
    const plain = await run(CREATE, { name: 'plain' })
    expect(plain.apiKey.secretForm).toBe('UUID')
    expect((await run(SETTINGS, { secretForm: 'PREFIXED' })).settings.secretForm).toBe('PREFIXED')
    const byDefault = await run(CREATE, { name: 'by default', keepEncryptedCopy: true })
    expect(byDefault.secret).toMatch(/^sk-lk-/)
    expect((await run(REVEAL, { id: byDefault.apiKey.id })).secret).toBe(byDefault.secret)
    expect((await run(ROTATE, { id: byDefault.apiKey.id })).secret).toMatch(/^sk-lk-/)
    expect((await run(ROTATE, { id: byDefault.apiKey.id, secretForm: 'UUID' })).secret).toMatch(
      /^[0-9a-f]{8}-/,
    )
    expect((await run(ROTATE, { id: plain.apiKey.id })).secret).toMatch(/^[0-9a-f]{8}-/)
    expect((await run(SETTINGS, { secretForm: null })).settings.secretForm).toBe('UUID')
    expect((await auditOf(latchkey, 'settings')).at(-1)?.[1]).toEqual([
      { path: 'secretForm', before: 'PREFIXED', after: 'UUID' },
    ])
  })
})

describe('an imported secret', () => {
  test('works as it is, letter case included, wherever a secret is taken', async () => {
    const secret = ownSecret()
    expect((await chat(latchkey, secret)).status).toBe(401)
    const { apiKey } = await importOne({ secret, externalId: 'app-1' })
    expect(apiKey).toMatchObject({ start: secret.slice(0, 8), secretForm: 'IMPORTED', externalId: 'app-1' })
    expect((await chat(latchkey, secret)).status).toBe(200)
    const info = await fetch(`${latchkey.url}/v1/key`, { headers: { 'api-key': secret } })
    expect(await info.json()).toMatchObject({ id: apiKey?.id })
    expect((await chat(latchkey, secret.toUpperCase())).status).toBe(401)
    expect(await found(secret)).toEqual([apiKey?.id])
    expect(await found(`${secret.slice(0, 8)}…`)).toEqual([apiKey?.id])
    const events = await auditOf(latchkey, apiKey?.id ?? '')
    expect(events.map(([action]) => action)).toEqual(['api_key.import'])
    expect(JSON.stringify(events)).not.toContain(secret)
  })

  test('works by its hash alone, and a UUID in both spellings', async () => {
    const [secret, uuid] = [ownSecret(), randomUUID()]
    const byHash = await importOne({ secretHash: sha256(secret).toUpperCase(), start: 'acme-' })
    expect(byHash.apiKey).toMatchObject({ start: 'acme-', secretForm: 'IMPORTED' })
    expect((await chat(latchkey, secret)).status).toBe(200)
    expect((await importOne({ secret: `SK-${uuid}` })).apiKey).toMatchObject({ secretForm: 'UUID' })
    expect((await chat(latchkey, `sk-lk-${uuid}`)).status).toBe(200)
    expect((await importOne({ secretHash: sha256(uuid) })).userErrors).toMatchObject([{ code: 'TAKEN' }])
  })

  test('is refused where a key has it or had it, revoked or rotated, or another of the import has it', async () => {
    const [live, revoked, former, twice] = [ownSecret(), ownSecret(), ownSecret(), ownSecret()]
    await importOne({ secret: live, externalId: 'live' })
    const { apiKey } = await importOne({ secret: revoked })
    await run(REVOKE, { id: apiKey?.id })
    const rotated = await importOne({ secret: former })
    expect((await run(ROTATE, { id: rotated.apiKey?.id })).apiKey.secretForm).toBe('UUID')
    const items = [
      { name: 'live', secret: live },
      { name: 'revoked', secretHash: sha256(revoked) },
      { name: 'former', secret: former },
      { name: 'good', secret: twice, externalId: 'once' },
      { name: 'twice', secretHash: sha256(twice) },
      { name: 'id', secret: ownSecret(), externalId: 'once' },
      { name: 'taken id', secret: ownSecret(), externalId: 'live' },
    ]
    const { results, imported } = (await run(IMPORT, { items })) as unknown as {
      results: { apiKey: unknown; userErrors: { code: string; field: string[] }[] }[]
      imported: number
    }
    expect(imported).toBe(1)
    expect(
      results.map(({ userErrors }) => userErrors.map(({ code, field }) => [code, field.at(-1)])),
    ).toEqual([
      [['TAKEN', 'secret']],
      [['TAKEN', 'secretHash']],
      [['TAKEN', 'secret']],
      [],
      [['TAKEN', 'secretHash']],
      [['TAKEN', 'externalId']],
      [['TAKEN', 'externalId']],
    ])
  })

  test.for<[string, Record<string, unknown>, string, string]>([
    ['short', { secret: 'abc123XYZ456def' }, 'INVALID', 'secret'],
    ['long', { secret: randomBytes(150).toString('base64url').padEnd(201, 'x') }, 'INVALID', 'secret'],
    ['of other characters', { secret: `${ownSecret()}!` }, 'INVALID', 'secret'],
    ['with a space', { secret: ` ${ownSecret()}` }, 'INVALID', 'secret'],
    ['to be guessed', { secret: 'password-password-password' }, 'INVALID', 'secret'],
    ['like an admin token', { secret: `lka_${ownSecret()}` }, 'INVALID', 'secret'],
    ['like a client secret', { secret: `ek_${ownSecret()}` }, 'INVALID', 'secret'],
    ['none', {}, 'REQUIRED', 'secret'],
    ['both', { secret: ownSecret(), secretHash: sha256('x') }, 'REQUIRED', 'secret'],
    ['no hash', { secretHash: 'abc' }, 'INVALID', 'secretHash'],
    ['a long start', { secretHash: sha256(ownSecret()), start: '123456789' }, 'INVALID', 'start'],
    ['a start beside a secret', { secret: ownSecret(), start: 'a' }, 'INVALID', 'start'],
    ['no name', { secret: ownSecret(), name: ' ' }, 'REQUIRED', 'name'],
    ['an external id with a space', { secret: ownSecret(), externalId: 'a b' }, 'INVALID', 'externalId'],
    ['in the past', { secret: ownSecret(), expiresAt: '2020-01-01T00:00:00Z' }, 'OUT_OF_RANGE', 'expiresAt'],
  ])('is refused: %s', async ([, fields, code, field]) => {
    const { apiKey, userErrors } = await importOne(fields)
    expect(apiKey).toBeNull()
    expect(userErrors).toMatchObject([{ code, field: ['input', 'items', '0', field] }])
    if (typeof fields.secret === 'string') expect(JSON.stringify(userErrors)).not.toContain(fields.secret)
  })

  test('a dry run says the same and changes nothing; 500 are imported at once, 501 never', async () => {
    const { keys } = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
    const { prisma } = latchkey.app.store
    const before = [await prisma.apiKey.count(), await prisma.auditEvent.count()]
    const items = Array.from({ length: 500 }, (_, at) => ({ name: `app ${at}`, secret: ownSecret() }))
    const tried = await keys.import({ items, dryRun: true })
    expect(tried.imported).toBe(500)
    expect(tried.results.every(({ apiKey, userErrors }) => apiKey === null && userErrors.length === 0)).toBe(
      true,
    )
    expect([await prisma.apiKey.count(), await prisma.auditEvent.count()]).toEqual(before)
    expect((await chat(latchkey, items[0]?.secret ?? '')).status).toBe(401)
    const done = await keys.import({ items })
    expect(done.imported).toBe(500)
    expect(await prisma.apiKey.count()).toBe((before[0] ?? 0) + 500)
    for (const at of [0, 49, 50, 499])
      expect((await chat(latchkey, items[at]?.secret ?? '')).status).toBe(200)
    const again = await keys.import({ items })
    expect([again.imported, new Set(again.results.map(({ userErrors }) => userErrors[0]?.code))]).toEqual([
      0,
      new Set(['TAKEN']),
    ])
    await expect(keys.import({ items: [...items, ...items.slice(0, 1)] })).rejects.toThrow('1 to 500')
    await expect(keys.import({ items: [] })).rejects.toThrow('1 to 500')
  })

  test('two imports of the same secrets at once make each key once', async () => {
    const items = Array.from({ length: 60 }, (_, at) => ({ name: `both ${at}`, secret: ownSecret() }))
    const { keys } = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
    const done = await Promise.all([keys.import({ items }), keys.import({ items }), keys.import({ items })])
    expect(done.reduce((sum, { imported }) => sum + imported, 0)).toBe(60)
  })
})
