import { expect, it } from 'vitest'
import { longParams, pageArgs, unknownParams, withParams } from './url-state.ts'

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

it('names the parameters that have none of their values, and no others', () => {
  const params = new URLSearchParams(`tab=limits&sort=size&view=&show=${'x'.repeat(99)}`)
  const known = { tab: ['limits'], sort: ['name', '-name'], view: ['errors'], show: ['all'], part: [] }
  expect(unknownParams(params, known)).toEqual(['sort=size', `show=${'x'.repeat(60)}…`])
})

it('names the parameters that are longer than what is read of them', () => {
  expect(longParams(new URLSearchParams('q=abcd&label=ab'), { q: 3, label: 2, tag: 1 })).toEqual(['q'])
})
