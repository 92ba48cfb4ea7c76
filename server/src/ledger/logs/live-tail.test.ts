import { expect, test, vi } from 'vitest'
import type { CallRecord } from '../../domain/logs/call-record.ts'
import { createRecordTail } from './live-tail.ts'

/** Records by id alone, of which the tail keeps the last four. */
function tailOfFour() {
  let notify: (record: CallRecord) => void = () => undefined
  const tail = createRecordTail(
    {
      onRecord(listener) {
        notify = listener
        return () => undefined
      },
    },
    4,
  )
  const record = (...ids: string[]) => {
    for (const id of ids) notify({ id } as CallRecord)
  }
  return { tail, record }
}
const ids = (batch: { logs: CallRecord[] } | null) => batch?.logs.map(({ id }) => id)

test('a reader is given what is recorded after it came, or after what it has seen', async () => {
  const { tail, record } = tailOfFour()
  tail.open(() => true, null).end()
  record('a', 'b', 'c')
  const [fresh, back] = [tail.open(() => true, null), tail.open(() => true, 'a')]
  record('d')
  expect(ids(await fresh.next())).toEqual(['d'])
  expect(ids(await back.next())).toEqual(['b', 'c', 'd'])
  expect([fresh.resumed, back.resumed]).toEqual([false, true])
})

test('what is overwritten before it is read is counted, where it matches', async () => {
  const { tail, record } = tailOfFour()
  const reader = tail.open(({ id }) => id < 'e', null)
  record('a', 'b', 'x', 'c', 'd', 'y', 'z')
  expect(await reader.next()).toEqual({ logs: [{ id: 'c' }, { id: 'd' }], dropped: 2 })
  expect(tail.recent().map(({ id }) => id)).toEqual(['c', 'd', 'y', 'z'])
})

test('what is not kept any more cannot be resumed from', () => {
  const { tail, record } = tailOfFour()
  tail.open(() => true, null).end()
  record('a', 'b', 'c', 'd', 'e')
  expect(tail.open(() => true, 'a').resumed).toBe(false)
})

test('the end of a reader lets its waiting read go', async () => {
  const { tail, record } = tailOfFour()
  const reader = tail.open(() => true, null)
  const waiting = reader.next()
  reader.end()
  expect(await waiting).toBeNull()
  expect(tail.readers()).toBe(0)
  record('a')
  expect(await reader.next()).toBeNull()
})

test('nothing is kept before the first reader, nor long after the last', () => {
  vi.useFakeTimers()
  const { tail, record } = tailOfFour()
  const kept = () => tail.recent().map(({ id }) => id)
  record('a')
  expect(kept()).toEqual([])
  const reader = tail.open(() => true, null)
  record('b')
  reader.end()
  vi.advanceTimersByTime(9 * 60_000)
  record('c')
  const back = tail.open(() => true, 'b')
  expect(back.resumed).toBe(true)
  vi.advanceTimersByTime(20 * 60_000)
  expect(kept()).toEqual(['b', 'c'])
  back.end()
  vi.advanceTimersByTime(11 * 60_000)
  record('d')
  expect(kept()).toEqual([])
  expect(tail.open(() => true, 'c').resumed).toBe(false)
  vi.useRealTimers()
})
