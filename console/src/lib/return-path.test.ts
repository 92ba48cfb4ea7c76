import { expect, it } from 'vitest'
import { isServerPage, loginPath, returnPath } from './return-path.ts'

it('comes back to the deep link, filters and all', () => {
  const path = '/logs?range=7d&outcome=error'
  const { searchParams } = new URL(loginPath(path), 'http://latchkey.test')
  expect(returnPath(searchParams)).toBe(path)
})

it.each([
  'https://evil.test',
  '//evil.test',
  '/\\evil.test',
  '/\t/evil.test',
  '/\n/evil.test',
  '/\r\\evil.test',
  '\t//evil.test',
  'javascript:alert(1)',
  '',
])('never leaves this site for %j', (to) => {
  expect(returnPath(new URLSearchParams({ to }))).toBe('/')
})

it.each([
  ['/graphql', true],
  ['/graphql/', true],
  ['/graphql?x=1', true],
  ['/graphqlx', false],
  ['/keys', false],
])('%s is loaded from the server: %s', (path, expected) => {
  expect(isServerPage(path)).toBe(expected)
})
