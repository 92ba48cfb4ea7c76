import { expect, test } from 'vitest'
import { createBodyMemory } from './body-memory.ts'

test('a key takes no more than its bound, all keys no more than theirs, and what is released can be taken again', () => {
  const memory = createBodyMemory({ bodyBytesInFlight: 15, bodyBytesInFlightPerKey: 10 })
  const [one, same, other] = [memory.lease(1), memory.lease(1), memory.lease(2)]
  expect([one.take(6), same.take(5), same.take(4)]).toEqual([true, false, true])
  expect([other.take(6), other.take(5)]).toEqual([false, true])
  one.release()
  expect([same.take(7), same.take(6)]).toEqual([false, true])
  same.release()
  other.release()
  expect(memory.lease(2).take(10)).toBe(true)
})

test('a call that has ended takes nothing more', () => {
  const memory = createBodyMemory({ bodyBytesInFlight: 10, bodyBytesInFlightPerKey: 10 })
  const ended = memory.lease(1)
  ended.release()
  expect(ended.take(1)).toBe(false)
  expect(memory.lease(1).take(10)).toBe(true)
})
