import { expect, test } from 'vitest'
import { ChangeQueue } from './change-queue.ts'

const nothing = () => undefined

test('begins with an empty batch, and has each thing once, as it is last', async () => {
  const queue = new ChangeQueue<number, string>(nothing)
  expect(await queue.next()).toEqual({ changes: [], dropped: 0 })
  queue.push(1, 'a')
  queue.push(2, 'b')
  queue.push(1, 'c')
  expect(await queue.next()).toEqual({ changes: ['c', 'b'], dropped: 0 })
})

test('has at most 100 in a batch, and counts what comes beyond 1,000 that wait', async () => {
  const queue = new ChangeQueue<number, number>(nothing)
  await queue.next()
  for (let n = 0; n < 1_005; n++) queue.push(n, n)
  // One that waits already costs no room.
  queue.push(0, -1)
  const first = await queue.next()
  expect([first?.changes.length, first?.changes[0], first?.dropped]).toEqual([100, -1, 5])
  const second = await queue.next()
  expect([second?.changes.length, second?.changes[0], second?.dropped]).toEqual([100, 100, 0])
})

test('ends once, whether its reader waits for the first change or for the next', async () => {
  let ended = 0
  const queue = new ChangeQueue<number, number>(() => ended++)
  await queue.next()
  const waiting = queue.next()
  queue.end()
  queue.end()
  queue.push(1, 1)
  expect([await waiting, await queue.next(), ended]).toEqual([null, null, 1])
  const early = new ChangeQueue<number, number>(nothing)
  await early.next()
  early.push(1, 1)
  const soon = early.next()
  early.end()
  expect(await soon).toBeNull()
})
