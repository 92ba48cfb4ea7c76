// Approximates how many tokens a text has from the kinds of its characters: for when the tokenizer cannot be waited for.

// Tokens a character, fitted to o200k_base. approximate-tokens.test.ts says for which texts, and how far off they may be.
const WORD_START = 0.97
/** Most words of up to so many letters are one token. */
const WORD_LETTERS = 6
const LETTER_BEYOND = 0.13
/** Letters within a word that has changed its case, as in base64 and identifiers. */
const CAPITAL_WITHIN = 0.75
const LETTER_AFTER_CAPITAL = 0.45
/** Three digits of a number are one token; where digits and letters alternate, as in hex, nearly each is. */
const DIGIT = 1 / 3
const DIGIT_AFTER_LETTER = 0.8
const LETTER_AFTER_DIGIT = 1.15
const SIGN = 0.6
/** A sign after a space or a line's end, as in Markdown and lists. */
const SIGN_ALONE = 1
const NEWLINE = 0.7
/** The same character once more: one token holds eight letters or signs, and many more spaces. */
const REPEATED = 1 / 8
const REPEATED_SPACE = 1 / 64
/** Letters of other alphabets, and all other characters below the ideographs. */
const ALPHABET_LETTER = 0.28
const IDEOGRAPH = 0.75
const SURROGATE = 0.8

const IDEOGRAPHS_FROM = 0x2e80
const SPACE = 0x20

/** Tokens of `text`, not rounded; 0 for an empty one. Its time is in proportion to the text's length; it allocates nothing. */
export function approximateTokens(text: string): number {
  let tokens = 0
  // Of the word that is being read: its letters, and whether a capital stands within it.
  let letters = 0
  let mixed = false
  let before = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === before) {
      tokens += code === SPACE ? REPEATED_SPACE : REPEATED
      continue
    }
    const capital = code >= 0x41 && code <= 0x5a
    if (capital || (code >= 0x61 && code <= 0x7a)) {
      if (letters === 0) tokens += isDigit(before) ? LETTER_AFTER_DIGIT : WORD_START
      else if (capital) tokens += CAPITAL_WITHIN
      else if (mixed) tokens += LETTER_AFTER_CAPITAL
      else if (letters >= WORD_LETTERS) tokens += LETTER_BEYOND
      mixed = letters > 0 && (mixed || capital)
      letters++
    } else {
      tokens += otherThanLetter(code, before, letters)
      letters = 0
    }
    before = code
  }
  return tokens
}

function otherThanLetter(code: number, before: number, letters: number): number {
  if (code === SPACE) return 0
  if (isDigit(code)) return letters > 0 ? DIGIT_AFTER_LETTER : DIGIT
  if (code === 0x0a) return NEWLINE
  if (code < 0x80) return before === SPACE || before === 0x0a ? SIGN_ALONE : SIGN
  if (code >= 0xd800 && code <= 0xdfff) return SURROGATE
  return code < IDEOGRAPHS_FROM ? ALPHABET_LETTER : IDEOGRAPH
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}
