import type { RequestLog } from '@latchkey/sdk'
import { expect, test, vi } from 'vitest'

// The language of the reader is reactive; here it only has a value.
vi.stubGlobal('$state', (value: unknown) => value)
const { minuteFilter, termFilter, termsOf } = await import('./value-filters.ts')
const { emptyQuery, readQuery } = await import('../query/log-query.ts')

const denied = {
  outcome: 'DENIED',
  errorCode: 'budget_exhausted',
  clientErrorCode: null,
  httpStatus: 429,
  apiKey: { id: 'key_7', name: 'checkout' },
  requestedModel: null,
  resolvedModel: 'gpt-5-2026',
  upstream: null,
  endpoint: '/v1/files',
  streamed: false,
  inputTokens: null,
  outputTokens: null,
  costUsd: null,
  durationMs: 12,
} as RequestLog
const address = (search: string) => ({ pathname: '/logs', searchParams: new URLSearchParams(search) })
const texts = (log: RequestLog) => termsOf(log).map(({ field, value }) => `${field}:${value}`)

test('a call is filtered by each value that it has, and by none that the server cannot filter by', () => {
  expect(texts(denied)).toEqual([
    'outcome:denied',
    'error:budget_exhausted',
    'status:429',
    'key:key_7',
    'endpoint:/v1/files',
    'stream:no',
    'duration:>=12ms',
  ])
  const called = {
    ...denied,
    requestedModel: 'gpt-5',
    costUsd: '0.012345678',
    inputTokens: 900,
    outputTokens: null,
  }
  expect(texts(called)).toEqual(
    expect.arrayContaining(['model:gpt-5', 'tokens:>=900', 'cost:>=0.012345678', 'duration:>=12ms']),
  )
  // At least nothing would be every call.
  expect(texts({ ...called, costUsd: '0' })).toContain('cost:0')
  expect(termsOf(called).find(({ field }) => field === 'key')?.text).toBe('checkout')
})

test('the address of each is one that the list reads, and a second press takes it away', () => {
  for (const term of termsOf(denied)) {
    const filter = termFilter(address('range=7d&peek=req_1'), emptyQuery, term, term.text)
    const { pathname, searchParams } = new URL(filter?.href ?? '', 'https://latchkey.test')
    const { query, bad } = readQuery(searchParams)
    expect({ terms: query.terms, bad }).toEqual({
      terms: [{ field: term.field, value: term.value }],
      bad: [],
    })
    expect(termFilter({ pathname, searchParams }, query, term)).toMatchObject({
      href: '/logs?range=7d',
      on: true,
    })
  }
  expect(termFilter(address(''), emptyQuery, { field: 'model', value: 'm'.repeat(201) })).toBeNull()
})

test('its time stands for the calls of that minute', () => {
  const filter = minuteFilter(address('range=7d&outcome=denied&live=1'), '2026-11-30T14:02:31.500Z')
  expect(filter.on).toBe(false)
  const { searchParams } = new URL(filter.href, 'https://latchkey.test')
  expect(Object.fromEntries(searchParams)).toEqual({
    outcome: 'denied',
    from: '2026-11-30T14:02:00.000Z',
    to: '2026-11-30T14:03:00.000Z',
  })
  const again = minuteFilter({ pathname: '/logs', searchParams }, '2026-11-30T14:02:59.999Z')
  expect(again).toMatchObject({ href: '/logs?outcome=denied', on: true })
})
