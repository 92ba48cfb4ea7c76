import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRecentMap } from './recent-map.ts'

const KEPT = 4
const key = fc.constantFrom(...'abcdefghijklmno')
const step = fc.oneof(
  fc.record({ kind: fc.constant('get' as const), key }),
  fc.record({ kind: fc.constant('set' as const), key, value: fc.nat() }),
  fc.record({ kind: fc.constant('delete' as const), key }),
)

test('it returns what was set last and not deleted; the last used are kept, and never too many', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const map = createRecentMap<number>(KEPT)
      const all = new Map<string, number>()
      // The last used at the end.
      let used: string[] = []
      for (const { key, ...step } of steps) {
        const expected = all.get(key)
        if (step.kind === 'get') {
          const found = map.get(key)
          if (found !== undefined || used.slice(-KEPT + 1).includes(key)) expect(found).toBe(expected)
          if (found === undefined) continue
        } else if (step.kind === 'set') {
          map.set(key, step.value)
          all.set(key, step.value)
        } else {
          map.delete(key)
          all.delete(key)
          expect(map.get(key)).toBeUndefined()
        }
        used = used.filter((one) => one !== key)
        if (step.kind !== 'delete') used.push(key)
        expect(map.size()).toBeLessThanOrEqual(2 * KEPT)
      }
    }),
  )
})
