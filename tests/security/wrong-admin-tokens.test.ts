// Guesses at admin tokens are throttled by network and audited in sum; the right token is served whoever guesses beside it.
import { tokenHash } from '@latchkey/server/auth/secret-token.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { graphql } from '../support/api/client.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'

const MINUTE = 60_000
let latchkey: TestLatchkey
let nowMs = 0
beforeEach(async () => {
  nowMs = Date.parse('2026-11-22T00:00:00Z')
  latchkey = await startLatchkey({ env: { LATCHKEY_TRUSTED_PROXIES: '127.0.0.1' }, clock: () => nowMs })
})
afterEach(() => latchkey.close())

const PLACES = ['/graphql', '/api/api-keys', '/metrics'] as const

async function send(token: string, address: string, path: (typeof PLACES)[number] = '/api/api-keys') {
  const isPost = path === '/graphql'
  const headers: Record<string, string> = { authorization: `Bearer ${token}`, 'x-forwarded-for': address }
  if (isPost) headers['content-type'] = 'application/json'
  const body = isPost ? { body: '{"query":"{ apiKeys { totalCount } }"}' } : {}
  const response = await fetch(latchkey.url + path, { method: isPost ? 'POST' : 'GET', headers, ...body })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

/** The statuses of so many guesses, in order. */
async function guess(count: number, addressOf: (i: number) => string, pathOf = (i: number) => PLACES[i % 3]) {
  const statuses: number[] = []
  for (let i = 0; i < count; i++)
    statuses.push((await send(`guess-${i}-${'x'.repeat(24)}`, addressOf(i), pathOf(i))).status)
  return statuses
}

async function refusals() {
  const rows = await latchkey.app.store.prisma.auditEvent.findMany({
    where: { action: 'admin_token.refused' },
    orderBy: { id: 'asc' },
  })
  return rows.map((row) => ({
    ip: row.ip,
    actor: row.actorType,
    changes: Object.fromEntries(
      JSON.parse(row.changes ?? '[]').map((change: { path: string; after: unknown }) => [
        change.path,
        change.after,
      ]),
    ) as { attempts: number; network: string },
  }))
}

test('twenty wrong tokens a minute get a 401 on a network, wherever they are sent; the others a 429', async () => {
  const statuses = await guess(30, () => '203.0.113.7')
  expect(statuses).toEqual([...Array(20).fill(401), ...Array(10).fill(429)])
  for (const path of PLACES) {
    const { headers, text } = await send('wrong', '203.0.113.7', path)
    expect(headers.get('retry-after'), path).toBe('60')
    if (path !== '/metrics') expect(text).toContain('"RATE_LIMITED"')
    expect(text).toContain('wrong admin tokens')
  }
  expect((await send('wrong', '203.0.113.8')).status).toBe(401)
  nowMs += MINUTE
  expect((await send('wrong', '203.0.113.7')).status).toBe(401)
})

test.for([
  ['a /64', (i: number) => `2001:db8:0:1::${i.toString(16)}`, 20],
  ['a /56', (i: number) => `2001:db8:0:1${i.toString(16).padStart(2, '0')}::1`, 40],
  ['a /48', (i: number) => `2001:db8:0:${(i * 300).toString(16)}::1`, 80],
] as const)('the addresses of %s count together', async ([, addressOf, max]) => {
  const statuses = await guess(max + 5, addressOf, () => '/api/api-keys')
  expect(statuses).toEqual([...Array(max).fill(401), ...Array(5).fill(429)])
})

test('the right token is served on a network that is throttled, and one that was never used before too', async () => {
  await guess(40, () => '203.0.113.7')
  const fresh = 'a-token-that-nobody-has-used-yet'
  await latchkey.app.store.prisma.adminToken.create({
    data: {
      name: 'fresh',
      scopes: 'keys:read metrics:read',
      tokenHash: tokenHash(fresh),
      createdAt: new Date(nowMs),
    },
  })
  nowMs += 1_000
  for (const token of [latchkey.adminToken, fresh]) {
    for (const path of PLACES) expect((await send(token, '203.0.113.7', path)).status, path).toBe(200)
  }
  expect((await send('wrong', '203.0.113.7')).status).toBe(429)
  await latchkey.app.store.prisma.adminToken.delete({ where: { name: 'fresh' } })
  expect((await send(fresh, '203.0.113.7')).status).toBe(429)
})

test('guesses are audited in sum: one row at once, then one in ten minutes, without a token', async () => {
  await guess(200, () => '2001:db8:0:1::5')
  expect(await refusals()).toEqual([
    { ip: '2001:db8:0:1::5', actor: 'SYSTEM', changes: { attempts: 1, network: '2001:db8:0:1::/64' } },
  ])
  nowMs += 10 * MINUTE
  await guess(1, () => '2001:db8:0:1::6')
  const rows = await refusals()
  expect(rows).toHaveLength(2)
  expect(rows.reduce((sum, { changes }) => sum + changes.attempts, 0)).toBe(201)
  const stored = JSON.stringify(await latchkey.app.store.prisma.auditEvent.findMany(), (_, value) =>
    typeof value === 'bigint' ? String(value) : value,
  )
  expect(stored).not.toContain('guess-')
})

test('guesses from many networks are a bounded number of rows, and their sum is exact', async () => {
  await guess(
    300,
    (i) => `198.51.${i % 250}.${1 + Math.floor(i / 250)}`,
    () => '/api/api-keys',
  )
  expect((await refusals()).length).toBeLessThanOrEqual(60)
  nowMs += 60 * MINUTE
  await guess(1, () => '203.0.113.7')
  const rows = await refusals()
  expect(rows.length).toBeLessThanOrEqual(62)
  expect(rows.reduce((sum, { changes }) => sum + changes.attempts, 0)).toBe(301)
})

test('a session beside it is not affected', async () => {
  await guess(40, () => '203.0.113.7')
  const { status, data } = await graphql(
    latchkey,
    '{ viewer { name } }',
    {},
    {
      headers: { 'x-forwarded-for': '203.0.113.7' },
    },
  )
  expect([status, data]).toEqual([200, { viewer: null }])
})

test('tokens that are refused count as wrong ones, and their refusal is audited with the reason', async () => {
  const { prisma } = latchkey.app.store
  const past = new Date(nowMs - MINUTE)
  const columns = {
    expired: { expiresAt: past },
    revoked: { revokedAt: past },
    replaced: { formerTokenHash: tokenHash('replaced-token'), formerTokenExpiresAt: past },
    elsewhere: { networks: '10.0.0.0/8' },
  }
  for (const [name, data] of Object.entries(columns)) {
    const hash = tokenHash(name === 'replaced' ? 'its-successor' : `${name}-token`)
    const token = { name, tokenHash: hash, scopes: 'keys:read', createdAt: past, ...data }
    await prisma.adminToken.create({ data: token })
  }
  const statuses: number[] = []
  for (let i = 0; i < 24; i++) {
    const name = Object.keys(columns)[i % 4]
    statuses.push((await send(`${name}-token`, '203.0.113.7', PLACES[i % 3])).status)
  }
  expect(statuses).toEqual([...Array(20).fill(401), ...Array(4).fill(429)])
  const events = await prisma.auditEvent.findMany({ where: { action: 'admin_token.refused' } })
  const reasons = events.map(({ targetLabel, changes }) => [
    targetLabel,
    JSON.parse(changes ?? '[]').find((change: { path: string }) => change.path === 'reason')?.after,
  ])
  expect(reasons).toEqual([
    ['expired', 'EXPIRED'],
    ['revoked', 'REVOKED'],
    ['replaced', 'REPLACED'],
    ['elsewhere', 'WRONG_NETWORK'],
    // Past the throttle, what cannot be right is not looked up.
    [null, undefined],
  ])
  expect((await send('elsewhere-token', '10.1.2.3')).status).toBe(200)
})

test('a mistyped token of ours is known without a query', async () => {
  const before = await latchkey.app.store.prisma.adminToken.count()
  const { status } = await send(`lka_${'x'.repeat(42)}`, '203.0.113.7')
  expect([status, before]).toEqual([401, 1])
})
