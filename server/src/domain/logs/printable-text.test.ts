import { describe, expect, test } from 'vitest'
import { printable } from './printable-text.ts'

describe('text that a row takes', () => {
  test.for([
    ['plain', 100, 'plain'],
    ['tab\tand\nline', 100, 'tab and line'],
    ['nul\u0000bell\u0007del\u007fc1\u0085', 100, 'nul bell del c1 '],
    ['half \ud83d', 100, 'half \ufffd'],
    ['🔑🔑', 3, '🔑\ufffd'],
    ['long', 2, 'lo'],
    ['', 10, ''],
  ] as const)('%j, at most %d', ([text, max, expected]) => {
    expect(printable(text, max)).toBe(expected)
  })

  test('nothing stays nothing', () => {
    expect(printable(null, 10)).toBeNull()
    expect(printable(undefined, 10)).toBeNull()
  })
})
