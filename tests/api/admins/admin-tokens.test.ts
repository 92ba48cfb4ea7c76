// Admin tokens: what they may, from where, for how long, and who may make them.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Latchkey, UserInputError } from '@latchkey/sdk'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { auditOf } from '../../support/api/audit-trail.ts'
import { graphql, rest } from '../../support/api/client.ts'
import { repositoryRoot } from '../../support/run/repository.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'

const MINUTE = 60_000
const run = promisify(execFile)

let latchkey: TestLatchkey
let admin: Latchkey
let nowMs = Date.parse('2026-11-22T00:00:00Z')
beforeAll(async () => {
  latchkey = await startLatchkey({ env: { LATCHKEY_TRUSTED_PROXIES: '127.0.0.1' }, clock: () => nowMs })
  admin = sdk(latchkey.adminToken)
})
afterAll(() => latchkey.close())

function sdk(token: string): Latchkey {
  return new Latchkey({ url: latchkey.url, adminToken: token, maxRetries: 0 })
}

let made = 0
/** A new token, and a client with it. */
async function tokenWith(input: Partial<Parameters<Latchkey['adminTokens']['create']>[0]> = {}, by = admin) {
  made++
  const created = await by.adminTokens.create({ name: `token ${made}`, scopes: ['keys:read'], ...input })
  return { ...created, id: created.adminToken.id, client: sdk(created.token) }
}

/** The status of a request with a token from an address. */
async function statusOf(token: string, address?: string): Promise<{ status: number; text: string }> {
  const headers = address === undefined ? undefined : { 'x-forwarded-for': address }
  const { status, body } = await rest(latchkey, 'GET', '/api/api-keys', undefined, { token, headers })
  return { status, text: JSON.stringify(body) }
}

async function problemsOf(attempt: Promise<unknown>): Promise<(string | undefined)[][]> {
  const error = await attempt.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof UserInputError)) throw error ?? new Error('it was allowed')
  return error.userErrors.map(({ code, field }) => [code, field?.slice(1).join('.')])
}

test('a token may what its scopes say, and is shown once', async () => {
  const { adminToken, token, client } = await tokenWith({ scopes: ['keys:write'] })
  expect(token).toMatch(/^lka_[0-9A-Za-z]{42}$/)
  expect(adminToken).toMatchObject({
    start: token.slice(0, 12),
    scopes: ['keys:read', 'keys:write'],
    createdBy: 'environment',
    lastUsedAt: null,
    isOfEnvironment: false,
  })
  expect(await client.auth.viewer()).toMatchObject({ type: 'ADMIN_TOKEN', role: null })
  const { apiKey } = await client.keys.create({ name: 'by a token' })
  await expect(client.usage({ range: {} })).rejects.toThrow('usage:read')
  expect(JSON.stringify(await admin.adminTokens.list())).not.toContain(token)
  expect(await auditOf(latchkey, apiKey.id)).toEqual([['api_key.create', expect.any(Array)]])
  expect(await auditOf(latchkey, adminToken.id)).toEqual([
    ['admin_token.create', [{ path: 'scopes', before: null, after: 'keys:read keys:write' }]],
  ])
  const rows = JSON.stringify(await latchkey.app.store.prisma.auditEvent.findMany())
  expect(rows).not.toContain(token)
})

test('its last use is known to the minute, with its address', async () => {
  const { id, token } = await tokenWith()
  await statusOf(token, '203.0.113.7')
  nowMs += 30_000
  await statusOf(token, '203.0.113.8')
  const used = async () => (await admin.adminTokens.list()).items.find((each) => each.id === id)
  expect(await used()).toMatchObject({
    lastUsedAt: new Date(nowMs - 30_000).toISOString(),
    lastUsedIp: '203.0.113.7',
  })
  nowMs += MINUTE
  await statusOf(token, '203.0.113.8')
  expect(await used()).toMatchObject({ lastUsedIp: '203.0.113.8' })
})

test('one that has expired, is revoked or comes from elsewhere is refused, and says why', async () => {
  const { token: expiring } = await tokenWith({ expiresAt: new Date(nowMs + MINUTE).toISOString() })
  expect((await statusOf(expiring)).status).toBe(200)
  nowMs += MINUTE
  expect(await statusOf(expiring)).toEqual({ status: 401, text: expect.stringContaining('has expired') })

  const { id, token } = await tokenWith()
  const revoked = await admin.adminTokens.revoke(id)
  expect(await admin.adminTokens.revoke(id)).toEqual(revoked)
  expect(await statusOf(token)).toEqual({ status: 401, text: expect.stringContaining('is revoked') })
  expect(await problemsOf(admin.adminTokens.update(id, { name: 'again' }))).toEqual([['IMMUTABLE', 'id']])
  expect((await auditOf(latchkey, id)).map(([action]) => action)).toEqual([
    'admin_token.create',
    'admin_token.revoke',
    'admin_token.refused',
  ])

  const { token: bound } = await tokenWith({ networks: ['203.0.113.0/24', '2001:db8::/32'] })
  expect((await statusOf(bound, '203.0.113.200')).status).toBe(200)
  expect((await statusOf(bound, '2001:db8:1::1')).status).toBe(200)
  const elsewhere = await statusOf(bound, '198.51.100.1')
  expect(elsewhere).toEqual({ status: 401, text: expect.stringContaining('from your address') })
})

test('a rotation leaves the old value its grace, and no longer', async () => {
  const { id, token: first } = await tokenWith()
  const { token: second, adminToken } = await admin.adminTokens.rotate(id, { graceSeconds: 60 })
  expect(adminToken.formerTokenExpiresAt).toBe(new Date(nowMs + MINUTE).toISOString())
  for (const token of [first, second]) expect((await statusOf(token)).status).toBe(200)
  const { token: third } = await admin.adminTokens.rotate(id, { graceSeconds: 60 })
  expect((await statusOf(first)).status).toBe(401)
  nowMs += MINUTE
  expect(await statusOf(second)).toEqual({ status: 401, text: expect.stringContaining('its grace is over') })
  expect((await statusOf(third)).status).toBe(200)
})

test('nobody grants what he has not, nor takes over a token that may more', async () => {
  const { id: powerful } = await tokenWith({ scopes: ['keys:write', 'secrets:reveal'] })
  const { client: maker } = await tokenWith({
    scopes: ['admins:write', 'keys:read'],
    expiresAt: new Date(nowMs + 60 * MINUTE).toISOString(),
    networks: ['127.0.0.0/8', '::1'],
  })
  const within = { expiresAt: new Date(nowMs + MINUTE).toISOString(), networks: ['127.0.0.1'] }
  const { client: child } = await tokenWith({ ...within, scopes: ['keys:read'] }, maker)
  expect((await child.keys.list()).items).toEqual(expect.any(Array))
  await expect(child.adminTokens.list()).rejects.toThrow('admins:read')

  for (const [input, problems] of [
    [{ ...within, scopes: ['keys:write'] }, [['OUT_OF_RANGE', 'scopes']]],
    [{ ...within, scopes: ['usage:read', 'keys:read'] }, [['OUT_OF_RANGE', 'scopes']]],
    [{ ...within, networks: null }, [['OUT_OF_RANGE', 'networks']]],
    [{ ...within, networks: ['127.0.0.1', '10.0.0.1'] }, [['OUT_OF_RANGE', 'networks']]],
    [{ ...within, networks: ['126.0.0.0/7'] }, [['OUT_OF_RANGE', 'networks']]],
    [{ ...within, expiresAt: null }, [['OUT_OF_RANGE', 'expiresAt']]],
    [{ ...within, expiresAt: new Date(nowMs + 61 * MINUTE).toISOString() }, [['OUT_OF_RANGE', 'expiresAt']]],
  ] as const) {
    const attempt = tokenWith(
      { ...input, scopes: [...('scopes' in input ? input.scopes : ['keys:read'])] } as never,
      maker,
    )
    expect(await problemsOf(attempt), JSON.stringify(input)).toEqual(problems)
  }
  const taken = problemsOf(maker.adminTokens.rotate(powerful))
  expect((await taken).every(([code, field]) => code === 'OUT_OF_RANGE' && field === 'id')).toBe(true)
  const changed = await problemsOf(
    maker.adminTokens.update(powerful, { networks: ['127.0.0.1'], scopes: ['keys:read'] }),
  )
  expect(changed).toContainEqual(['OUT_OF_RANGE', 'scopes'])
  // It may be stopped by whoever administers tokens.
  expect((await maker.adminTokens.revoke(powerful)).revokedAt).not.toBeNull()
})

test('a change holds from the next request on, and is refused over another that was not read', async () => {
  const { id, adminToken, client } = await tokenWith()
  await admin.adminTokens.update(id, { scopes: ['usage:read'], expectedVersion: adminToken.version })
  await expect(client.keys.list()).rejects.toThrow('keys:read')
  const stale = admin.adminTokens.update(id, { name: 'late', expectedVersion: adminToken.version })
  expect(await problemsOf(stale)).toEqual([['STALE', 'expectedVersion']])
  const event = (await auditOf(latchkey, id)).at(-1)
  expect(event).toEqual([
    'admin_token.update',
    [{ path: 'scopes', before: 'keys:read', after: 'usage:read' }],
  ])
})

test.for([
  [{ name: '' }, [['REQUIRED', 'name']]],
  [{ name: 'environment' }, [['TAKEN', 'name']]],
  [{ scopes: [] }, [['REQUIRED', 'scopes']]],
  [{ scopes: ['keys:read', 'all'] }, [['INVALID', 'scopes.1']]],
  [{ networks: ['10.0.0.0/40'] }, [['INVALID', 'networks.0']]],
  [{ ownerIds: ['key_1'] }, [['INVALID', 'ownerIds.0']]],
  [{ ownerIds: ['own_999'] }, [['NOT_FOUND', 'ownerIds']]],
  [{ expiresInDays: 0 }, [['OUT_OF_RANGE', 'expiresInDays']]],
  [{ expiresInDays: 1, expiresAt: '2027-01-01T00:00:00.000Z' }, [['INVALID', 'expiresAt']]],
  [
    { name: ' ', scopes: ['x'], networks: [] },
    [
      ['REQUIRED', 'name'],
      ['INVALID', 'scopes.0'],
      ['OUT_OF_RANGE', 'networks'],
    ],
  ],
] as const)('%j is no token', async ([input, problems]) => {
  expect(await problemsOf(tokenWith(input as never))).toEqual(problems)
})

test('names are taken once, and tokens of the environment are changed there', async () => {
  await tokenWith({ name: 'taken' })
  expect(await problemsOf(tokenWith({ name: 'taken' }))).toEqual([['TAKEN', 'name']])
  const environment = (await admin.adminTokens.list({ first: 100 })).items.find(
    (each) => each.isOfEnvironment,
  )
  expect(environment?.name).toBe('environment')
  const id = environment?.id ?? ''
  for (const attempt of [
    () => admin.adminTokens.revoke(id),
    () => admin.adminTokens.rotate(id),
    () => admin.adminTokens.update(id, { scopes: ['keys:read'] }),
  ])
    expect(await problemsOf(attempt())).toEqual([['IMMUTABLE', 'id']])
  expect(await problemsOf(admin.adminTokens.revoke('tok_999999'))).toEqual([['NOT_FOUND', 'id']])
  expect(await problemsOf(admin.adminTokens.revoke('key_1'))).toEqual([['INVALID', 'id']])
  const { data } = await graphql(
    latchkey,
    `{ node(id: "${environment?.id}") { id } }`,
    {},
    { token: latchkey.adminToken },
  )
  expect(data.node.id).toBe(environment?.id)
})

test('they are made, listed and revoked from a shell', async () => {
  const { token: ownToken } = await tokenWith({ scopes: ['admins:write', 'usage:read'] })
  const command = (...args: string[]) =>
    run(
      process.execPath,
      [join(repositoryRoot, 'server/src/cli/main.ts'), 'token', ...args, '--url', latchkey.url],
      {
        env: { ...process.env, LATCHKEY_ADMIN_TOKEN: ownToken },
      },
    )
  const { stdout } = await command('create', '--name', 'from a shell', '--scope', 'usage:read')
  const token = stdout.trim()
  await sdk(token).usage({ range: {} })
  const listed = (await command('list')).stdout.split('\n').find((text) => text.includes('from a shell'))
  const [id = ''] = listed?.split('  ') ?? []
  expect(id).toMatch(/^tok_\d+$/)
  expect(listed).not.toContain(token)
  expect((await command('revoke', id)).stdout).toContain('revoked')
  await expect(sdk(token).usage({ range: {} })).rejects.toThrow('is revoked')
  const refused = await command('create', '--name', 'more', '--scope', 'keys:write').catch(
    (error: unknown) => error,
  )
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('keys:write') })
})
