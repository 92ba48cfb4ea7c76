import { describe, expect, test } from 'vitest'
import { orderedBySession, shuffledByWeight } from './weighted-order.ts'

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

describe('by session', () => {
  const name = (item: { name: string }) => item.name
  const sessions = Array.from({ length: 3_000 }, (_each, at) => `session ${at}`)
  const firstOf = (items: (typeof A)[], session: string) => orderedBySession(items, session, name)[0]?.name

  test('the order of a session is always the same, wherever an item stands', () => {
    for (const session of sessions.slice(0, 50))
      expect(orderedBySession([C, A, B], session, name)).toEqual(orderedBySession([A, B, C], session, name))
  })

  test('over many sessions each item is first in proportion to its weight', () => {
    const first = Map.groupBy(sessions, (session) => firstOf([A, B, C], session))
    for (const { name, weight } of [A, B, C])
      expect((first.get(name)?.length ?? 0) / sessions.length).toBeCloseTo(weight / 10, 1)
  })

  test('only the sessions of an item that is removed move', () => {
    for (const session of sessions.slice(0, 500)) {
      const before = firstOf([A, B, C], session)
      if (before !== 'c') expect(firstOf([A, B], session)).toBe(before)
    }
  })
})
