import { expect, it } from 'vitest'
import { pageArgs, withParams } from './url-state.ts'

const url = new URL('http://latchkey.test/logs?range=7d&after=x')

it('changes the given parameters and keeps the others', () => {
  expect(withParams(url, { after: null, outcome: 'error' })).toBe('/logs?range=7d&outcome=error')
})

it('removes the question mark of an empty query', () => {
  expect(withParams(url, { after: '', range: null })).toBe('/logs')
})

it.each([
  ['', { first: 25 }],
  ['after=a', { first: 25, after: 'a' }],
  ['before=b', { last: 25, before: 'b' }],
])('reads %j as page arguments', (search, args) => {
  expect(pageArgs(new URLSearchParams(search), 25)).toEqual(args)
})
