import { expect, test } from 'vitest'
import { emptyQuery, queryHref, readQuery, toggled } from './log-query.ts'
import { parseRange } from './number-range.ts'
import { parseQuery, queryText, tokenAt } from './parse-query.ts'

const problems = (text: string) => parseQuery(text).problems.map(({ code, part }) => `${code} ${part}`)

test('reads every kind of term, and writes the same again', () => {
  const text =
    'key:"check out" error:budget_exhausted model:gpt-5* upstream:azure-eu endpoint:/v1/embeddings outcome:denied cost:>0.01 duration:>2s "time out"'
  const { query, problems } = parseQuery(text)
  expect(problems).toEqual([])
  expect(query.text).toBe('time out')
  expect(query.terms).toContainEqual({ field: 'key', value: 'check out' })
  expect(queryText(query)).toBe(text)
})

test('takes an outcome for a status, and lists by commas', () => {
  expect(parseQuery('status:denied').query.terms).toEqual([{ field: 'outcome', value: 'denied' }])
  expect(parseQuery('status:5xx').query.terms).toEqual([{ field: 'status', value: '5xx' }])
  expect(parseQuery('outcome:error,DENIED').query.terms).toHaveLength(2)
})

test('shows a key by its name and keeps its id', () => {
  const names = {
    idOf: (name: string) => (name === 'checkout' ? 'key_7' : undefined),
    nameOf: (id: string) => (id === 'key_7' ? 'checkout' : undefined),
  }
  const { query } = parseQuery('key:checkout', names)
  expect(query.terms).toEqual([{ field: 'key', value: 'key_7' }])
  expect(queryText(query, names)).toBe('key:checkout')
})

test('says what it does not understand, and drops nothing silently', () => {
  expect(problems('color:red')).toEqual(['unknown_field color:red'])
  expect(problems('-key:ci')).toEqual(['negation -key:ci'])
  expect(problems('key:(a OR b)')).toContain('operator key:(a')
  expect(problems('cost:lots')).toEqual(['bad_value cost:lots'])
  expect(problems('duration:>2')).toEqual(['bad_value duration:>2'])
  expect(problems('cost:>1 cost:<2')).toEqual(['twice cost:<2'])
  expect(problems('key:')).toEqual(['no_value key:'])
  expect(problems('"time out')).toEqual(['open_quote "time out'])
  expect(problems('a key:b c')).toEqual(['two_texts c'])
  expect(problems('ip:10.*')).toEqual(['pattern ip:10.*'])
  expect(problems('connection reset')).toEqual([])
})

test('ranges are exact', () => {
  expect(parseRange('>0.01', 'usd')).toEqual({ gte: '0.010000001' })
  expect(parseRange('<=1.5s', 'duration')).toEqual({ lte: '1500' })
  expect(parseRange('>2s', 'duration')).toEqual({ gte: '2001' })
  expect(parseRange('10k', 'count')).toEqual({ gte: '10000', lte: '10000' })
  expect(parseRange('4xx', 'status')).toEqual({ gte: '400', lte: '499' })
  expect(parseRange('9..2', 'count')).toBeNull()
  expect(parseRange('1.5', 'count')).toBeNull()
})

test('the URL holds the query, and names what is none', () => {
  const url = new URL('http://latchkey.test/logs?range=7d&key=a&key=b&outcome=DENIED&cost=lots&peek=x')
  const { query, bad } = readQuery(url.searchParams)
  expect(query.terms).toEqual([
    { field: 'key', value: 'a' },
    { field: 'key', value: 'b' },
    { field: 'outcome', value: 'denied' },
  ])
  expect(bad).toEqual([{ field: 'cost', value: 'lots' }])
  expect(queryHref(url, toggled(query, { field: 'key', value: 'a' }))).toBe(
    '/logs?range=7d&key=b&outcome=denied',
  )
  expect(queryHref(url, emptyQuery)).toBe('/logs?range=7d')
})

test('finds the piece at the caret', () => {
  expect(tokenAt('key:a mod', 9)).toEqual({ from: 6, to: 9, name: null, value: 'mod' })
  expect(tokenAt('key:ab ', 5)).toMatchObject({ from: 0, name: 'key', value: 'ab' })
  expect(tokenAt('key:ab ', 7)).toMatchObject({ from: 7, value: '' })
})
