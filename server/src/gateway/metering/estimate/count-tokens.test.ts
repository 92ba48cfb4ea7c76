import { createHash } from 'node:crypto'
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base'
import { describe, expect, test } from 'vitest'
import { EXACT_MAX_CHARS, tokensOf } from './count-tokens.ts'

const WORDS = 'The committee, which met on Tuesday, could not agree; nevertheless, its chairwoman said so.\n'
const CHINESE = '人工智能正在改变我们的生活方式，许多公司都在使用大型语言模型来提高效率。'
// Without a boundary of words: ideographs by a linear congruential generator (Numerical Recipes).
const IDEOGRAPHS = (() => {
  let state = 7
  return Array.from({ length: 4096 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return String.fromCharCode(0x4e00 + ((state >>> 16) % 3000))
  }).join('')
})()
const base64 = (bytes: number) => {
  const hashes = Array.from({ length: Math.ceil(bytes / 64) }, (_, index) =>
    createHash('sha512').update(`${index}`).digest(),
  )
  return Buffer.concat(hashes).toString('base64')
}

describe('a text up to the bound of an exact count', () => {
  test.each([
    ['words', WORDS.repeat(100), 0],
    ['Chinese', CHINESE.repeat(100), 0],
    [
      'code',
      'export function sum(values: number[]) {\n  return values.reduce((a, b) => a + b, 0)\n}\n'.repeat(50),
      0,
    ],
    ['a special token', 'one <|endoftext|> two', 0],
    ['base64', base64(12_000), 0.01],
    ['ideographs without a boundary', IDEOGRAPHS, 0.01],
    ['one letter', 'x'.repeat(4096), 0.01],
    ['spaces', ' '.repeat(4096), 0.05],
    ['digits', '31415926535897932384626433832795'.repeat(100), 0.02],
    ['emoji', '👩‍👩‍👧😀'.repeat(500), 0.02],
  ])('of %s is counted as the tokenizer counts it', (_, text, error) => {
    const exact = countTokens(text, { disallowedSpecial: new Set() })
    const { tokens } = count(text)
    expect(Math.abs(tokens - exact)).toBeLessThanOrEqual(error * exact)
  })

  test('is nothing where it is empty', () => {
    expect(count('').tokens).toBe(0)
  })
})

describe('a text of a million characters', () => {
  test.each([
    ['words', repeated(WORDS)],
    ['Chinese', repeated(CHINESE)],
    ['base64', base64(750_000).slice(0, 1_000_000)],
    ['one letter', 'x'.repeat(1_000_000)],
  ])('of %s is estimated within 2%, in as many steps as one of a hundred thousand at most', (_, text) => {
    // Linear in the length: what the tokenizer takes for a hundredth is a hundredth.
    const part = count(text.slice(0, EXACT_MAX_CHARS))
    const expected = (part.tokens / EXACT_MAX_CHARS) * text.length
    const { tokens, steps } = count(text)
    expect(Math.abs(tokens - expected)).toBeLessThan(0.02 * expected)
    expect(steps).toBeLessThanOrEqual(part.steps)
  })

  test('is sampled at its end as at its beginning', () => {
    const text = 'x'.repeat(500_000) + repeated(WORDS).slice(0, 500_000)
    const half = (count(WORDS.repeat(10)).tokens / (10 * WORDS.length)) * 500_000
    const expected = half + 500_000 / 8
    expect(Math.abs(count(text).tokens - expected)).toBeLessThan(0.05 * expected)
  })
})

function count(text: string): { tokens: number; steps: number } {
  const counting = tokensOf(text)
  for (let steps = 1; ; steps++) {
    const { done, value } = counting.next()
    if (done) return { tokens: value, steps }
  }
}

function repeated(text: string): string {
  return text.repeat(Math.ceil(1_000_000 / text.length)).slice(0, 1_000_000)
}
