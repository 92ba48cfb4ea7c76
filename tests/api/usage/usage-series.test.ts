// Usage over time: usageSeries, and what a usage report covers.
import { aCallRecord } from '@latchkey/server/domain/logs/a-call-record.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { requestIdAt } from '../../support/server/request-ids.ts'

let latchkey: TestLatchkey
let one: { id: number; secret: string }
let two: { id: number; secret: string }
beforeAll(async () => {
  latchkey = await startLatchkey({ env: { LATCHKEY_LOG_RETENTION_DAYS: '0' } })
  one = await latchkey.createKey({ name: 'one' })
  two = await latchkey.createKey({ name: 'two' })
  const { ledger } = latchkey.app
  const at = (time: string, facts: Parameters<typeof aCallRecord>[0] = {}) =>
    ledger.record(aCallRecord({ id: requestIdAt(time), apiKeyId: one.id, ...facts }))
  at('2026-03-01T10:15:00Z', { durationMs: 100 })
  at('2026-03-01T10:45:00Z', { durationMs: 300, requestedModel: 'm2', apiKeyId: two.id, costNanoUsd: 7 })
  at('2026-03-01T23:30:00Z', { durationMs: 50, outcome: 'ERROR', httpStatus: 502, upstream: 'other' })
  at('2026-03-02T00:30:00Z', { endpoint: '/v1/embeddings', timeToFirstTokenMs: 7, streamed: true })
  at('2026-03-03T12:00:00Z', { requestedModel: null, apiKeyId: null, outcome: 'DENIED', upstream: null })
  await ledger.settled()
})
afterAll(() => latchkey.close())

const RANGE = { from: '2026-03-01T00:00:00Z', to: '2026-03-04T00:00:00Z' }
const SERIES = `query ($range: DateTimeRange!, $bucket: UsageBucket!, $groupBy: UsageDimension, $apiKeyId: ID,
  $first: Int! = 10, $rank: UsageRank! = CALLS, $utcOffsetMinutes: Int! = 0, $timeZone: String) {
  usageSeries(range: $range, bucket: $bucket, groupBy: $groupBy, apiKeyId: $apiKeyId, first: $first, rank: $rank,
    utcOffsetMinutes: $utcOffsetMinutes, timeZone: $timeZone) { key label totals { calls failures } points { at totals { calls } } }
}`

async function series(variables: Record<string, unknown>) {
  const { data, errors } = await latchkey.graphql(SERIES, { range: RANGE, bucket: 'DAY', ...variables })
  if (errors !== undefined) throw new Error(JSON.stringify(errors))
  return data.usageSeries as Group[]
}
type Group = {
  key: string | null
  label: string
  totals: { calls: number; failures: number }
  points: { at: string; totals: { calls: number } }[]
}
const short = (groups: Group[]) => groups.map(({ key, totals }) => [key, totals.calls])
const points = (group: Group | undefined) => group?.points.map(({ at, totals }) => [at, totals.calls])

describe('without groupBy', () => {
  test('is one group, by day or by hour', async () => {
    const [days] = await series({})
    expect(days).toMatchObject({ key: null, label: 'all', totals: { calls: 5, failures: 2 } })
    expect(points(days)).toEqual([
      ['2026-03-01T00:00:00.000Z', 3],
      ['2026-03-02T00:00:00.000Z', 1],
      ['2026-03-03T00:00:00.000Z', 1],
    ])
    const [hours] = await series({ bucket: 'HOUR' })
    expect(points(hours)).toEqual([
      ['2026-03-01T10:00:00.000Z', 2],
      ['2026-03-01T23:00:00.000Z', 1],
      ['2026-03-02T00:00:00.000Z', 1],
      ['2026-03-03T12:00:00.000Z', 1],
    ])
  })

  test.for<[number, [string, number][]]>([
    [
      60,
      [
        ['2026-02-28T23:00:00.000Z', 2],
        ['2026-03-01T23:00:00.000Z', 2],
        ['2026-03-02T23:00:00.000Z', 1],
      ],
    ],
    [
      -480,
      [
        ['2026-03-01T08:00:00.000Z', 4],
        ['2026-03-03T08:00:00.000Z', 1],
      ],
    ],
    // To the hour: the hour from 23:00 UTC begins at 04:30 there.
    [
      330,
      [
        ['2026-02-28T18:30:00.000Z', 2],
        ['2026-03-01T18:30:00.000Z', 2],
        ['2026-03-02T18:30:00.000Z', 1],
      ],
    ],
    [
      840,
      [
        ['2026-02-28T10:00:00.000Z', 0],
        ['2026-03-01T10:00:00.000Z', 4],
        ['2026-03-03T10:00:00.000Z', 1],
      ],
    ],
  ])('days begin where they do %i minutes east of UTC', async ([utcOffsetMinutes, expected]) => {
    for (const groupBy of [undefined, 'MODEL']) {
      const groups = await series({ utcOffsetMinutes, groupBy })
      const ranked = new Map<string, number>()
      for (const group of groups) {
        for (const { at, totals } of group.points) ranked.set(at, (ranked.get(at) ?? 0) + totals.calls)
      }
      expect([...ranked].sort()).toEqual(expected.filter(([, calls]) => calls > 0))
    }
  })

  test('of an open range begins with the first call', async () => {
    const [group] = await series({ range: {} })
    expect(group?.totals.calls).toBe(5)
    expect(await series({ range: { to: '2020-01-01T00:00:00Z' } })).toEqual([])
  })
})

test('is grouped by each dimension, most calls first, and every group is the total of its points', async () => {
  const groups = {
    MODEL: [
      ['m1', 3],
      [null, 1],
      ['m2', 1],
    ],
    API_KEY: [
      [`key_${one.id}`, 3],
      [`key_${two.id}`, 1],
    ],
    UPSTREAM: [
      ['default', 3],
      [null, 1],
      ['other', 1],
    ],
    ENDPOINT: [
      ['/v1/chat/completions', 4],
      ['/v1/embeddings', 1],
    ],
    OUTCOME: [
      ['SUCCESS', 3],
      ['DENIED', 1],
      ['ERROR', 1],
    ],
  }
  for (const [groupBy, expected] of Object.entries(groups)) {
    for (const bucket of ['HOUR', 'DAY']) {
      const found = await series({ groupBy, bucket })
      expect(short(found)).toEqual(expected)
      for (const { totals, points } of found) {
        expect(points.reduce((sum, point) => sum + point.totals.calls, 0)).toBe(totals.calls)
      }
    }
  }
  expect((await series({ groupBy: 'API_KEY' })).map(({ label }) => label)).toEqual(['one', 'two'])
  expect((await series({ groupBy: 'MODEL' })).map(({ label }) => label)).toEqual(['m1', 'none', 'm2'])
  expect(short(await series({ groupBy: 'MODEL', first: 1 }))).toEqual([['m1', 3]])
  const rank = 'COST'
  expect(short(await series({ groupBy: 'MODEL', first: 2, rank }))).toEqual([
    ['m2', 1],
    ['m1', 3],
  ])
})

test('of one key is by model, or not grouped', async () => {
  const apiKeyId = `key_${one.id}`
  expect(short(await series({ apiKeyId }))).toEqual([[null, 3]])
  expect(short(await series({ apiKeyId, groupBy: 'MODEL' }))).toEqual([['m1', 3]])
  expect(short(await series({ apiKeyId: `key_${two.id}`, groupBy: 'MODEL' }))).toEqual([['m2', 1]])
  expect(await series({ apiKeyId: 'key_999999', groupBy: 'MODEL' })).toEqual([])
})

test.for<[Record<string, unknown>, RegExp]>([
  [{ first: -1 }, /^first must be from 0 to 50/],
  [{ first: 51 }, /^first must be from 0 to 50/],
  [{ utcOffsetMinutes: 841 }, /^utcOffsetMinutes/],
  [{ apiKeyId: 'req_1' }, /^apiKeyId: "req_1" is not the id of an API key/],
  [{ apiKeyId: 'key_1', groupBy: 'UPSTREAM' }, /^groupBy: the calls of one key/],
  [
    { bucket: 'HOUR', range: { from: '2025-01-01T00:00:00Z', to: '2025-06-01T00:00:00Z' } },
    /^range holds 3624 hours; a group may have at most 2400 points\. Ask for at most 100 days, or for bucket: DAY\.$/,
  ],
  [{ range: { from: '2000-01-01T00:00:00Z' } }, /^range holds \d+ days; .* Ask for at most 2400 days\.$/],
  [{ range: { from: '2026-02-01T00:00:00Z', to: '2026-01-01T00:00:00Z' } }, /^range\.from is after/],
])('%j is refused', async ([variables, message]) => {
  const { errors } = await latchkey.graphql(SERIES, { range: RANGE, bucket: 'DAY', ...variables })
  expect(errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT')
  expect(errors?.[0]?.message).toMatch(message)
})

test('many groups may not be as long as one', async () => {
  const range = { from: '2025-12-01T00:00:00Z', to: '2026-03-11T00:00:00Z' }
  const { errors } = await latchkey.graphql(SERIES, { range, bucket: 'HOUR', groupBy: 'MODEL' })
  expect(errors?.[0]?.message).toBe(
    'range holds 2400 hours in each of 3 groups; all groups may have at most 6000 points. Ask for at most 2000 hours, for first: 2, or for bucket: DAY.',
  )
  expect(short(await series({ range, bucket: 'HOUR', groupBy: 'MODEL', first: 2 }))).toHaveLength(2)
})

test('2,400 hours are one series', async () => {
  const range = { from: '2025-12-01T00:00:00Z', to: '2026-03-11T00:00:00Z' }
  const [group] = await series({ bucket: 'HOUR', range })
  expect(group?.totals.calls).toBe(5)
})

test('a report says what it covers, with percentiles', async () => {
  const { data } = await latchkey.graphql(
    `query ($range: DateTimeRange!) { usage(range: $range) { from to totals { calls meanDurationMs p50DurationMs
      p95DurationMs p99DurationMs p50TimeToFirstTokenMs p95TimeToFirstTokenMs } byModel { model } byDay { date } } }`,
    { range: { from: '2026-03-01T10:20:00Z', to: '2026-03-02T00:31:00Z' } },
  )
  const { totals, ...covered } = data.usage
  expect(covered).toEqual({
    from: '2026-03-01T10:00:00.000Z',
    to: '2026-03-02T01:00:00.000Z',
    byModel: [{ model: 'm1' }, { model: 'm2' }],
    byDay: [{ date: '2026-03-01' }, { date: '2026-03-02' }],
  })
  expect(totals).toMatchObject({ calls: 4, meanDurationMs: 137.5, p50TimeToFirstTokenMs: 7 })
  expect(totals.p50DurationMs / 100).toBeCloseTo(1, 1)
  expect(totals.p99DurationMs / 300).toBeCloseTo(1, 1)
  const open = await latchkey.graphql('{ usage(range: {}) { from to } }')
  expect(open.data.usage).toEqual({ from: null, to: null })
})

test('calls of deleted keys are one group, though their removal takes its time', async () => {
  const disconnected = await latchkey.createKey({ name: 'gone' })
  latchkey.app.ledger.record(
    aCallRecord({ apiKeyId: disconnected.id, id: requestIdAt('2026-03-01T05:00:00Z') }),
  )
  await latchkey.app.ledger.settled()
  expect(short(await series({ groupBy: 'API_KEY' }))).toContainEqual([`key_${disconnected.id}`, 1])
  await latchkey.graphql(
    'mutation ($input: DeleteApiKeyInput!) { deleteApiKey(input: $input) { deletedId } }',
    {
      input: { id: `key_${disconnected.id}` },
    },
  )
  const groups = await series({ groupBy: 'API_KEY' })
  expect(groups.map(({ key, label, totals }) => [key, label, totals.calls])).toEqual([
    [`key_${one.id}`, 'one', 3],
    [`key_${two.id}`, 'two', 1],
    ['deleted', 'deleted keys', 1],
  ])
})

describe('by the calendar of a time zone', () => {
  const at = async (variables: Record<string, unknown>) => {
    const range = { from: '2026-03-20T00:00:00Z', to: '2026-04-05T00:00:00Z' }
    const all: [string, number][] = []
    for (const groupBy of [undefined, 'MODEL']) {
      const byStart = new Map<string, number>()
      for (const group of await series({ range, groupBy, ...variables }))
        for (const { at, totals } of group.points) byStart.set(at, (byStart.get(at) ?? 0) + totals.calls)
      if (groupBy === undefined) all.push(...[...byStart].sort())
      else expect([...byStart].sort()).toEqual(all)
    }
    return all
  }
  beforeAll(async () => {
    // 23:30 of the day before the clocks change in Berlin, the last hour of the day of 23 hours, and the first of the next.
    for (const time of [
      '2026-03-28T22:30:00Z',
      '2026-03-29T21:30:00Z',
      '2026-03-29T22:30:00Z',
      '2026-03-31T22:30:00Z',
    ])
      latchkey.app.ledger.record(aCallRecord({ id: requestIdAt(time), apiKeyId: one.id }))
    await latchkey.app.ledger.settled()
  })

  test('days have 23 hours where clocks go forward', async () => {
    expect((await at({ timeZone: 'Europe/Berlin', bucket: 'DAY' })).slice(-4)).toEqual([
      ['2026-03-27T23:00:00.000Z', 1],
      ['2026-03-28T23:00:00.000Z', 1],
      ['2026-03-29T22:00:00.000Z', 1],
      ['2026-03-31T22:00:00.000Z', 1],
    ])
  })

  test.for<[Record<string, unknown>, [string, number][]]>([
    [
      { timeZone: 'europe/berlin', bucket: 'MONTH' },
      [
        ['2026-02-28T23:00:00.000Z', 3],
        ['2026-03-31T22:00:00.000Z', 1],
      ],
    ],
    [{ bucket: 'MONTH' }, [['2026-03-01T00:00:00.000Z', 4]]],
    [
      { timeZone: 'America/New_York', bucket: 'WEEK' },
      [
        ['2026-03-23T04:00:00.000Z', 3],
        ['2026-03-30T04:00:00.000Z', 1],
      ],
    ],
    // An hour belongs to the month in which it begins: 18:00 UTC of the last day is 23:30 there.
    [
      { timeZone: 'Asia/Kolkata', bucket: 'MONTH' },
      [
        ['2026-02-28T18:30:00.000Z', 3],
        ['2026-03-31T18:30:00.000Z', 1],
      ],
    ],
  ])('%j', async ([variables, expected]) => {
    expect(await at(variables)).toEqual(expected)
  })

  test.for([
    [{ timeZone: 'Mars/Base' }, 'IANA'],
    [{ timeZone: 'Europe/Berlin', utcOffsetMinutes: 60 }, 'either'],
  ] as const)('%j is refused', async ([variables, message]) => {
    await expect(series(variables)).rejects.toThrow(message)
  })
})
