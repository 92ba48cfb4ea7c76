import { expect, test } from 'vitest'
import { OUTCOMES } from '../logs/call-record.ts'
import { CONTENT_CAPTURES } from '../policy/key-policy.ts'
import { keptContent, mayKeepContent } from './content-capture.ts'

test('what is kept of each outcome', () => {
  const table = CONTENT_CAPTURES.map((capture) => OUTCOMES.map((outcome) => keptContent(capture, outcome)))
  const all = <T>(kept: T) => OUTCOMES.map(() => kept)
  expect(OUTCOMES).toEqual(['SUCCESS', 'ERROR', 'DENIED', 'CANCELLED', 'INTERRUPTED'])
  expect(table).toEqual([
    all('NOTHING'),
    all('METADATA'),
    ['METADATA', 'CONTENT', 'METADATA', 'METADATA', 'CONTENT'],
    all('CONTENT'),
  ])
})

test('text is held during a call only where its outcome may keep it', () => {
  for (const capture of CONTENT_CAPTURES) {
    const kept = OUTCOMES.some((outcome) => keptContent(capture, outcome) === 'CONTENT')
    expect(mayKeepContent(capture)).toBe(kept)
  }
})
