// The text in what is kept of a body, and how much of the body it stands for.
import type { KeptBody, Section } from './kept-body.ts'
import { promptText, textOfPart, unescaped, writtenInLine, writtenText } from './prompt-text.ts'
import { decodeSection } from './stream-keeper.ts'

export type TextSample = {
  text: string
  /** The body has this many times the tokens of `text`: 1 where that is all of its text. */
  factor: number
}

const LINE_END = /\r\n|\n|\r/
const FIELD = /^(?:data|event|id|retry)?:/

/** What the model was given. */
export function promptSample({ whole, sections, totalBytes }: KeptBody): TextSample {
  if (whole !== null) return { text: promptText(utf8(whole)), factor: 1 }
  const text = sections.map((section) => unescaped(utf8(decodeSection(section)))).join('')
  return { text, factor: totalBytes / bytesOf(sections) }
}

/** What the model wrote; '' where nothing written is found. Yields after each section. */
export function* writtenSample(body: KeptBody, isEventStream: boolean): Generator<void, TextSample> {
  if (body.whole !== null) {
    const text = utf8(body.whole)
    return { text: writtenText(text), factor: 1 }
  }
  if (!isEventStream) return partsOfJson(body)
  if (bytesOf(body.sections) === body.totalBytes) return yield* wholeStream(body.sections)
  return yield* partsOfStream(body.sections, body.totalBytes)
}

/**
 * The text of those lines that are whole in the first `maxBytes` of each section; of a section without such lines, as in the
 * middle of one large event, all of it.
 */
export function* partsOfStream(
  sections: Section[],
  totalBytes: number,
  maxBytes = Number.POSITIVE_INFINITY,
): Generator<void, TextSample> {
  let text = ''
  let usedBytes = 0
  for (const [index, section] of sections.entries()) {
    const bytes = decodeSection(section, Math.min(maxBytes, section.bytes))
    const part = utf8(bytes)
    const lines = wholeLines(part, index === 0)
    const written = lines.map(writtenInLine).join('')
    if (written !== '') {
      const usedChars = lines.reduce((sum, line) => sum + line.length + 1, 0)
      usedBytes += bytes.length * Math.min(1, usedChars / part.length)
      text += written
    } else {
      usedBytes += bytes.length
      text += textOfPart(part, index > 0 && !LINE_END.test(part))
    }
    yield
  }
  return { text, factor: usedBytes === 0 ? 1 : totalBytes / usedBytes }
}

/** Of a JSON body too long to be parsed: everything from where the first text of the model begins. */
export function partsOfJson({ sections, totalBytes }: KeptBody): TextSample {
  let text = ''
  for (const section of sections) text += textOfPart(utf8(decodeSection(section)), text !== '')
  return { text, factor: totalBytes / Math.max(1, bytesOf(sections)) }
}

function* wholeStream(sections: Section[]): Generator<void, TextSample> {
  const decoder = new TextDecoder()
  let text = ''
  // The beginning of a line whose end is in a section to come.
  let begun = ''
  for (const section of sections) {
    const part = decoder.decode(decodeSection(section), { stream: true })
    begun += part
    if (LINE_END.test(part)) {
      const lines = begun.split(LINE_END)
      begun = lines.pop() ?? ''
      for (const line of lines) text += writtenInLine(line)
    }
    yield
  }
  text += writtenInLine(begun)
  return { text: text === '' ? textOfPart(begun, false) : text, factor: 1 }
}

function wholeLines(part: string, atBegin: boolean): string[] {
  const lines = part.split(LINE_END)
  lines.pop()
  if (!atBegin && !FIELD.test(lines[0] ?? ':')) lines.shift()
  return lines
}

function bytesOf(sections: Section[]): number {
  return sections.reduce((sum, { bytes }) => sum + bytes, 0)
}

function utf8(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}
