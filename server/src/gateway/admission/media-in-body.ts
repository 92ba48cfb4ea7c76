// Counts the images, files, recordings and films that a JSON body names, wherever they stand, in the forms of chat completions and of
// the Responses API. It searches the bytes for the names of members, so that its cost is that of the length alone.
import { setImmediate as turn } from 'node:timers/promises'
import type { MediaCount } from '../../domain/pricing/media-tokens.ts'

const QUOTE = 0x22
const COLON = 0x3a
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const BACKSLASH = 0x5c
// Searched in one turn of the event loop: a few milliseconds.
const WINDOW_BYTES = 1024 * 1024
// More are not counted: no budget pays for as many.
const COUNT_MAX = 10_000
const LOW_AT_END = /,\s*"detail"\s*:\s*"low"\s*$/

// A name in quotes cannot stand within a text, where its quotes would be escaped.
const IMAGE_URL = Buffer.from('"image_url"')
const INPUT_IMAGE = Buffer.from('"input_image"')
const INPUT_FILE = Buffer.from('"input_file"')
const FILE = Buffer.from('"file"')
const AUDIO_URL = Buffer.from('"audio_url"')
const VIDEO_URL = Buffer.from('"video_url"')
// No encoder escapes a letter or an underscore: who does hides a name.
const ESCAPED_LETTERS = ['\\u005', '\\u006', '\\u007'].map((text) => Buffer.from(text))
const LETTER_ENDS: Record<string, RegExp> = { 5: /[fF]/, 6: /[1-9a-fA-F]/, 7: /[0-9aA]/ }

type Found = {
  imageUrls: number
  lowImages: number
  inputImages: number
  files: number
  recordings: number
  films: number
  escaped: number
  /** Bytes that may still be searched for details: more are counted as not low. */
  searchBytes: number
}

/** At most COUNT_MAX of each. Null where there is nothing of the kind, as in most bodies. */
export async function mediaIn(body: Buffer): Promise<MediaCount | null> {
  const found = {
    imageUrls: 0,
    lowImages: 0,
    inputImages: 0,
    files: 0,
    recordings: 0,
    films: 0,
    escaped: 0,
    searchBytes: 2 * body.length,
  }
  for (let from = 0; from < body.length; from += WINDOW_BYTES) {
    if (from > 0) await turn()
    countIn(body, from, Math.min(body.length, from + WINDOW_BYTES), found)
  }
  const { lowImages, files, recordings, films } = found
  // An image of the Responses API is named by its type, and by its address unless it is a stored file.
  const images = Math.max(found.imageUrls, found.inputImages) + found.escaped
  if (images + files + recordings + films === 0) return null
  return { images, lowImages: Math.min(images, lowImages), files, recordings, films }
}

/** Names that begin between two places. */
function countIn(body: Buffer, from: number, to: number, found: Found): void {
  each(body, IMAGE_URL, from, to, (end) => {
    const value = valueAfterKey(body, end)
    if (value === -1 || found.imageUrls >= COUNT_MAX) return
    found.imageUrls++
    if (isLow(body, value, found)) found.lowImages++
  })
  each(body, INPUT_IMAGE, from, to, () => void found.inputImages++)
  each(body, INPUT_FILE, from, to, () => void found.files++)
  each(body, FILE, from, to, (end) => {
    const value = valueAfterKey(body, end)
    if (value !== -1 && body[value] === OPEN_OBJECT) found.files++
  })
  each(body, AUDIO_URL, from, to, (end) => void (valueAfterKey(body, end) !== -1 && found.recordings++))
  each(body, VIDEO_URL, from, to, (end) => void (valueAfterKey(body, end) !== -1 && found.films++))
  for (const letter of ESCAPED_LETTERS)
    each(body, letter, from, to, (_end, start) => void (isEscapedLetter(body, start) && found.escaped++))
}

function each(
  body: Buffer,
  name: Buffer,
  from: number,
  to: number,
  take: (end: number, start: number) => void,
): void {
  const searched = body.subarray(from, Math.min(body.length, to + name.length - 1))
  let count = 0
  for (
    let at = searched.indexOf(name);
    at !== -1 && count < COUNT_MAX;
    at = searched.indexOf(name, at + name.length)
  ) {
    take(from + at + name.length, from + at)
    count++
  }
}

/** Where the value of a member begins whose key ends at `end`; -1 where this is no key. */
function valueAfterKey(body: Buffer, end: number): number {
  let at = afterSpace(body, end)
  if (body[at] !== COLON) return -1
  at = afterSpace(body, at + 1)
  return at
}

/** True where `detail: low` is the last member of the image: a second `detail` before it would not count, since parsers take the last. */
function isLow(body: Buffer, value: number, found: Found): boolean {
  // In chat completions the value is an object with the address and the detail, in the Responses API the address.
  const isAddress = body[value] === QUOTE
  if (!isAddress && body[value] !== OPEN_OBJECT) return false
  const begin = isAddress ? value : value + 1
  const rest = body.subarray(begin, begin + found.searchBytes)
  const length = rest.indexOf(CLOSE_OBJECT)
  found.searchBytes -= length === -1 ? rest.length : length
  // A brace before it begins another object, whose `detail` is not the image's.
  if (length === -1 || rest.subarray(0, length).includes(OPEN_OBJECT)) return false
  const end = begin + length
  const tail = body.toString('latin1', Math.max(begin, end - TAIL_CHARS), end)
  return LOW_AT_END.test(tail)
}

const TAIL_CHARS = 64

/** Whether the backslash here begins the escape of a small letter or an underscore: it does behind an even number of others. */
function isEscapedLetter(body: Buffer, at: number): boolean {
  const [row = '', column = ''] = body.toString('latin1', at + 4, at + 6)
  if (LETTER_ENDS[row]?.test(column) !== true) return false
  let before = at
  while (before > 0 && body[before - 1] === BACKSLASH) before--
  return (at - before) % 2 === 0
}

function afterSpace(body: Buffer, from: number): number {
  let at = from
  while (body[at] === 0x20 || body[at] === 0x09 || body[at] === 0x0a || body[at] === 0x0d) at++
  return at
}
