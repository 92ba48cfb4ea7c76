import { expect, test } from 'vitest'
import type { Store } from '../store/store.ts'
import { createWriteWatch } from './write-watch.ts'

const storeOf = (writes: () => number | null) => ({ writes }) as unknown as Store

test('looks at first, after each write, and after a failure; not in between', () => {
  let writes = 0
  const watch = createWriteWatch(storeOf(() => writes))
  expect([watch.changed(), watch.changed(), watch.changed()]).toEqual([true, false, false])
  writes++
  expect([watch.changed(), watch.changed()]).toEqual([true, false])
  watch.forget()
  expect([watch.changed(), watch.changed()]).toEqual([true, false])
})

test('looks again after a while, for what another process writes', () => {
  const watch = createWriteWatch(
    storeOf(() => 0),
    0,
  )
  expect([watch.changed(), watch.changed()]).toEqual([true, true])
})

test('always looks where the store does not count', () => {
  const watch = createWriteWatch(storeOf(() => null))
  expect([watch.changed(), watch.changed()]).toEqual([true, true])
})
