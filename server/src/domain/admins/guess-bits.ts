// How hard a secret is to guess, as far as its text shows it: random text is distinguished from words, repeats and sequences.

// In bits. A part of a known kind is as good as one choice among those of its kind.
const WORD = 6
const YEAR = 6
const RUN = 6
const COPY = 6
// Shannon's estimate for English prose in runs of eight letters (Prediction and Entropy of Printed English, 1951).
const PROSE_LETTER = 2.3
const LETTER = Math.log2(26)
const DIGIT = Math.log2(10)
const OTHER = Math.log2(33)

const WORDS =
  'changeme|change|replace|placeholder|password|passwort|passwd|pass|secret|admin|administrator|root|user|token|apikey|api|key|latchkey|gateway|default|example|sample|dummy|test|testing|demo|dev|development|staging|prod|production|local|localhost|server|service|company|internal|private|public|welcome|letmein|qwertyuiop|qwerty|asdfghjkl|asdf|zxcvbnm|hello|world|login|master|monkey|dragon|iloveyou|todo|xxx|foo|bar|baz|lorem|ipsum|openai|bearer|temp|super|safe|secure|strong|very|please|this|that|your|the|and|not|here|set|put'
    .split('|')
    .sort((a, b) => b.length - a.length)

/**
 * What a secret must have that nobody chooses but a machine: below what 24 random digits or letters have, above what people make up.
 */
export const GUESS_BITS_MIN = 56

/**
 * Bits of entropy, an estimate from above for text that a person made and from below for random text. Time grows with the square
 * of the length: for texts of some hundred characters.
 */
export function guessBits(secret: string): number {
  const plain = secret
    .toLowerCase()
    .replaceAll('0', 'o')
    .replaceAll('3', 'e')
    .replaceAll('4', 'a')
    .replaceAll('@', 'a')
    .replaceAll('$', 's')
  const lower = secret.toLowerCase()
  let bits = 0
  for (let at = 0; at < secret.length; ) {
    const [length, worth] = partAt(secret, lower, plain, at)
    bits += worth
    at += length
  }
  return bits
}

/** The length of the part that begins here, and the bits that it is worth. */
function partAt(secret: string, lower: string, plain: string, at: number): [length: number, bits: number] {
  const copied = copyLength(lower, at)
  const word = WORDS.find((each) => plain.startsWith(each, at) || lower.startsWith(each, at))?.length ?? 0
  const run = runLength(lower, at)
  // The longest explains most.
  if (run >= 3 && run >= copied && run >= word) return [run, RUN]
  if (copied >= 3 && copied >= word) return [copied, COPY]
  if (word > 0) return [word, WORD]
  const year = /^(19|20)\d\d/.exec(secret.slice(at, at + 4))
  if (year !== null) return [4, YEAR]
  const [prose = ''] = /^(?:[A-Z]?[a-z]{2,}|[A-Z]{3,})/.exec(secret.slice(at)) ?? []
  if (prose !== '') return [1, PROSE_LETTER]
  const character = secret[at] ?? ''
  if (/[a-zA-Z]/.test(character)) return [1, isWithinProse(secret, at) ? PROSE_LETTER : LETTER]
  if (/\d/.test(character)) return [1, DIGIT]
  // A separator that has been there before says nothing new.
  return [1, secret.indexOf(character) < at ? 1 : OTHER]
}

/** The last letters of a run of letters of one case. */
function isWithinProse(secret: string, at: number): boolean {
  return /[a-z]{2}$/.test(secret.slice(Math.max(0, at - 2), at)) && /[a-z]/.test(secret[at] ?? '')
}

/** How many characters from here on are a copy of what stands before. */
function copyLength(text: string, at: number): number {
  let longest = 0
  for (let from = 0; from < at; from++) {
    let length = 0
    while (at + length < text.length && text[from + length] === text[at + length]) length++
    longest = Math.max(longest, length)
  }
  return longest
}

/** How many characters from here on are one repeated, or go up or down one by one. */
function runLength(text: string, at: number): number {
  const step = text.charCodeAt(at + 1) - text.charCodeAt(at)
  if (!(Math.abs(step) <= 1)) return 1
  let length = 2
  while (text.charCodeAt(at + length) - text.charCodeAt(at + length - 1) === step) length++
  return length
}
