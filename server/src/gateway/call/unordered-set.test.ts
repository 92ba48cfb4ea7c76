import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Bag, type Bagged } from './unordered-set.ts'

test('holds what a set would', () => {
  const moves = fc.array(fc.record({ adds: fc.boolean(), which: fc.nat({ max: 9 }) }))
  fc.assert(
    fc.property(moves, (steps) => {
      const all: Bagged[] = Array.from({ length: 10 }, () => ({ place: -1 }))
      const bag = new Bag()
      const set = new Set<Bagged>()
      for (const { adds, which } of steps) {
        const one = all[which] as Bagged
        if (adds) {
          bag.add(one)
          set.add(one)
        } else expect(bag.delete(one)).toBe(set.delete(one))
        expect(bag.size).toBe(set.size)
        expect(new Set(bag.members())).toEqual(set)
      }
    }),
  )
})

test('may be left while its members are looked at', () => {
  const bag = new Bag()
  const all = [{ place: -1 }, { place: -1 }, { place: -1 }]
  for (const one of all) bag.add(one)
  for (const one of bag.members()) expect(bag.delete(one)).toBe(true)
  expect(bag.size).toBe(0)
})
