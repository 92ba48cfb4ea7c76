// Text from outside, as a message may repeat it.

/** What a caller sent, cut to a length and without anything that could break a line of a log. */
export function shown(text: string, maxChars: number): string {
  return text
    .slice(0, maxChars)
    .toWellFormed()
    .replace(/\p{Cc}/gu, ' ')
}
