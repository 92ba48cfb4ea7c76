import { expect, test } from 'vitest'
import { shuffledByWeight } from './weighted-order.ts'

const A = { name: 'a', weight: 1 }
const B = { name: 'b', weight: 3 }
const C = { name: 'c', weight: 6 }

test.for([
  [0, 'abc'],
  [0.099, 'acb'],
  [0.1, 'bac'],
  [0.399, 'bca'],
  [0.4, 'cba'],
  [0.999, 'cba'],
] as const)('%s of the weights puts %s in that order', ([point, order]) => {
  const names = shuffledByWeight([A, B, C], () => point).map(({ name }) => name)
  expect(names[0]).toBe(order[0])
  expect([...names].sort()).toEqual(['a', 'b', 'c'])
})

test('over evenly spread random numbers each is first in proportion to its weight', () => {
  const first = { a: 0, b: 0, c: 0 } as Record<string, number>
  for (let at = 0; at < 1_000; at++) {
    const [winner] = shuffledByWeight([A, B, C], () => at / 1_000)
    first[winner?.name ?? ''] = (first[winner?.name ?? ''] ?? 0) + 1
  }
  expect(first).toEqual({ a: 100, b: 300, c: 600 })
})

test('the list that was given stays as it is', () => {
  const list = [A, B]
  shuffledByWeight(list, () => 0.9)
  expect(list).toEqual([A, B])
  expect(shuffledByWeight([], () => 0)).toEqual([])
})
