// Counts the tokens of a text in time that is linear in its length: byte-pair merging is quadratic in the length of a run
// without a boundary, and a text may be one run of a megabyte.
import { clearMergeCache, countTokens } from 'gpt-tokenizer/encoding/o200k_base'

// A text that spells a special token is text like any other.
const AS_TEXT = { disallowedSpecial: new Set<string>() }

/** UTF-16 code units that the tokenizer is given at once: bounds what one merge costs. */
const PIECE_MAX = 128
/** A piece ends at a boundary of words if there is one among its last code units. */
const BOUNDARY_WITHIN = 64
/** Code units that are counted between two yields: about a millisecond of ideographs, less of words. */
const STEP_CHARS = 1024
/** A longer text is counted by a sample of SAMPLE_WINDOWS pieces of WINDOW_CHARS each, spread evenly over it. */
export const EXACT_MAX_CHARS = 100_000
const SAMPLE_WINDOWS = 32
const WINDOW_CHARS = 2_048

/**
 * Tokens of `text` in o200k_base, not rounded. Up to EXACT_MAX_CHARS it is the tokenizer's count, but for what splitting runs of
 * over 128 code units without a boundary of words adds: under 1% where such a run is base64 or ideographs. Beyond, it is the
 * count of a sample, scaled. Yields after every STEP_CHARS code units, so that other work may run first.
 */
export function* tokensOf(text: string): Generator<void, number> {
  if (text.length <= EXACT_MAX_CHARS) return yield* countPieces(text, 0, text.length)
  let tokens = 0
  const distance = (text.length - WINDOW_CHARS) / (SAMPLE_WINDOWS - 1)
  for (let window = 0; window < SAMPLE_WINDOWS; window++) {
    const start = Math.floor(window * distance)
    tokens += yield* countPieces(text, start, start + WINDOW_CHARS)
  }
  return (tokens * text.length) / (SAMPLE_WINDOWS * WINDOW_CHARS)
}

/** The tokenizer's cache keeps slices of texts, and through them whole texts: to be emptied after each. */
export const forgetTexts = clearMergeCache

function* countPieces(text: string, start: number, end: number): Generator<void, number> {
  let tokens = 0
  let stepEnd = start + STEP_CHARS
  for (let at = start; at < end; ) {
    const next = end - at <= PIECE_MAX ? end : boundaryBefore(text, at + PIECE_MAX)
    tokens += countTokens(text.slice(at, next), AS_TEXT)
    at = next
    if (at >= stepEnd) {
      yield
      stepEnd = at + STEP_CHARS
    }
  }
  return tokens
}

/**
 * Where a piece that may reach to `end` is split. A space belongs to the word after it, so the split is before a space; else
 * before a sign; else at `end`, but not between the two halves of a surrogate pair.
 */
function boundaryBefore(text: string, end: number): number {
  for (let at = end; at > end - BOUNDARY_WITHIN; at--)
    if (text.charCodeAt(at) === 0x20 && !isSpace(text.charCodeAt(at - 1))) return at
  for (let at = end; at > end - BOUNDARY_WITHIN; at--)
    if (isSign(text.charCodeAt(at)) && !isSign(text.charCodeAt(at - 1))) return at
  const code = text.charCodeAt(end)
  return code >= 0xdc00 && code <= 0xdfff ? end - 1 : end
}

function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d)
}

/** ASCII that is neither letter, digit nor space, and the punctuation of Chinese and Japanese. */
function isSign(code: number): boolean {
  return (
    (code > 0x20 && code < 0x30) ||
    (code > 0x39 && code < 0x41) ||
    (code > 0x5a && code < 0x61) ||
    (code > 0x7a && code < 0x7f) ||
    (code >= 0x3000 && code <= 0x303f) ||
    (code >= 0xff00 && code <= 0xff0f)
  )
}
