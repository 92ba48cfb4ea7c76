// How the echo counts tokens and splits text.

export const ECHO_MODEL = 'echo'

/**
 * Tokens as the echo counts them: runs of letters and digits, each Chinese, Japanese or Korean character, and each
 * other sign that is not space. A rule that a reader can check by hand, not the tokenizer of a model.
 */
export function countTokens(text: string): number {
  return text.match(TOKEN)?.length ?? 0
}

const TOKEN =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]|(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}])[\p{L}\p{N}])+|[^\s\p{L}\p{N}]/gu

/** A text as a stream of words, each with the space before it; Chinese by the character. */
export function pieces(text: string): string[] {
  return (
    text.match(
      /\s*[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|\s*[^\s\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]+|\s+/gu,
    ) ?? []
  )
}
