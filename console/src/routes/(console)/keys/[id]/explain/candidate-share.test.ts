import { expect, test } from 'vitest'
import { candidateShare } from './candidate-share.ts'

const route = (upstream: string, more: object = {}) => ({
  upstream,
  upstreamModel: 'gpt-5',
  credential: null,
  priority: 0,
  weight: 1,
  credentialWeight: 1,
  enabled: true,
  ...more,
})
const shares = (...routes: ReturnType<typeof route>[]) => routes.map((each) => candidateShare(each, routes))

test('routes of one priority share the calls by weight', () => {
  expect(shares(route('a', { weight: 3 }), route('b'), route('c', { priority: 1 }))).toEqual([
    0.75,
    0.25,
    null,
  ])
})

test('the credentials of an upstream divide its share', () => {
  const [first, second] = [route('a', { credentialWeight: 3 }), route('a')]
  expect(shares(first, second)).toEqual([0.75, 0.25])
  expect(shares(first, second, route('b'))).toEqual([0.375, 0.125, 0.5])
})

test('a route that no call takes has no share of them', () => {
  expect(shares(route('a'), route('b', { enabled: false }))).toEqual([null, null])
})
