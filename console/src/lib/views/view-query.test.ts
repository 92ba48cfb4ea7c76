import { expect, test } from 'vitest'
import { viewHref, viewQuery } from './view-query.ts'

test('a view has the filter and the order of a URL, and not the place in the list', () => {
  expect(viewQuery('?show=failing&after=abc&sort=-spend&peek=key_1')).toBe('show=failing&sort=-spend')
  expect(viewQuery('?outcome=error&model=b&model=a&live=1')).toBe('model=b&model=a&outcome=error')
  expect(viewQuery('')).toBe('')
})

test('the address of a view has no question mark without a filter', () => {
  expect([viewHref('/logs', 'q=a+b'), viewHref('/logs', '')]).toEqual(['/logs?q=a+b', '/logs'])
})
