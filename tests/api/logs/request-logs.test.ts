// Request logs and usage over GraphQL.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call } from '../../support/api/client.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'

let latchkey: TestLatchkey
let one: { id: number; secret: string }
let two: { id: number; secret: string }
// Request ids, newest first, as the logs return them.
let ids: string[]
beforeAll(async () => {
  latchkey = await startLatchkey()
  one = await latchkey.createKey({ name: 'one' })
  two = await latchkey.createKey({ name: 'two' })
  const made: string[] = []
  for (const key of [one, one, two, one, two]) made.push((await call(latchkey, key.secret)).requestId)
  made.push((await call(latchkey, '00000000-0000-4000-8000-000000000000')).requestId)
  ids = made.reverse()
})
afterAll(() => latchkey.close())

const LIST = `query ($first: Int, $after: String, $last: Int, $before: String, $filter: RequestLogFilter) {
  requestLogs(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
    nodes { id } edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`

async function list(variables: Record<string, unknown> = {}) {
  const { data, errors } = await latchkey.graphql(LIST, variables)
  if (errors !== undefined) throw new Error(JSON.stringify(errors))
  return data.requestLogs
}
async function found(filter: Record<string, unknown>): Promise<string[]> {
  return (await list({ filter })).nodes.map((node: { id: string }) => node.id)
}

test('a call that has just ended is in the log, complete', async () => {
  const { requestId } = await call(latchkey, one.secret)
  const { data } = await latchkey.graphql(
    `query ($id: ID!) { requestLog(id: $id) { id at outcome httpStatus errorCode errorMessage method endpoint streamed
      apiKey { id name } requestedModel resolvedModel upstream usageSource inputTokens outputTokens durationMs
      requestBytes responseBytes clientIp userAgent } }`,
    { id: requestId },
  )
  expect(data.requestLog).toMatchObject({
    id: requestId,
    outcome: 'SUCCESS',
    httpStatus: 200,
    errorCode: null,
    errorMessage: null,
    method: 'POST',
    endpoint: '/v1/chat/completions',
    streamed: false,
    apiKey: { id: `key_${one.id}`, name: 'one' },
    requestedModel: 'echo',
    inputTokens: expect.any(Number),
    outputTokens: expect.any(Number),
    durationMs: expect.any(Number),
    clientIp: expect.stringContaining('127.0.0.1'),
  })
  expect(Math.abs(Date.parse(data.requestLog.at) - Date.now())).toBeLessThan(60_000)
  const counted = await latchkey.graphql(`{ apiKey(id: "key_${one.id}") { usageCount lastUsedAt } }`)
  expect(counted.data.apiKey).toEqual({ usageCount: 4, lastUsedAt: data.requestLog.at })
  ids.unshift(requestId)
})

test('a refused call is there too, without a key', async () => {
  const { data } = await latchkey.graphql(
    'query ($id: ID!) { requestLog(id: $id) { outcome httpStatus errorCode apiKey { id } } }',
    {
      id: ids[1],
    },
  )
  expect(data.requestLog).toEqual({
    outcome: 'DENIED',
    httpStatus: 401,
    errorCode: 'invalid_api_key',
    apiKey: null,
  })
})

describe('pages', () => {
  test('run from the newest to the oldest and back', async () => {
    const first = await list({ first: 3 })
    expect(first.nodes.map((node: { id: string }) => node.id)).toEqual(ids.slice(0, 3))
    expect(first.pageInfo).toEqual({
      hasNextPage: true,
      hasPreviousPage: false,
      startCursor: ids[0],
      endCursor: ids[2],
    })
    const second = await list({ first: 3, after: first.pageInfo.endCursor })
    expect(second.nodes.map((node: { id: string }) => node.id)).toEqual(ids.slice(3, 6))
    const back = await list({ last: 2, before: second.pageInfo.startCursor })
    expect(back.nodes.map((node: { id: string }) => node.id)).toEqual(ids.slice(1, 3))
    expect(back.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true })
    const oldest = await list({ last: 2 })
    expect(oldest.nodes.map((node: { id: string }) => node.id)).toEqual(ids.slice(-2))
    expect(oldest.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true })
  })

  test('start from a cursor that has no row', async () => {
    const disconnected = `${ids[2]?.slice(0, 34)}${(Number.parseInt(ids[2]?.slice(34) ?? '', 16) ^ 1).toString(16).padStart(2, '0')}`
    const around = [
      ...(await list({ first: 100, after: disconnected })).nodes,
      ...(await list({ last: 100, before: disconnected })).nodes,
    ]
    expect(around).toHaveLength(ids.length)
  })

  test.for<[Record<string, unknown>, RegExp]>([
    [{ first: -1 }, /^first must be/],
    [{ last: 1_000 }, /^last must be/],
    [{ after: 'key_1' }, /^after is not a cursor/],
    [{ after: 'bnVsbA==' }, /^after is not a cursor/],
    [{ before: `req_${'g'.repeat(32)}` }, /^before is not a cursor/],
    [{ first: 1, before: `req_${'0'.repeat(32)}` }, /^Page either/],
    [{ filter: { apiKeyId: ['nonsense'] } }, /^filter\.apiKeyId: "nonsense" is not the id of an API key/],
    [{ filter: { apiKeyId: Array(101).fill('key_1') } }, /^filter\.apiKeyId may have at most 100/],
    [{ filter: { model: ['nul\u0000'] } }, /^filter\.model/],
    [{ filter: { model: ['x'.repeat(257)] } }, /^filter\.model/],
    [
      { filter: { at: { from: '2026-02-01T00:00:00Z', to: '2026-01-01T00:00:00Z' } } },
      /^filter\.at\.from is after/,
    ],
    [{ filter: { outcome: ['NONSENSE'] } }, /^Variable "\$filter" has an invalid value at "filter\.outcome/],
    [
      { filter: { at: { from: 'yesterday' } } },
      /^Variable "\$filter" has an invalid value at "filter\.at\.from"/,
    ],
  ])('%j is refused', async ([variables, message]) => {
    const { errors } = await latchkey.graphql(LIST, variables)
    expect(errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT')
    expect(errors?.[0]?.message).toMatch(message)
  })
})

describe('filters', () => {
  test('by key, outcome, model and time', async () => {
    expect(await found({ apiKeyId: [`key_${two.id}`] })).toHaveLength(2)
    expect(await found({ apiKeyId: [`key_${one.id}`, `key_${two.id}`] })).toHaveLength(6)
    expect(await found({ apiKeyId: [] })).toEqual([])
    expect(await found({ outcome: ['DENIED'] })).toEqual([ids[1]])
    expect(await found({ outcome: ['SUCCESS'], model: ['echo'] })).toHaveLength(6)
    expect(await found({ model: ['Echo'] })).toEqual([])
    expect(await found({ at: { from: new Date(Date.now() - 60_000).toISOString() } })).toHaveLength(7)
    expect(await found({ at: { from: '2100-01-01T00:00:00+08:00' } })).toEqual([])
    expect(await found({ at: { to: '2020-01-01T00:00:00Z' } })).toEqual([])
  })

  test("a key's own logs", async () => {
    const query = `query ($filter: RequestLogFilter) {
      apiKey(id: "key_${two.id}") { requestLogs(first: 1, filter: $filter) { nodes { apiKey { name } } pageInfo { hasNextPage } } }
    }`
    const { data } = await latchkey.graphql(query)
    expect(data.apiKey.requestLogs).toEqual({
      nodes: [{ apiKey: { name: 'two' } }],
      pageInfo: { hasNextPage: true },
    })
    const { errors } = await latchkey.graphql(query, { filter: { apiKeyId: ['key_1'] } })
    expect(errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT', param: 'filter.apiKeyId' } })
  })
})

test("a page's keys are read at once", async () => {
  let queries = 0
  const { apiKey } = latchkey.app.store.prisma
  const findMany = apiKey.findMany
  Object.assign(apiKey, {
    findMany: (...args: Parameters<typeof findMany>) => {
      queries++
      return Reflect.apply(findMany, apiKey, args)
    },
  })
  try {
    const { data } = await latchkey.graphql('{ requestLogs { nodes { apiKey { name } } } }')
    expect(data.requestLogs.nodes.filter((node: { apiKey: unknown }) => node.apiKey !== null)).toHaveLength(6)
    expect(queries).toBe(1)
  } finally {
    Object.assign(apiKey, { findMany })
  }
})

describe('usage', () => {
  const USAGE = `fragment Usage on UsageReport {
    totals { calls successes failures successRate meanDurationMs inputTokens outputTokens requestBytes responseBytes }
    byModel { model totals { calls } } byDay { date totals { calls } }
  }`

  test('is of all calls, or of one key, and its parts agree', async () => {
    const { data } = await latchkey.graphql(
      `${USAGE} { usage(range: {}) { ...Usage } apiKey(id: "key_${two.id}") { usage(range: {}) { ...Usage } } }`,
    )
    const { totals, byModel, byDay } = data.usage
    expect(totals).toMatchObject({ calls: 7, successes: 6, failures: 1, successRate: 6 / 7 })
    expect(totals.meanDurationMs).toBeGreaterThanOrEqual(0)
    const sum = (parts: { totals: { calls: number } }[]) =>
      parts.reduce((calls, part) => calls + part.totals.calls, 0)
    expect([sum(byModel), sum(byDay)]).toEqual([7, 7])
    expect(byModel[0]).toEqual({ model: 'echo', totals: { calls: 6 } })
    expect(byDay[0].date).toMatch(/^\d{4}-\d\d-\d\d$/)
    expect(data.apiKey.usage.totals).toMatchObject({ calls: 2, successes: 2, failures: 0, successRate: 1 })
  })

  test('of no calls has no rate and no mean', async () => {
    const { data } = await latchkey.graphql(
      `${USAGE} { usage(range: { to: "2020-01-01T00:00:00Z" }) { ...Usage } }`,
    )
    expect(data.usage).toMatchObject({
      totals: { calls: 0, successRate: null, meanDurationMs: null },
      byModel: [],
      byDay: [],
    })
  })

  test.for([
    'range: {}, utcOffsetMinutes: 841',
    'range: {}, utcOffsetMinutes: -841',
    'range: {}, utcOffsetMinutes: null',
    'range: null',
    'range: { from: "2026-02-01T00:00:00Z", to: "2026-01-01T00:00:00Z" }',
    'range: { from: "2026-02-01" }',
  ])('(%s) is refused', async (args) => {
    const { errors } = await latchkey.graphql(`{ usage(${args}) { totals { calls } } }`)
    expect(errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT')
  })
})
