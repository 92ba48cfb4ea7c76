import { expect, test } from 'vitest'
import { bandsOf, movedRoutes } from './bands.ts'

const a = { id: 'a', priority: 0, weight: 3 }
const b = { id: 'b', priority: 0, weight: 1 }
const c = { id: 'c', priority: 5, weight: 1 }
const order = (routes: readonly { id: string; priority: number }[]) =>
  routes.map(({ id, priority }) => `${id}${priority}`).join(' ')

test('routes of one priority share its calls by weight', () => {
  expect(bandsOf([c, a, b]).map(({ routes }) => routes.map(({ share }) => share))).toEqual([
    [0.75, 0.25],
    [1],
  ])
})

test('a route leaves a band that it shares, then joins the next', () => {
  const own = movedRoutes([a, b, c], b, 1)
  expect(order(own)).toBe('a0 b1 c2')
  const [, moved] = own
  expect(order(movedRoutes(own, moved ?? a, 1))).toBe('a0 c1 b1')
  expect(order(movedRoutes([a, b, c], b, -1))).toBe('b0 a1 c2')
})

test('the last of all stays where it is', () => {
  expect(order(movedRoutes([a, c], c, 1))).toBe('a0 c5')
  expect(order(movedRoutes([a, c], a, -1))).toBe('a0 c5')
})
