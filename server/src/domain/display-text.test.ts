import { describe, expect, test } from 'vitest'
import { displayTextFault } from './display-text.ts'

const of = (text: string, lines = false) => displayTextFault(text, { lines })

describe('a text that people write is taken', () => {
  test.for([
    ['ASCII', 'billing (EU), 100% #1'],
    ['Chinese', '计费服务 · 生产环境'],
    ['Japanese', '請求書サービス（本番）'],
    ['Korean', '결제 서비스'],
    ['Arabic', 'خدمة الفواتير ١٢٣'],
    ['Arabic with vowels', 'خِدْمَة'],
    ['Persian with ZWNJ', 'می\u200cخواهم'],
    ['Hebrew and Latin', 'שירות billing חיוב'],
    ['Hindi with ZWJ behind a virama', 'क्\u200dष'],
    ['Sinhala with ZWJ behind a virama', 'ශ්\u200dරී'],
    ['Bengali with ZWNJ behind a virama', 'র\u09cd\u200cযা'],
    ['Thai', 'บริการเรียกเก็บเงิน'],
    ['Vietnamese', 'Dịch vụ thanh toán'],
    ['an emoji', 'billing 💸'],
    ['an emoji with a variation selector', 'hot ☀\ufe0f'],
    ['a keycap', '1\ufe0f\u20e3'],
    ['a skin tone', '👍🏽'],
    ['a family', '👨\u200d👩\u200d👧\u200d👦'],
    ['a profession with a skin tone', '👩🏽\u200d🚀'],
    ['a rainbow flag', '🏳\ufe0f\u200d🌈'],
    ['a flag of a country', '🇩🇪'],
    ['a flag of a region', '🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}'],
    ['a heart on fire', '❤\ufe0f\u200d🔥'],
    ['typographic spaces', 'a\u00a0b\u3000c\u2009d'],
    ['nothing', ''],
  ] as const)('%s', ([, text]) => expect(of(text)).toBeNull())
})

/** Code points that are never taken, with the names that Unicode has for them. */
const REFUSED: [number, string][] = [
  [0xad, 'SOFT HYPHEN'],
  [0x34f, 'COMBINING GRAPHEME JOINER'],
  [0x61c, 'ARABIC LETTER MARK'],
  [0x115f, 'HANGUL CHOSEONG FILLER'],
  [0x1160, 'HANGUL JUNGSEONG FILLER'],
  [0x17b4, 'KHMER VOWEL INHERENT AQ'],
  [0x180e, 'MONGOLIAN VOWEL SEPARATOR'],
  [0x200b, 'ZERO WIDTH SPACE'],
  [0x200c, 'ZERO WIDTH NON-JOINER'],
  [0x200d, 'ZERO WIDTH JOINER'],
  [0x200e, 'LEFT-TO-RIGHT MARK'],
  [0x200f, 'RIGHT-TO-LEFT MARK'],
  [0x2028, 'LINE SEPARATOR'],
  [0x2029, 'PARAGRAPH SEPARATOR'],
  [0x202a, 'LEFT-TO-RIGHT EMBEDDING'],
  [0x202b, 'RIGHT-TO-LEFT EMBEDDING'],
  [0x202c, 'POP DIRECTIONAL FORMATTING'],
  [0x202d, 'LEFT-TO-RIGHT OVERRIDE'],
  [0x202e, 'RIGHT-TO-LEFT OVERRIDE'],
  [0x2060, 'WORD JOINER'],
  [0x2061, 'FUNCTION APPLICATION'],
  [0x2064, 'INVISIBLE PLUS'],
  [0x2066, 'LEFT-TO-RIGHT ISOLATE'],
  [0x2067, 'RIGHT-TO-LEFT ISOLATE'],
  [0x2068, 'FIRST STRONG ISOLATE'],
  [0x2069, 'POP DIRECTIONAL ISOLATE'],
  [0x206a, 'INHIBIT SYMMETRIC SWAPPING'],
  [0x206f, 'NOMINAL DIGIT SHAPES'],
  [0x2800, 'BRAILLE PATTERN BLANK'],
  [0x3164, 'HANGUL FILLER'],
  [0xe000, 'the first private one'],
  [0xfdd0, 'a noncharacter'],
  [0xfe00, 'VARIATION SELECTOR-1'],
  [0xfe0e, 'VARIATION SELECTOR-15'],
  [0xfe0f, 'VARIATION SELECTOR-16'],
  [0xfeff, 'ZERO WIDTH NO-BREAK SPACE'],
  [0xffa0, 'HALFWIDTH HANGUL FILLER'],
  [0xfff9, 'INTERLINEAR ANNOTATION ANCHOR'],
  [0xffff, 'a noncharacter'],
  [0x1bca0, 'SHORTHAND FORMAT LETTER OVERLAP'],
  [0x1d173, 'MUSICAL SYMBOL BEGIN BEAM'],
  [0xe0001, 'LANGUAGE TAG'],
  [0xe0061, 'TAG LATIN SMALL LETTER A'],
  [0xe0100, 'VARIATION SELECTOR-17'],
  [0xf0000, 'a private one'],
]

describe.for(REFUSED)('U+%i, %s, is refused', ([point]) => {
  const character = String.fromCodePoint(point)
  const name = `U+${point.toString(16).toUpperCase().padStart(4, '0')}`
  test.for([
    ['alone', character],
    ['between letters', `adm${character}in`],
    ['before', `${character}admin`],
    ['behind', `admin${character}`],
    ['behind an ideograph', `计${character}费`],
    ['beside an emoji', `💸 ${character} 💸`],
    ['behind a digit', `1${character}`],
  ] as const)('%s', ([, text]) => {
    expect(of(text)).toContain(name)
    expect(of(text, true)).toContain(name)
  })
})

test('every bidi control of Unicode and every other default-ignorable code point is refused between letters', () => {
  const taken: string[] = []
  for (let point = 0x80; point <= 0x10ffff; point++) {
    if (point >= 0xd800 && point <= 0xdfff) continue
    const character = String.fromCodePoint(point)
    if (!/[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}]/u.test(character)) continue
    if (of(`a${character}b`) === null) taken.push(point.toString(16))
  }
  expect(taken).toEqual([])
})

test.for([
  ['ZWNJ behind a letter that joins none', 'کار\u200cها'],
  ['ZWNJ between Latin letters', 'ad\u200cmin'],
  ['ZWJ between Arabic letters', 'می\u200dخواهم'],
  ['ZWNJ at the end of a word', 'می\u200c'],
  ['two ZWNJ', 'می\u200c\u200cخواهم'],
  ['two ZWJ in an emoji', '👨\u200d\u200d👩'],
  ['a ZWJ behind an emoji', '👨\u200d'],
  ['tags behind a letter', 'a\u{e0067}\u{e0062}\u{e007f}'],
  ['an override among Hebrew', 'שלום\u202eabc'],
] as const)('%s is refused', ([, text]) => expect(of(text)).not.toBeNull())

test('control characters and half a surrogate pair are refused; a description may have lines', () => {
  for (const text of ['a\u0000', 'a\u001b[31m', 'a\u0085', '\ud800'])
    for (const lines of [true, false]) expect(of(text, lines), JSON.stringify(text)).not.toBeNull()
  for (const text of ['a\nb', 'a\r\nb', 'a\tb'])
    expect([of(text), of(text, true)]).toEqual([expect.any(String), null])
})

test('a text of thousands of joiners takes no time', () => {
  for (const part of ['\u200d', '👨\u200d', 'ی\u200c', 'ی\u0650', '\ufe0f', '☀\ufe0e'])
    expect(of(part.repeat(2_000)), part).not.toBe('')
})
