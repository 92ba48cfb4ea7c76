import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { UnorderedSet, type UnorderedSetMember } from './unordered-set.ts'

test('holds what a set would', () => {
  const moves = fc.array(fc.record({ adds: fc.boolean(), which: fc.nat({ max: 9 }) }))
  fc.assert(
    fc.property(moves, (steps) => {
      const all: UnorderedSetMember[] = Array.from({ length: 10 }, () => ({ place: -1 }))
      const unordered = new UnorderedSet()
      const set = new Set<UnorderedSetMember>()
      for (const { adds, which } of steps) {
        const one = all[which] as UnorderedSetMember
        if (adds) {
          unordered.add(one)
          set.add(one)
        } else expect(unordered.delete(one)).toBe(set.delete(one))
        expect(unordered.size).toBe(set.size)
        expect(new Set(unordered.members())).toEqual(set)
      }
    }),
  )
})

test('lets members be removed while they are iterated', () => {
  const unordered = new UnorderedSet()
  const all = [{ place: -1 }, { place: -1 }, { place: -1 }]
  for (const one of all) unordered.add(one)
  for (const one of unordered.members()) expect(unordered.delete(one)).toBe(true)
  expect(unordered.size).toBe(0)
})
