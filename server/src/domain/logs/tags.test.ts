import { describe, expect, test } from 'vitest'
import { isTag, joinedTags, readTagsHeader, tagsOfBody } from './tags.ts'

describe('the header', () => {
  test.for<[string, string | null]>([
    ['feature=search', 'feature=search'],
    [' a=b , c=user@example.com ', 'a=b,c=user@example.com'],
    [' ', null],
  ])('%j', ([sent, tags]) => {
    expect(readTagsHeader(sent)).toEqual({ tags })
  })

  test.for([
    'feature',
    '=b',
    'a=',
    'a=b,',
    'a=b,a=c',
    'a b=c',
    'a=b c',
    'a=é',
    `a=${'x'.repeat(129)}`,
    `${'x'.repeat(64)}=a`,
    Array.from({ length: 9 }, (_, at) => `n${at}=v`).join(),
    'x'.repeat(100_000),
  ])('%j is malformed', (sent) => {
    expect(readTagsHeader(sent)).toEqual({ fault: expect.stringContaining('x-latchkey-tags') })
  })
})

test('of a body what can be no tag is left out', () => {
  expect(tagsOfBody({ job: 'night', note: 'two words', n: 7 }, 'u-1')).toBe('job=night,user=u-1')
  expect(tagsOfBody(undefined, undefined)).toBeNull()
  expect(tagsOfBody(['a'], { a: 1 })).toBeNull()
  const many = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`n${at}`, 'v']))
  expect(tagsOfBody(many, 'u-1')?.split(',')).toHaveLength(8)
})

test('the header counts before the body, and both together have eight at most', () => {
  expect(joinedTags('a=1', 'a=2,b=3')).toBe('a=1,b=3')
  expect(joinedTags(null, 'a=1')).toBe('a=1')
  const eight = Array.from({ length: 8 }, (_, at) => `n${at}=v`).join()
  expect(joinedTags(eight, 'a=1')).toBe(eight)
})

test.for<[string, boolean]>([
  ['a=b', true],
  ['a', false],
  ["a=' OR 1", false],
])('%j may be a tag: %s', ([text, expected]) => {
  expect(isTag(text)).toBe(expected)
})
