import { describe, expect, test } from 'vitest'
import { countTokens, pieces } from './echo-text.ts'

describe('counting', () => {
  test.for([
    ['', 0],
    [' \n\t ', 0],
    ['hello', 1],
    ['hello world', 2],
    ['Hello, world!', 4],
    ["it's", 3],
    ['日本語', 3],
    ['gpt4是模型', 4],
    ['🔑', 1],
    ['a1b2 3', 2],
  ] as const)('%j has %d tokens', ([text, tokens]) => {
    expect(countTokens(text)).toBe(tokens)
  })
})

describe('cutting', () => {
  test.for([
    '',
    'one',
    'one two  three',
    ' leading',
    'trailing ',
    '日本 語',
    'line\nbreaks\r\n\r\n',
    ' ',
    '🔑 x 🔑🔑',
  ])('the pieces of %j make the whole', (text) => {
    expect(pieces(text).join('')).toBe(text)
  })

  test('is by the word, and by the character where words have no space between', () => {
    expect(pieces('Hello big world')).toEqual(['Hello', ' big', ' world'])
    expect(pieces('日本')).toEqual(['日', '本'])
  })

  test('a megabyte of space takes no longer than its length', () => {
    expect(pieces(' '.repeat(1_000_000))).toHaveLength(1)
    expect(pieces(`${' '.repeat(1_000_000)}x`)).toHaveLength(1)
  })
})
