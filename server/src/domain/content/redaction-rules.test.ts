import { expect, test } from 'vitest'
import { patternsFault, redactionNamesFault, redactionRules } from './redaction-rules.ts'

test.for([
  ['none', null],
  ['email', null],
  ['token, Base64', null],
  ['', /must list email, card/],
  ['email,mail', /must list email, card/],
] as const)('the names %j', ([text, fault]) => {
  if (fault === null) expect(redactionNamesFault(text)).toBeNull()
  else expect(redactionNamesFault(text)).toMatch(fault)
})

test.for([
  ['[]', null],
  ['["ACME-\\\\d{6}", "(?i:secret) \\\\w+"]', null],
  ['ACME', /JSON list/],
  ['{"a":1}', /JSON list/],
  ['[1]', /JSON list/],
  ['["a", "("]', /number 2 is none/],
  ['["a*"]', /number 1 matches nothing at all/],
  ['[""]', /number 1 must have 1 to 200 characters/],
  [JSON.stringify(['a'.repeat(201)]), /number 1 must have 1 to 200 characters/],
  [JSON.stringify(Array.from({ length: 21 }, () => 'a')), /at most 20/],
] as const)('the patterns %j', ([text, fault]) => {
  if (fault === null) expect(patternsFault(text)).toBeNull()
  else expect(patternsFault(text)).toMatch(fault)
})

test('rules in a fixed order, without doubles', () => {
  expect(redactionRules('base64, email,email', '["a"]')).toEqual({
    names: ['email', 'base64'],
    patterns: ['a'],
  })
  expect(redactionRules('none', '[]')).toEqual({ names: [], patterns: [] })
})
