// The log explorer: every filter of requestLogs, its histogram and its facets.
import { aCallRecord } from '@latchkey/server/domain/logs/a-call-record.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { insertRequestLogs } from '../../support/databases/many-request-logs.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { requestIdAt } from '../../support/server/request-ids.ts'

const HOUR_MS = 3_600_000

let latchkey: TestLatchkey
let key: { id: number; secret: string }
// Request ids by what is special about them.
let ids: Record<'plain' | 'failed' | 'denied' | 'streamed' | 'old', string>
beforeAll(async () => {
  latchkey = await startLatchkey()
  key = await latchkey.createKey({ name: 'one' })
  const now = Date.now()
  const record = (ageMs: number, facts: Parameters<typeof aCallRecord>[0]) => {
    const made = aCallRecord({ id: requestIdAt(now - ageMs), ...facts })
    latchkey.app.ledger.record(made)
    return made.id
  }
  ids = {
    old: record(60 * HOUR_MS, {
      errorMessage: 'Ünlucky 100% of_the time',
      outcome: 'ERROR',
      httpStatus: 500,
    }),
    plain: record(5_000, { apiKeyId: key.id }),
    failed: record(4_000, {
      apiKeyId: key.id,
      outcome: 'ERROR',
      httpStatus: 502,
      errorCode: 'upstream_error',
      errorMessage: 'The upstream said: quota of 100% reached_now',
      upstream: 'other',
      upstreamRequestId: 'UP-77',
      inputTokens: null,
      outputTokens: null,
      costNanoUsd: 2_500_000,
      durationMs: 2_500,
    }),
    denied: record(3_000, {
      outcome: 'DENIED',
      httpStatus: 401,
      errorCode: 'invalid_api_key',
      errorMessage: 'Incorrect API key provided.',
      upstream: null,
      requestedModel: null,
      endpoint: '/v1/embeddings',
      clientIp: '::ffff:198.51.100.7',
      inputTokens: null,
      outputTokens: null,
    }),
    streamed: record(2_000, {
      streamed: true,
      requestedModel: 'm2',
      inputTokens: 900,
      outputTokens: null,
      usedSecret: 'FORMER',
    }),
  }
  await latchkey.app.ledger.settled()
})
afterAll(() => latchkey.close())

const LIST = `query ($first: Int, $after: String, $last: Int, $before: String, $filter: RequestLogFilter) {
  requestLogs(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
    nodes { id } totalCount searchedFrom pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`

async function list(variables: Record<string, unknown>) {
  const { data, errors } = await latchkey.graphql(LIST, variables)
  if (errors !== undefined) throw new Error(JSON.stringify(errors))
  return data.requestLogs
}

/** The names of the calls found, oldest first. */
async function found(filter: Record<string, unknown>): Promise<string[]> {
  const { nodes, totalCount } = await list({ filter })
  expect(totalCount).toBe(nodes.length)
  const names = new Map(Object.entries(ids).map(([name, id]) => [id, name]))
  return nodes.map(({ id }: { id: string }) => names.get(id) ?? id).reverse()
}

describe('filters', () => {
  test.for<[Record<string, unknown>, string[]]>([
    [{ upstream: ['other'] }, ['failed']],
    [{ upstream: ['other', 'default'], outcome: ['ERROR'] }, ['old', 'failed']],
    [{ outcome: ['ERROR', 'DENIED'] }, ['old', 'failed', 'denied']],
    [{ model: ['m2', 'm3'] }, ['streamed']],
    [{ httpStatus: { eq: 401 } }, ['denied']],
    [{ httpStatus: { gte: 400, lte: 499 } }, ['denied']],
    [{ httpStatus: { eq: 401, gte: 500 } }, []],
    [{ httpStatus: {} }, ['old', 'plain', 'failed', 'denied', 'streamed']],
    [{ errorCode: ['upstream_error', 'invalid_api_key'] }, ['failed', 'denied']],
    [{ errorCode: [] }, []],
    [{ endpoint: ['/v1/embeddings'] }, ['denied']],
    [{ clientIp: ['198.51.100.7'] }, ['denied']],
    [{ clientIp: ['::ffff:198.51.100.7'] }, ['denied']],
    [{ clientIp: ['198.51.100'] }, []],
    [{ usedSecret: ['FORMER', 'REPLACED'] }, ['streamed']],
    [{ usedSecret: ['REPLACED'] }, []],
    [{ durationMs: { gte: 2_500 } }, ['failed']],
    [{ costUsd: { gte: '0.0025' } }, ['failed']],
    [{ costUsd: { gte: '0.002500001' } }, []],
    [{ costUsd: { lte: 1 } }, ['failed']],
    [{ durationMs: { gte: 101, lte: 2_499 } }, []],
    [{ totalTokens: { gte: 900 } }, ['streamed']],
    [{ totalTokens: { lte: 30 } }, ['old', 'plain']],
    [{ totalTokens: { gte: 9_007_199_254_740_991 } }, []],
    [{ streamed: true }, ['streamed']],
    [{ streamed: false, durationMs: { lte: 100 } }, ['old', 'plain', 'denied']],
  ])('%j', async ([filter, expected]) => {
    expect(await found(filter)).toEqual(expected)
  })

  test('by key together with anything else', async () => {
    const apiKeyId = [`key_${key.id}`]
    expect(await found({ apiKeyId })).toEqual(['plain', 'failed'])
    expect(await found({ apiKeyId, outcome: ['ERROR'] })).toEqual(['failed'])
    expect(await found({ apiKeyId, text: 'quota', streamed: false })).toEqual(['failed'])
    expect(await found({ apiKeyId: Array.from({ length: 20 }, (_, n) => `key_${n + 1}`) })).toEqual([
      'plain',
      'failed',
    ])
  })

  test('of several values page in both directions', async () => {
    const filter = { outcome: ['ERROR', 'DENIED', 'SUCCESS'] }
    const all = (await list({ filter })).nodes.map(({ id }: { id: string }) => id)
    const walk = async (
      args: (cursor: string | null) => Record<string, unknown>,
      end: 'endCursor' | 'startCursor',
    ) => {
      const walked: string[][] = []
      for (let cursor: string | null = null, more = true; more; ) {
        const page = await list({ filter, ...args(cursor) })
        walked.push(page.nodes.map(({ id }: { id: string }) => id))
        cursor = page.pageInfo[end]
        more = end === 'endCursor' ? page.pageInfo.hasNextPage : page.pageInfo.hasPreviousPage
      }
      return walked
    }
    expect((await walk((after) => ({ first: 2, after }), 'endCursor')).flat()).toEqual(all)
    expect((await walk((before) => ({ last: 2, before }), 'startCursor')).reverse().flat()).toEqual(all)
  })
})

describe('text', () => {
  test.for<[string, string[]]>([
    ['QUOTA OF', ['failed']],
    ['100%', ['failed']],
    ['100_', []],
    ['d_n', ['failed']],
    ['%', ['failed']],
    ['up-7', ['failed']],
    ['INVALID_API', ['denied']],
    ["'; --", []],
    ['  incorrect api  ', ['denied']],
    ['', ['old', 'plain', 'failed', 'denied', 'streamed']],
  ])('%j', async ([text, expected]) => {
    expect(await found({ text })).toEqual(expected)
  })

  test('is part of a request id', async () => {
    expect(await found({ text: ids.plain.slice(20) })).toEqual(['plain'])
    expect(await found({ text: ids.plain.slice(0, 30).toUpperCase() })).toEqual(['plain'])
  })

  test('is looked for in 24 hours, which the page says, unless a beginning is given', async () => {
    const page = await list({ filter: { text: 'unlucky' } })
    expect(page).toMatchObject({ nodes: [], totalCount: 0 })
    expect(Math.abs(Date.now() - 24 * HOUR_MS - Date.parse(page.searchedFrom))).toBeLessThan(60_000)
    const from = new Date(Date.now() - 72 * HOUR_MS).toISOString()
    expect((await list({ filter: { text: 'time', at: { from } } })).searchedFrom).toBeNull()
    expect(await found({ text: '100% of_the', at: { from } })).toEqual(['old'])
    const to = new Date(Date.now() - 47 * HOUR_MS).toISOString()
    expect(await found({ text: '100% of_the', at: { to } })).toEqual(['old'])
  })

  test('that is a whole request id is found whenever it was', async () => {
    expect(await found({ text: ids.old })).toEqual(['old'])
    expect(await found({ text: ids.old, outcome: ['SUCCESS'] })).toEqual([])
  })
})

test.for<[Record<string, unknown>, RegExp]>([
  [{ text: 'x'.repeat(201) }, /^filter\.text must be plain text of at most 200 characters/],
  [{ text: 'nul\u0000' }, /^filter\.text/],
  [{ upstream: Array(101).fill('x') }, /^filter\.upstream may have at most 100/],
  [{ usedSecret: Array(101).fill('FORMER') }, /^filter\.usedSecret may have at most 100/],
  [{ outcome: Array(101).fill('ERROR') }, /^filter\.outcome may have at most 100/],
  [{ errorCode: ['x'.repeat(129)] }, /^filter\.errorCode: a member is plain text of at most 128/],
  [{ clientIp: ['\ud800'] }, /^filter\.clientIp/],
  [{ durationMs: { gte: 2, lte: 1 } }, /^filter\.durationMs\.gte is more than filter\.durationMs\.lte/],
  [{ costUsd: { lte: '1e3' } }, /^filter\.costUsd\.lte must be an amount/],
  [{ totalTokens: { gte: 1.5 } }, /^Variable "\$filter" has an invalid value at "filter\.totalTokens\.gte"/],
])('%j is refused', async ([filter, message]) => {
  const { errors } = await latchkey.graphql(LIST, { filter })
  expect(errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT')
  expect(errors?.[0]?.message).toMatch(message)
})

describe('the histogram', () => {
  const HISTOGRAM = `query ($filter: RequestLogFilter, $buckets: Int! = 60) {
    requestLogHistogram(filter: $filter, buckets: $buckets) { bins { from to successes failures } partial }
  }`
  type Bin = { from: string; to: string; successes: number; failures: number }
  async function histogram(variables: Record<string, unknown>): Promise<{ bins: Bin[]; partial: boolean }> {
    const { data, errors } = await latchkey.graphql(HISTOGRAM, variables)
    if (errors !== undefined) throw new Error(JSON.stringify(errors))
    return data.requestLogHistogram
  }
  const totals = (bins: Bin[]) => [
    bins.reduce((sum, bin) => sum + bin.successes, 0),
    bins.reduce((sum, bin) => sum + bin.failures, 0),
  ]

  test('is of the last 24 hours, in bins without gaps', async () => {
    const { bins, partial } = await histogram({})
    expect(bins).toHaveLength(60)
    expect([totals(bins), partial]).toEqual([[2, 2], false])
    for (const [at, bin] of bins.entries()) if (at > 0) expect(bin.from).toBe(bins[at - 1]?.to)
  })

  test('has bins of whole hours where they are an hour or longer, by rollups', async () => {
    const from = new Date(Date.now() - 72 * HOUR_MS).toISOString()
    for (const filter of [{}, { outcome: ['ERROR', 'SUCCESS', 'DENIED'] }]) {
      const { bins } = await histogram({ filter: { at: { from }, ...filter }, buckets: 10 })
      expect(bins.length).toBeLessThanOrEqual(10)
      expect(totals(bins)).toEqual([2, 3])
      expect(bins.every((bin) => Date.parse(bin.from) % HOUR_MS === 0)).toBe(true)
    }
  })

  test.for<[Record<string, unknown>, [number, number]]>([
    [{ model: ['m1'] }, [1, 2]],
    [{ upstream: ['other'] }, [0, 1]],
    [{ outcome: ['DENIED'] }, [0, 1]],
    [{ outcome: [] }, [0, 0]],
    [{ outcome: ['ERROR'], model: ['m1'] }, [0, 2]],
    [{ httpStatus: { gte: 500 } }, [0, 2]],
    [{ text: 'quota' }, [0, 1]],
  ])('of %j, by rollups or by rows', async ([filter, expected]) => {
    const from = new Date(Date.now() - 72 * HOUR_MS).toISOString()
    const to = new Date(Date.now() + 60_000).toISOString()
    for (const buckets of [1, 20, 200]) {
      expect(totals((await histogram({ filter: { at: { from, to }, ...filter }, buckets })).bins)).toEqual(
        expected,
      )
    }
  })

  test.for([0, 201])('of %i bins is refused', async (buckets) => {
    const { errors } = await latchkey.graphql(HISTOGRAM, { buckets })
    expect(errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT', param: 'buckets' } })
  })
})

describe('facets', () => {
  const FACETS = `query ($filter: RequestLogFilter, $field: RequestLogFacetField!, $first: Int! = 20) {
    requestLogFacets(filter: $filter, field: $field, first: $first) { values { value label count } partial }
  }`
  async function facets(variables: Record<string, unknown>): Promise<[string, number][]> {
    const { data, errors } = await latchkey.graphql(FACETS, variables)
    if (errors !== undefined) throw new Error(JSON.stringify(errors))
    expect(data.requestLogFacets.partial).toBe(false)
    return data.requestLogFacets.values.map(({ value, count }: { value: string; count: number }) => [
      value,
      count,
    ])
  }

  test.for<[string, [string, number][]]>([
    [
      'MODEL',
      [
        ['m1', 2],
        ['m2', 1],
      ],
    ],
    [
      'UPSTREAM',
      [
        ['default', 2],
        ['other', 1],
      ],
    ],
    [
      'OUTCOME',
      [
        ['SUCCESS', 2],
        ['DENIED', 1],
        ['ERROR', 1],
      ],
    ],
    [
      'ERROR_CODE',
      [
        ['invalid_api_key', 1],
        ['upstream_error', 1],
      ],
    ],
    [
      'ENDPOINT',
      [
        ['/v1/chat/completions', 3],
        ['/v1/embeddings', 1],
      ],
    ],
    [
      'HTTP_STATUS',
      [
        ['200', 2],
        ['401', 1],
        ['502', 1],
      ],
    ],
  ])('of %s, by rollups and by rows', async ([field, expected]) => {
    expect(await facets({ field })).toEqual(expected)
    for (const before of [60_000, 50 * HOUR_MS]) {
      const from = new Date(Date.now() - before).toISOString()
      expect(await facets({ field, filter: { at: { from } } })).toEqual(expected)
    }
    expect(await facets({ field, first: 1 })).toEqual(expected.slice(0, 1))
  })

  test('of keys have their names', async () => {
    for (const filter of [{}, { at: { from: new Date(Date.now() - 60_000).toISOString() } }]) {
      const { data } = await latchkey.graphql(FACETS, { field: 'API_KEY', filter })
      expect(data.requestLogFacets.values).toEqual([{ value: `key_${key.id}`, label: 'one', count: 2 }])
    }
  })

  test('are of the calls that are meant', async () => {
    const apiKeyId = [`key_${key.id}`]
    expect(await facets({ field: 'MODEL', filter: { apiKeyId } })).toEqual([['m1', 2]])
    expect(await facets({ field: 'OUTCOME', filter: { apiKeyId } })).toEqual([
      ['ERROR', 1],
      ['SUCCESS', 1],
    ])
    expect(await facets({ field: 'MODEL', filter: { text: 'quota' } })).toEqual([['m1', 1]])
  })

  test.for([-1, 51])('first: %i is refused', async (first) => {
    const { errors } = await latchkey.graphql(FACETS, { field: 'MODEL', first })
    expect(errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT', param: 'first' } })
  })
})

test('logs of a deleted key are not shown or counted, though their removal takes its time', async () => {
  const disconnected = await latchkey.createKey({ name: 'gone' })
  const log = aCallRecord({ apiKeyId: disconnected.id, requestedModel: 'gone' })
  latchkey.app.ledger.record(log)
  await latchkey.app.ledger.settled()
  expect((await list({ filter: { model: ['gone'] } })).totalCount).toBe(1)
  // As if its removal had begun and not come to this one.
  const { prisma } = latchkey.app.store
  await prisma.keyRemoval.create({ data: { apiKeyId: disconnected.id, createdAt: new Date() } })
  const { data } = await latchkey.graphql(
    `query ($id: ID!, $filter: RequestLogFilter) { requestLog(id: $id) { id }
      requestLogs(filter: $filter) { nodes { id } totalCount }
      requestLogFacets(filter: $filter, field: API_KEY) { values { count } } }`,
    { id: log.id, filter: { model: ['gone'], streamed: false } },
  )
  expect(data).toEqual({
    requestLog: null,
    requestLogs: { nodes: [], totalCount: 0 },
    requestLogFacets: { values: [] },
  })
})

describe('among very many', () => {
  const from = Date.parse('2026-01-05T00:00:00Z')
  const at = { from: '2026-01-04T00:00:00Z', to: '2026-01-06T00:00:00Z' }
  const needle = aCallRecord({
    id: requestIdAt('2026-01-04T12:00:00Z'),
    errorCode: 'needle',
    upstream: 'rare',
  })
  beforeAll(async () => {
    latchkey.app.ledger.record(needle)
    await latchkey.app.ledger.settled()
    await insertRequestLogs(latchkey, from, 250_000)
  })

  test('a search goes so far at a time, says so, and is over at the end', async () => {
    for (const filter of [
      { at, text: 'needle' },
      { at, upstream: ['rare'] },
    ]) {
      const first = await list({ filter })
      expect(first).toMatchObject({ nodes: [], totalCount: null, pageInfo: { hasNextPage: true } })
      expect(Date.parse(first.searchedFrom)).toBe(from + 50_000)
      const second = await list({ filter, after: first.pageInfo.endCursor })
      expect(second.nodes).toEqual([{ id: needle.id }])
      expect(second).toMatchObject({ searchedFrom: null, pageInfo: { hasNextPage: false } })
    }
  })

  test('and so does one that goes back', async () => {
    const filter = { at, errorCode: ['nothing'] }
    const oldest = await list({ filter, last: 10 })
    expect(oldest).toMatchObject({ nodes: [], pageInfo: { hasPreviousPage: true } })
    const newer = await list({ filter, last: 10, before: oldest.pageInfo.startCursor })
    expect(newer).toMatchObject({ nodes: [], pageInfo: { hasPreviousPage: false } })
  })

  test('one value of an index is found at once, and counts end at 10,000', async () => {
    expect((await list({ filter: { at, model: ['m1'] } })).nodes).toEqual([{ id: needle.id }])
    expect((await list({ filter: { at, outcome: ['DENIED'] }, first: 1 })).totalCount).toBeNull()
    expect((await list({ filter: { at, outcome: ['SUCCESS'] } })).totalCount).toBe(1)
  })

  test('counting by rows is partial, and says so', async () => {
    const { data } = await latchkey.graphql(
      `query ($filter: RequestLogFilter) {
        requestLogHistogram(filter: $filter) { partial bins { failures } }
        requestLogFacets(filter: $filter, field: HTTP_STATUS) { partial values { value count } }
      }`,
      { filter: { at, streamed: false } },
    )
    expect(data.requestLogHistogram.partial).toBe(true)
    const failures = data.requestLogHistogram.bins.map((bin: { failures: number }) => bin.failures)
    expect(failures.reduce((a: number, b: number) => a + b)).toBe(200_000)
    expect(data.requestLogFacets).toEqual({ partial: true, values: [{ value: '401', count: 200_000 }] })
  })
})
