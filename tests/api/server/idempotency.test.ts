// Changes that are sent again under one Idempotency-Key.
import { inflateRawSync } from 'node:zlib'
import { AlreadyRevealedError, ConflictError, Latchkey } from '@latchkey/sdk'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { graphql, rest } from '../../support/api/client.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'

const CREATE = `mutation ($input: CreateApiKeyInput!) {
  made: createApiKey(input: $input) { apiKey { id name } shown: secret userErrors { code } } }`

let nowMs = Date.parse('2026-11-29T10:00:00Z')
let latchkey: TestLatchkey
beforeAll(async () => {
  latchkey = await startLatchkey({ clock: () => nowMs })
})
afterAll(() => latchkey.close())

function create(key: string, name: string, headers: Record<string, string> = {}) {
  const as = { token: latchkey.adminToken, headers: { 'idempotency-key': key, ...headers } }
  return graphql(latchkey, CREATE, { input: { name } }, as)
}
const countOf = (name: string) => latchkey.app.store.prisma.apiKey.count({ where: { name } })

describe('a mutation with an Idempotency-Key', () => {
  test('runs once: the same result is said again, without its secret, for a day', async () => {
    const first = await create('a', 'once')
    expect(first.data.made.shown).toMatch(/^[0-9a-f]{8}-/)
    expect(first.headers.get('idempotency-replayed')).toBeNull()
    const again = await create('a', 'once')
    expect(again.headers.get('idempotency-replayed')).toBe('true')
    expect(again.data).toEqual({ made: { ...first.data.made, shown: null } })
    expect(again.errors).toEqual([
      { message: expect.any(String), path: ['made', 'shown'], extensions: { code: 'ALREADY_REVEALED' } },
    ])
    expect(await countOf('once')).toBe(1)
    const rows = await latchkey.app.store.prisma.idempotentRequest.findMany()
    const kept = rows.map(({ response }) => inflateRawSync(response ?? Buffer.alloc(0)).toString('utf8'))
    expect(kept[0]).toContain('once')
    expect(kept.join()).not.toContain(first.data.made.shown)
    nowMs += 86_400_000
    expect((await create('a', 'once')).data.made.shown).toMatch(/^[0-9a-f]{8}-/)
    expect(await countOf('once')).toBe(2)
    expect(await latchkey.app.store.prisma.idempotentRequest.count()).toBe(1)
  })

  test('another body is a conflict, and so is one whose end is not known', async () => {
    await create('b', 'first')
    const other = await create('b', 'other')
    expect([other.status, other.errors?.[0]?.extensions.code, other.headers.get('retry-after')]).toEqual([
      409,
      'CONFLICT',
      null,
    ])
    expect(await countOf('other')).toBe(0)
    const { idempotentRequest } = latchkey.app.store.prisma
    await idempotentRequest.updateMany({
      data: { status: null, response: null, run: 'of a process that ended' },
    })
    expect((await create('b', 'first')).errors?.[0]?.message).toContain('may have been done')
    const [row] = await idempotentRequest.findMany({ take: 1 })
    if (row === undefined) throw new Error('no row')
    expect(row.actor).toMatch(/^ADMIN_TOKEN \d+$/)
  })

  test('of many at once one runs; the others get its result, or are told to come again', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => create('c', 'crowd')))
    expect(await countOf('crowd')).toBe(1)
    const ran = all.filter(({ data }) => typeof data?.made?.shown === 'string')
    expect(ran).toHaveLength(1)
    for (const { status, headers, errors } of all) {
      if (status === 200) continue
      expect([status, errors?.[0]?.extensions.code]).toEqual([409, 'CONFLICT'])
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    }
  })

  test('what was refused before any change may be sent again; problems with the input are a result', async () => {
    const wrong = await graphql(
      latchkey,
      CREATE,
      { input: {} },
      {
        token: latchkey.adminToken,
        headers: { 'idempotency-key': 'd' },
      },
    )
    expect(wrong.errors).toHaveLength(1)
    expect((await create('d', 'right')).data.made.apiKey.name).toBe('right')
    const first = await create('e', ' ')
    expect(first.data.made.userErrors).toEqual([{ code: 'REQUIRED' }])
    expect((await create('e', ' ')).headers.get('idempotency-replayed')).toBe('true')
  })

  test.for(['', ' ', 'a b', 'ü', 'x'.repeat(256)])('%j is no key', async (key) => {
    const { status, errors } = await create(key, 'never').catch(() => ({ status: 400, errors: undefined }))
    expect(status).toBe(400)
    if (errors !== undefined) expect(errors[0]?.message).toContain('1 to 255')
    expect(await countOf('never')).toBe(0)
  })

  test('a query has no need of one', async () => {
    const as = { token: latchkey.adminToken, headers: { 'idempotency-key': 'q' } }
    for (let times = 0; times < 2; times++) {
      const { headers, data } = await graphql(latchkey, '{ server { version } }', {}, as)
      expect(data.server.version).toEqual(expect.any(String))
      expect(headers.get('idempotency-replayed')).toBeNull()
    }
  })
})

test('what came of it is not said again to who may no longer do what he might', async () => {
  const sdk = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
  const owners = await Promise.all(['mine', 'yours'].map((name) => sdk.owners.create({ name })))
  const ownerIds = owners.map(({ id }) => id)
  const scopes = ['keys:write', 'logs:read']
  const { adminToken, token } = await sdk.adminTokens.create({ name: 'narrowed', scopes, ownerIds })
  const as = { token, headers: { 'idempotency-key': 'narrowed' } }
  const input = { name: 'narrowed', ownerId: ownerIds[0] }
  const byGraphql = () => graphql(latchkey, CREATE, { input }, as)
  const byRest = () =>
    rest(latchkey, 'DELETE', `/api/api-keys/${number}`, undefined, {
      token,
      headers: { 'idempotency-key': 'r' },
    })
  const first = await byGraphql()
  const number = first.data.made.apiKey.id.slice('key_'.length)
  expect((await byRest()).status).toBe(200)
  expect((await byGraphql()).headers.get('idempotency-replayed')).toBe('true')
  for (const changes of [{ scopes: ['keys:write'] }, { scopes, ownerIds: ownerIds.slice(1) }]) {
    await sdk.adminTokens.update(adminToken.id, changes)
    const { status, data, errors } = await byGraphql()
    expect([status, data ?? null, errors?.[0]?.extensions.code]).toEqual([403, null, 'FORBIDDEN'])
    const over = await byRest()
    expect([over.status, JSON.stringify(over.body)]).toEqual([403, expect.not.stringContaining('deleted')])
  }
  await sdk.adminTokens.update(adminToken.id, { scopes: [...scopes, 'usage:read'], ownerIds })
  expect((await byGraphql()).headers.get('idempotency-replayed')).toBe('true')
})

test('a one-time link is shown once, and is not kept', async () => {
  const as = (key: string) => ({ token: latchkey.adminToken, headers: { 'idempotency-key': key } })
  const INVITE = 'mutation { made: inviteAdmin(input: { role: OWNER }) { url } }'
  const RESET = 'mutation ($id: ID!) { made: resetAdminPassword(input: { id: $id }) { url } }'
  const { id } = await latchkey.app.store.prisma.admin.create({
    data: { username: 'linked', passwordHash: '', createdAt: new Date(nowMs) },
  })
  for (const [key, query, variables] of [
    ['invitation', INVITE, {}],
    ['password', RESET, { id: `adm_${id}` }],
  ] as const) {
    const first = await graphql(latchkey, query, variables, as(key))
    const token = String(first.data.made.url).split('#token=')[1]
    expect(token).toMatch(/^[\w-]{43}$/)
    const again = await graphql(latchkey, query, variables, as(key))
    expect(again.data).toEqual({ made: { url: null } })
    expect(again.errors).toMatchObject([{ path: ['made', 'url'], extensions: { code: 'ALREADY_REVEALED' } }])
    const rows = await latchkey.app.store.prisma.idempotentRequest.findMany({
      where: { response: { not: null } },
    })
    const kept = rows.map(({ response }) => inflateRawSync(response ?? Buffer.alloc(0)).toString('utf8'))
    expect(kept.join()).toContain('"made":{"url":null}')
    expect(kept.join()).not.toContain(token)
  }
})

test('a change over REST runs once too, and shows its secret once', async () => {
  const as = { token: latchkey.adminToken, headers: { 'idempotency-key': 'rest' } }
  const first = await rest(latchkey, 'POST', '/api/api-keys', { name: 'by rest' }, as)
  const again = await rest(latchkey, 'POST', '/api/api-keys', { name: 'by rest' }, as)
  expect(first.body.api_key).toEqual(expect.any(String))
  expect(again.headers.get('idempotency-replayed')).toBe('true')
  expect(again.body).toEqual({
    ...first.body,
    api_key: null,
    error: { code: 'ALREADY_REVEALED', message: expect.any(String), param: 'api_key' },
  })
  expect(await countOf('by rest')).toBe(1)
  expect((await rest(latchkey, 'POST', '/api/api-keys', { name: 'another' }, as)).status).toBe(409)
  const deletion = { token: latchkey.adminToken, headers: { 'idempotency-key': 'deletion' } }
  const path = `/api/api-keys/${first.body.id}`
  expect((await rest(latchkey, 'DELETE', path, undefined, deletion)).status).toBe(200)
  expect((await rest(latchkey, 'DELETE', path, undefined, deletion)).body).toEqual({
    id: first.body.id,
    deleted: true,
  })
})

describe('a change over OpenAI’s admin API', () => {
  const once = (key: string) => ({ headers: { 'idempotency-key': key } })
  const revealed = (param: string) => ({
    message: expect.any(String),
    type: 'invalid_request_error',
    param,
    code: 'already_revealed',
  })
  const organization = () => {
    const { adminToken: adminAPIKey, url } = latchkey
    const client = new OpenAI({ adminAPIKey, apiKey: 'none', baseURL: `${url}/v1`, maxRetries: 0 })
    return client.admin.organization
  }

  test('runs once, and shows each secret once', async () => {
    const { adminAPIKeys, invites, projects } = organization()
    const person = { email: 'ann@example.com', role: 'reader' as const }
    const cases = [
      {
        send: () => adminAPIKeys.create({ name: 'o1' }, once('o1')),
        stripped: { value: null, error: revealed('value') },
      },
      {
        send: () => projects.serviceAccounts.create('proj_default', { name: 'o2' }, once('o2')),
        stripped: { api_key: expect.objectContaining({ value: null }), error: revealed('api_key.value') },
      },
      {
        send: () => invites.create(person, once('o3')),
        stripped: { url: null, error: revealed('url') },
      },
      { send: () => projects.create({ name: 'o4' }, once('o4')), stripped: {} },
    ]
    for (const { send, stripped } of cases) {
      const first = await send().withResponse()
      const again = await send().withResponse()
      expect(first.response.headers.get('idempotency-replayed')).toBeNull()
      expect(again.response.headers.get('idempotency-replayed')).toBe('true')
      expect(again.data).toEqual({ ...first.data, ...stripped })
    }
    expect(await countOf('o2')).toBe(1)
    expect(await latchkey.app.store.prisma.owner.count({ where: { name: 'o4' } })).toBe(1)
  })

  test('another body is a conflict, and what was refused may be sent again', async () => {
    const { projects } = organization()
    await projects.create({ name: 'p1' }, once('p1'))
    await expect(projects.create({ name: 'p2' }, once('p1'))).rejects.toMatchObject({
      status: 409,
      type: 'invalid_request_error',
      param: 'idempotency-key',
    })
    await expect(projects.create({ name: '' }, once('p3'))).rejects.toThrow(OpenAI.BadRequestError)
    expect(await projects.create({ name: 'p3' }, once('p3'))).toMatchObject({ name: 'p3' })
    expect(await projects.archive((await projects.create({ name: 'p4' })).id, once('p4'))).toMatchObject({
      status: 'archived',
    })
  })
})

test('the SDK says that a secret was shown before, and that a key is another request’s', async () => {
  const { keys } = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
  const options = { idempotencyKey: 'job-7' }
  const { secret } = await keys.create({ name: 'job' }, options)
  expect(secret).toEqual(expect.any(String))
  await expect(keys.create({ name: 'job' }, options)).rejects.toBeInstanceOf(AlreadyRevealedError)
  await expect(keys.create({ name: 'other job' }, options)).rejects.toBeInstanceOf(ConflictError)
  expect(await countOf('job')).toBe(1)
})
