import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { aCallRecord } from '../../domain/logs/a-call-record.ts'
import type { CallRecord } from '../../domain/logs/call-record.ts'
import { createStrangerDenials } from './stranger-denials.ts'

let written: CallRecord[] = []
let denials: ReturnType<typeof createStrangerDenials>
beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1, 12) })
  written = []
  denials = createStrangerDenials((record) => written.push(record))
})
afterEach(() => void vi.useRealTimers())

function denial(facts: Partial<CallRecord> = {}): CallRecord {
  return aCallRecord({ outcome: 'DENIED', errorCode: 'invalid_api_key', durationMs: 2, ...facts })
}

/** How many of so many calls have a row of their own. */
function rowsOf(count: number, facts: (n: number) => Partial<CallRecord>): number {
  let rows = 0
  for (let n = 0; n < count; n++) if (!denials.counts(denial(facts(n)))) rows++
  return rows
}

const callsOf = (records: CallRecord[]) => records.reduce((sum, { calls }) => sum + (calls ?? 1), 0)

test('past the first of a minute, calls that are alike are one row, with their count, bytes and mean duration', () => {
  expect(rowsOf(1_000, () => ({ requestBytes: 3 }))).toBe(30)
  expect(written).toEqual([])
  denials.flush()
  expect(written).toMatchObject([
    { calls: 970, clientIp: '127.0.0.1', requestBytes: 2_910, durationMs: 2, userAgent: null },
  ])
  denials.flush()
  expect(written).toHaveLength(1)
})

test('the row is written when the minute ends, and the next minute has rows of its own', () => {
  rowsOf(50, () => ({}))
  vi.advanceTimersByTime(59_999)
  expect(written).toEqual([])
  vi.advanceTimersByTime(1)
  expect(written).toMatchObject([{ calls: 20 }])
  expect(rowsOf(50, () => ({}))).toBe(30)
})

test('addresses of one network are one', () => {
  expect(rowsOf(100, (n) => ({ clientIp: `2001:db8::${n.toString(16)}` }))).toBe(30)
  denials.flush()
  expect(written).toMatchObject([{ calls: 70, clientIp: '2001:db8:0:0::/64' }])
})

test.for([
  ['networks', (n: number) => ({ clientIp: `10.0.${n >> 8}.${n & 255}` })],
  ['paths', (n: number) => ({ endpoint: `/v1/${n}` })],
  ['both', (n: number) => ({ clientIp: `10.0.${n >> 8}.${n & 255}`, endpoint: `/v1/${n}` })],
] as const)('however many %s, the rows of a minute are bounded and each call counts once', ([, facts]) => {
  const rows = rowsOf(20_000, facts)
  denials.flush()
  expect(rows + written.length).toBeLessThanOrEqual(121)
  expect(rows + callsOf(written)).toBe(20_000)
})

test('who invents paths takes the groups of no other network', () => {
  rowsOf(1_000, (n) => ({ endpoint: `/v1/${n}` }))
  rowsOf(100, () => ({ clientIp: '10.0.0.1' }))
  denials.flush()
  expect(written.filter(({ clientIp }) => clientIp === '127.0.0.1')).toHaveLength(6)
  expect(written.find(({ clientIp }) => clientIp === '10.0.0.1')).toMatchObject({ calls: 70 })
})

test.for([
  ['a known key', { apiKeyId: 1 }],
  ['another outcome', { outcome: 'CANCELLED' }],
] as const)('calls of %s are not counted together', ([, facts]) => {
  expect(rowsOf(100, () => facts)).toBe(100)
})
