// Listing API keys in every order, and by their fields: pages that meet, and no query for each key.
import { Latchkey } from '@latchkey/sdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call } from '../../support/api/client.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'

const DAY = 86_400_000
const CALLS = [0, 2, 0, 1, 2, 0]
let nowMs = Date.parse('2026-11-22T10:00:00Z')
let latchkey: TestLatchkey
let sdk: Latchkey
const ids: Record<string, string> = {}
beforeAll(async () => {
  latchkey = await startLatchkey({ clock: () => nowMs })
  sdk = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
  const keys = [
    { name: 'b', externalId: 'x-1', labels: [{ name: 'env', value: 'prod' }] },
    { name: 'a', expiresInDays: 3 },
    {
      name: 'B',
      externalId: 'x-2',
      labels: [
        { name: 'env', value: 'prod' },
        { name: 'team', value: 'red' },
      ],
    },
    { name: 'a' },
    { name: 'ä' },
    { name: 'a', labels: [{ name: 'env', value: 'test' }] },
  ]
  for (const [at, input] of keys.entries()) {
    const { apiKey, secret } = await sdk.keys.create(input)
    ids[at] = apiKey.id
    for (let times = 0; times < (CALLS[at] ?? 0); times++) await call(latchkey, secret)
    nowMs += 1_000
  }
  await latchkey.app.ledger.settled()
  const { prisma } = latchkey.app.store
  // The log of a call has the time of the machine.
  for (const at of [1, 3, 4]) {
    const lastUsedAt = new Date(Date.parse('2026-11-22T10:00:00Z') + at * 1_000)
    await prisma.apiKey.update({ where: { id: at + 1 }, data: { lastUsedAt } })
  }
  const bucket = Math.floor(nowMs / DAY)
  const zero = { successes: 0, durationMs: 0, inputTokens: 0, outputTokens: 0, cachedInputTokens: 0 }
  const rest = {
    reasoningTokens: 0,
    requestBytes: 0,
    responseBytes: 0,
    durations: Buffer.alloc(0),
    firstTokens: Buffer.alloc(0),
  }
  for (const [value, day, cost] of [
    ['1', bucket, 5],
    ['3', bucket, 7],
    ['3', bucket - 1, 9],
    ['6', bucket - 40, 99],
  ] as const) {
    const key = { kind_apiKeyId_bucket_value: { kind: 'KEY_DAY', apiKeyId: 0, bucket: day, value } }
    const data = {
      kind: 'KEY_DAY',
      apiKeyId: 0,
      bucket: day,
      value,
      calls: 0,
      costNanoUsd: cost,
      ...zero,
      ...rest,
    }
    await prisma.usageRollup.upsert({ where: key, create: data, update: { costNanoUsd: cost } })
  }
})
afterAll(() => latchkey.close())

describe.each([
  ['CREATED_AT', ['0', '1', '2', '3', '4', '5']],
  ['NAME', ['2', '1', '3', '5', '0', '4']],
  ['LAST_USED_AT', ['0', '2', '5', '1', '3', '4']],
  ['EXPIRES_AT', ['1', '0', '2', '3', '4', '5']],
  ['SPEND', ['1', '3', '4', '5', '0', '2']],
  ['CALLS', ['0', '2', '5', '3', '1', '4']],
] as const)('by %s', (field, ascending) => {
  test.each(['ASC', 'DESC'] as const)(
    '%s: every page size gives the same keys, forwards and backwards',
    async (direction) => {
      const order = direction === 'ASC' ? [...ascending] : [...ascending].reverse()
      const wanted = order.map((at) => ids[at])
      for (const size of [1, 2, 4]) {
        const listed = await Array.fromAsync(
          sdk.keys.list({ first: size, orderBy: { field, direction } }),
          ({ id }) => id,
        )
        expect(listed).toEqual(wanted)
      }
      const back: string[] = []
      let page = await sdk.keys.list({ last: 2, orderBy: { field, direction } })
      back.unshift(...page.items.map(({ id }) => id))
      while (page.hasPreviousPage()) {
        page = await page.previousPage()
        back.unshift(...page.items.map(({ id }) => id))
      }
      expect(back).toEqual(wanted)
    },
  )
})

test('a cursor of another order is refused', async () => {
  const { endCursor } = await sdk.keys.list({ first: 1, orderBy: { field: 'NAME' } })
  for (const after of [endCursor ?? '', 'W10', 'x'.repeat(2_000)]) {
    const list = sdk.keys.list({ first: 1, after, orderBy: { field: 'CALLS' } })
    await expect(Promise.resolve(list)).rejects.toThrow('not a cursor of this list')
  }
})

describe('filters', () => {
  test.for<[string, Record<string, unknown>, number[]]>([
    ['the whole name', { name: 'a' }, [5, 3, 1]],
    ['part of it', { name: 'A' }, []],
    ['external ids', { externalId: ['x-1', 'x-2', 'x-3'] }, [2, 0]],
    ['no external id', { externalId: [] }, []],
    ['a label', { labels: [{ name: 'env', value: 'prod' }] }, [2, 0]],
    [
      'two labels',
      {
        labels: [
          { name: 'env', value: 'prod' },
          { name: 'team', value: 'red' },
        ],
      },
      [2],
    ],
    ['an owner', { ownerId: ['own_7'] }, []],
    ['made since', { createdAt: { from: '2026-11-22T10:00:02Z', to: '2026-11-22T10:00:04Z' } }, [3, 2]],
    ['used since', { lastUsedAt: { from: '2026-11-22T10:00:02Z' } }, [4, 3]],
    ['never used in', { lastUsedAt: { to: '2026-11-22T10:00:02Z' } }, [1]],
    ['expiring before', { expiresAt: { to: '2026-12-01T00:00:00Z' } }, [1]],
    ['several statuses and a name', { status: ['ACTIVE', 'DISABLED'], name: 'a' }, [5, 3, 1]],
  ])('%s', async ([, filter, found]) => {
    const page = await sdk.keys.list({ filter })
    expect(page.items.map(({ id }) => id)).toEqual(found.map((at) => ids[at]))
    expect(page.totalCount).toBe(found.length)
  })

  test.for([
    { name: 'x'.repeat(201) },
    { externalId: Array.from({ length: 501 }, (_, at) => `x-${at}`) },
    { ownerId: ['key_1'] },
    { createdAt: { from: '2026-11-23T00:00:00Z', to: '2026-11-22T00:00:00Z' } },
    { labels: Array.from({ length: 17 }, (_, at) => ({ name: `l${at}`, value: 'v' })) },
  ])('%j is refused', async (filter) => {
    await expect(Promise.resolve(sdk.keys.list({ filter }))).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
  })
})
