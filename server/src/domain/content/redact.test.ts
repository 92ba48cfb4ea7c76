import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FINDERS, findMarked, mayHoldToken, secretMark } from './find-secrets.ts'
import { redact } from './redact.ts'
import { REDACTION_NAMES } from './redaction-rules.ts'

const everything = REDACTION_NAMES.map((name) => FINDERS[name])
// Written out, it would be taken for a key in this repository.
const DASHES = '-'.repeat(5)
const whole = Number.POSITIVE_INFINITY

describe('what each rule takes out', () => {
  test.for([
    ['email', 'to jane.doe+x@mail.example.co.uk.', 'to [email].'],
    ['email', 'Jürgen@bücher.example', '[email]'],
    ['email', 'a@b, @home, x@ y', 'a@b, @home, x@ y'],
    ['card', '4111 1111 1111 1111', '[card]'],
    ['card', '5555-5555-5555-4444 until 12/27', '[card] until 12/27'],
    ['card', '378282246310005,', '[card],'],
    ['card', '4111 1111 1111 1111 12/27', '[card] 12/27'],
    ['card', '4111 1111 1111 1112', '4111 1111 1111 1112'],
    ['card', '1763800000000 and 12345', '1763800000000 and 12345'],
    ['card', `${'4'.repeat(40)}`, `${'4'.repeat(40)}`],
    ['phone', 'call +49 (0)30 123456-7', 'call [phone]'],
    ['phone', '(555) 123-4567 or 555.123.4567', '[phone] or [phone]'],
    ['phone', '1+2, 2026-11-23, 555-1234', '1+2, 2026-11-23, 555-1234'],
    ['token', 'sk-proj-abcdefghij0123456789', '[token]'],
    ['token', 'pk_abcdefghij0123456789 rk_abcdefghij0123456789', '[token] [token]'],
    ['token', 'gsk_abcdefghij0123456789 hf_abcdefghij0123456789', '[token] [token]'],
    ['token', 'github_pat_abcdefghij0123456789 glpat-abcdefghij0123456789', '[token] [token]'],
    ['token', 'npm_abcdefghij0123456789 xapp-abcdefghij0123456789', '[token] [token]'],
    ['token', 'whsec_abcdefghij0123456789 ek_abcdefghij0123456789', '[token] [token]'],
    ['token', 'lka_abcdefghij0123456789', '[token]'],
    ['token', 'ghp_abcdefghijklmnop0123 AKIAABCDEFGHIJKLMNOP', '[token] [token]'],
    ['token', 'authorization: Bearer abcdefghij.0123456789', 'authorization: [token]'],
    ['token', 'eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.SflKxwRJSMeKKF2Q', '[token]'],
    [
      'token',
      'task-force-of-sixteen-people risk-abcdefghijklmnop',
      'task-force-of-sixteen-people risk-abcdefghijklmnop',
    ],
    [
      'token',
      `x ${DASHES}BEGIN RSA PRIVATE KEY${DASHES}\\nMIIE\\n${DASHES}END RSA PRIVATE KEY${DASHES} y`,
      'x [private key] y',
    ],
    ['uuid', '{123E4567-e89b-12d3-a456-426614174000}', '{[uuid]}'],
    ['uuid', '0123e4567-e89b-12d3-a456-426614174000', '0123e4567-e89b-12d3-a456-426614174000'],
    ['base64', 'data:image/png;base64,AAAAAAAA', '[image/png, 6 bytes]'],
    ['base64', 'data:image\\/svg+xml;charset=utf-8;base64,AAA=', '[image/svg+xml, 2 bytes]'],
    ['base64', `"${'A'.repeat(1_024)}"`, '"[base64, 768 bytes]"'],
    ['base64', 'data: {"a":1}', 'data: {"a":1}'],
  ] as const)('%s: %s', ([name, text, expected]) => {
    expect(redact(text, whole, [FINDERS[name]], false).text).toBe(expected)
    if (FINDERS.token(text).length > 0) expect(mayHoldToken(text)).toBe(true)
  })

  test('a word behind a line end in JSON is a word of its own, and JSON stays JSON', () => {
    const body = JSON.stringify({ content: 'a\nsk-abcdefghij0123456789\njane@example.com\n"x@example.com"' })
    const { text, redactions } = redact(body, whole, everything, false)
    expect(JSON.parse(text)).toEqual({ content: 'a\n[token]\n[email]\n"[email]"' })
    expect(redactions).toBe(3)
  })

  test('a key is found by its mark, in any letter case', () => {
    const secret = '123e4567-e89b-42d3-a456-426614174000'
    const find = [findMarked(secretMark(secret))]
    const text = `sk-${secret} sk-lk-${secret} ${secret.toUpperCase()} 223e4567-e89b-42d3-a456-426614174000`
    expect(redact(text, whole, find, false).text).toBe(
      'sk-[api key] sk-lk-[api key] [api key] 223e4567-e89b-42d3-a456-426614174000',
    )
  })
})

describe('a limit', () => {
  test('what begins before it is taken out whole, what is behind it is not there', () => {
    const text = 'one jane@example.com two'
    expect(redact(text, 6, everything, false)).toEqual({ text: 'one [email]', redactions: 1 })
    expect(redact(text, 4, everything, false)).toEqual({ text: 'one ', redactions: 0 })
  })

  test('without anything to find, the text is truncated there and not changed otherwise', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(40), (text, limit) => {
        expect(redact(text, limit, [], false).text).toBe(text.slice(0, limit).toWellFormed())
      }),
    )
  })

  test('no address survives, wherever it stands and wherever the limit is', () => {
    const around = fc.stringMatching(/^[ "\\n{},:]{0,20}$/)
    fc.assert(
      fc.property(around, around, fc.nat(60), (before, after, limit) => {
        const { text } = redact(`${before} jane@example.com ${after}`, limit, everything, false)
        expect(text).not.toMatch(/jane|example/)
      }),
    )
  })
})

describe('a stream of events', () => {
  const stream = (member: string, pieces: string[]) =>
    pieces.map((piece) => `data: ${JSON.stringify({ [member]: piece })}\n\n`).join('')

  test.for(['content', 'text', 'delta', 'arguments'])('pieces of `%s` are looked at together', (member) => {
    const { text, redactions } = redact(
      stream(member, ['ask ja', 'ne@exa', 'mple', '.com now']),
      whole,
      everything,
      true,
    )
    expect(text).toBe(stream(member, ['ask [email]', '', '', ' now']))
    expect(redactions).toBe(1)
  })

  test('however the text is split into pieces, the redacted text is the same', () => {
    const words = 'ask jane@example.com or 4111111111111111'
    fc.assert(
      fc.property(fc.array(fc.nat(words.length), { maxLength: 8 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), words.length]
        const pieces = at.slice(1).map((end, index) => words.slice(at[index], end))
        const { text } = redact(stream('content', pieces), whole, everything, true)
        const joined = [...text.matchAll(/"content":"([^"]*)"/g)].map(([, piece]) => piece).join('')
        expect(joined).toBe('ask [email] or [card]')
      }),
    )
  })
})

test('no text makes a rule take longer than its length is worth', () => {
  // Each is the beginning of something, over and over. At a step for each pair of characters this would take minutes.
  const beginnings = [
    'a',
    'a.',
    'a@',
    'a@a.',
    '4',
    '4 ',
    '+1',
    '+1 ',
    '(555) ',
    'sk-',
    'eyJ',
    'eyJaaaaaaaaaa.',
    'bearer ',
    `${DASHES}BEGIN PRIVATE KEY${DASHES}`,
    '0-',
    'data:',
    'data:;base64',
    ';base64,',
    '\\',
    '\\"',
    '"content":"',
    '"content":"a',
    'a/',
    '\u00e9.',
    '\ud83d',
  ]
  for (const beginning of beginnings) {
    const text = beginning.repeat(Math.ceil(262_144 / beginning.length))
    redact(text, whole, everything, true)
  }
})
