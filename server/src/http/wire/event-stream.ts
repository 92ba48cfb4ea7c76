// The framing of server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html): where an event ends, and
// what its data is. Lines may end with LF, CR or CRLF, also in a mixture. Text is latin1, one character a byte.

export const LF = 0x0a
export const CR = 0x0d
export const COLON = 0x3a
const LF_LF = Buffer.from('\n\n')

/**
 * The blank line that ends the event which begins at `from`: from the line end before it to the byte after it; null where the
 * event has not ended. `search` is where to begin to look for LF LF, by which nearly every event ends.
 */
export function blankLine(
  bytes: Buffer,
  from: number,
  search: number,
): { start: number; end: number } | null {
  const start = bytes.indexOf(LF_LF, search)
  const cr = bytes.indexOf(CR, from)
  if (cr === -1 || (start !== -1 && start < cr)) return start === -1 ? null : { start, end: start + 2 }
  let before = from
  let lineStart = from
  for (let at = from; at < bytes.length; at++) {
    if (bytes[at] !== LF && bytes[at] !== CR) continue
    const end = bytes[at] === CR && bytes[at + 1] === LF ? at + 2 : at + 1
    if (at === lineStart) return { start: before, end }
    before = at
    lineStart = end
    at = end - 1
  }
  return null
}

/** The byte after the whole lines at `from` that are no part of an event: comments and empty ones. */
export function commentsEnd(bytes: Buffer, from: number): number {
  let end = from
  while (bytes[end] === COLON || bytes[end] === LF) {
    const lf = bytes.indexOf(LF, end)
    if (lf === -1) break
    end = lf + 1
  }
  return end
}

/** The data of an event, its lines joined; null for a comment or an event without data. */
export function dataOf(text: string): string | null {
  const data = text
    .split(/\r\n|\n|\r/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice(line[5] === ' ' ? 6 : 5))
  return data.length === 0 ? null : data.join('\n')
}

/** The same event with other data, in one line; its other fields stay before it. */
export function withData(text: string, data: Buffer): Buffer[] {
  const lineBreak = /\r\n|\n|\r/.exec(text)?.[0] ?? ''
  const others = text.split(/\r\n|\n|\r/).filter((line) => !line.startsWith('data:'))
  return [Buffer.from([...others, 'data: '].join(lineBreak), 'latin1'), data]
}
