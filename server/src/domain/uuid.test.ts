import { describe, expect, test } from 'vitest'
import { firstIdAt, mintRequestId, requestIdBytes, requestIdFromBytes, requestIdTimeMs } from './uuid.ts'

describe('a request id', () => {
  test('is `req_` and a UUIDv7 of now', () => {
    const before = Date.now()
    const id = mintRequestId()
    expect(id).toMatch(/^req_[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/)
    expect(requestIdTimeMs(id)).toBeGreaterThanOrEqual(before)
    expect(requestIdTimeMs(id)).toBeLessThanOrEqual(Date.now())
  })

  test('is never minted twice', () => {
    expect(new Set(Array.from({ length: 10_000 }, mintRequestId)).size).toBe(10_000)
  })

  test('is 16 bytes and back', () => {
    const id = mintRequestId()
    const bytes = requestIdBytes(id)
    expect(bytes).toHaveLength(16)
    expect(requestIdFromBytes(bytes ?? new Uint8Array())).toBe(id)
  })

  test('is read from a view into a larger buffer', () => {
    const pool = Buffer.alloc(64, 0xee)
    const id = `req_${'01'.repeat(16)}`
    pool.fill(0x01, 8, 24)
    expect(requestIdFromBytes(pool.subarray(8, 24))).toBe(id)
  })

  test.for([
    '',
    'req_',
    'req_0199',
    `req_${'g'.repeat(32)}`,
    `req_${'A'.repeat(32)}`,
    `REQ_${'0'.repeat(32)}`,
    `req_${'0'.repeat(33)}`,
    `req_${'0'.repeat(32)}\n`,
    ` req_${'0'.repeat(32)}`,
    '0'.repeat(32),
  ])('is not %j', (text) => {
    expect(requestIdBytes(text)).toBeNull()
  })
})

describe('the first id of an instant', () => {
  const instants = [0, 1, 0xffff, 0x10000, 1_763_800_000_123, 2 ** 48 - 1]

  test.for(instants)('at %d holds that instant and nothing else', (timeMs) => {
    const id = requestIdFromBytes(firstIdAt(timeMs))
    expect(requestIdTimeMs(id)).toBe(timeMs)
    expect(id.slice(16)).toBe('0'.repeat(20))
  })

  test('sorts by time, and before every id minted in its millisecond', () => {
    const ids = instants.map((timeMs) => Buffer.from(firstIdAt(timeMs)))
    expect(ids.toSorted(Buffer.compare)).toEqual(ids)
    const id = mintRequestId()
    const minted = Buffer.from(requestIdBytes(id) ?? [])
    expect(Buffer.compare(Buffer.from(firstIdAt(requestIdTimeMs(id))), minted)).toBe(-1)
    expect(Buffer.compare(Buffer.from(firstIdAt(requestIdTimeMs(id) + 1)), minted)).toBe(1)
  })

  test.for([
    [-1, 0],
    [Number.NEGATIVE_INFINITY, 0],
    [1.2, 2],
    [2 ** 53, 2 ** 48 - 1],
    [Number.POSITIVE_INFINITY, 2 ** 48 - 1],
  ] as const)('%d is clamped to %d', ([timeMs, clamped]) => {
    expect(requestIdTimeMs(requestIdFromBytes(firstIdAt(timeMs)))).toBe(clamped)
  })
})
