import { expect, test } from 'vitest'
import { bandsOf, moveRoute, placeAt, placeRoute } from './bands.ts'

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
  const own = moveRoute([a, b, c], b, 1)?.routes ?? []
  expect(order(own)).toBe('a0 b1 c2')
  const [, moved] = own
  expect(order(moveRoute(own, moved ?? a, 1)?.routes ?? [])).toBe('a0 c1 b1')
  expect(order(moveRoute([a, b, c], b, -1)?.routes ?? [])).toBe('b0 a1 c2')
})

test('the last of all stays where it is', () => {
  expect(moveRoute([a, c], c, 1)).toBeNull()
  expect(moveRoute([a, c], a, -1)).toBeNull()
})

test('a route is put into a band, or into one of its own between two or at an end', () => {
  const put = (moved: typeof a, kind: 'band' | 'before', at: number) => {
    const move = placeRoute([a, b, c], moved, { kind, at })
    return move && `${order(move.routes)}, ${move.band + 1} of ${move.bands} with ${move.others}`
  }
  expect(put(c, 'band', 0)).toBe('a0 b0 c0, 1 of 1 with 2')
  expect(put(a, 'band', 1)).toBe('b0 c1 a1, 2 of 2 with 1')
  expect(put(c, 'before', 0)).toBe('c0 a1 b1, 1 of 2 with 0')
  expect(put(b, 'before', 1)).toBe('a0 b1 c2, 2 of 3 with 0')
  expect(put(a, 'before', 2)).toBe('b0 c1 a2, 3 of 3 with 0')
  expect([put(a, 'band', 0), put(c, 'before', 1), put(c, 'before', 2)]).toEqual([null, null, null])
})

test('the edges of a band, and what is between two, are a place of its own', () => {
  const bands = [
    { top: 0, bottom: 100 },
    { top: 110, bottom: 150 },
  ]
  const at = (y: number) => {
    const place = placeAt(bands, y)
    return `${place.kind} ${place.at}`
  }
  expect([-5, 10, 50, 90, 105, 130, 145, 400].map(at)).toEqual([
    'before 0',
    'before 0',
    'band 0',
    'before 1',
    'before 1',
    'band 1',
    'before 2',
    'before 2',
  ])
})
