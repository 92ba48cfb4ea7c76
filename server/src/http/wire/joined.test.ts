import { expect, test } from 'vitest'
import { joined } from './joined.ts'

const KIB = 1024

test('is the parts in their order, whatever they are views of', () => {
  const first = Buffer.alloc(100 * KIB, 'a')
  const shared = Buffer.alloc(50 * KIB, 'b')
  const pooled = Buffer.from('c')
  const parts = [first, shared.subarray(0, 10), shared.subarray(10), pooled]
  const expected = Buffer.concat(parts)
  expect(joined(parts, expected.length).equals(expected)).toBe(true)
  // Their memory is free, but for what is a view of the pool.
  expect([first.length, shared.length, pooled.toString()]).toEqual([0, 0, 'c'])
  expect(parts).toEqual([])
})

test('is the only part itself, and nothing of none', () => {
  const only = Buffer.alloc(100 * KIB, 'a')
  expect(joined([only], only.length)).toBe(only)
  expect(joined([], 0)).toEqual(Buffer.alloc(0))
})
