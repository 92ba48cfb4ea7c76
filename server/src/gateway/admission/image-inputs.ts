// Counts the images that a request to make images sends along, to be edited or as a pattern. In chat completions and in the
// Responses API media-in-body.ts finds them by their form; here it is the member that says that its value is an image.
import type { ObjectScan, Span } from '../../http/wire/json-scan.ts'
import { endOfString } from '../../http/wire/json-values.ts'

/**
 * The members, in OpenAI's names and in those of others that take its paths:
 * https://platform.openai.com/docs/api-reference/images/createEdit, https://docs.x.ai/docs/guides/image-generation,
 * https://docs.together.ai/reference/post-images-generations.
 */
export const IMAGE_MEMBERS = [
  'image',
  'image[]',
  'images',
  'images[]',
  'mask',
  'image_url',
  'image_urls',
  'input_image',
  'input_images',
  'reference_image',
  'reference_images',
] as const

const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const COMMA = 0x2c
const QUOTE = 0x22
// More are not counted: no budget pays for as many.
const COUNT_MAX = 10_000
// Bytes that are looked at, strings not counted: a few milliseconds. A list that has more is counted as COUNT_MAX.
const LOOKS_MAX = 1024 * 1024

/** At most COUNT_MAX. `scan` found IMAGE_MEMBERS at the top level of the body. */
export function imagesInJson(body: Buffer, scan: ObjectScan): number {
  let images = 0
  for (const name of IMAGE_MEMBERS)
    for (const span of scan.members.get(name) ?? []) images += valuesAt(body, span)
  return Math.min(COUNT_MAX, images)
}

/** Of a form; `texts`: how many parts that are no files have each name. */
export function imagesInForm(files: number, texts: ReadonlyMap<string, number>): number {
  let images = files
  for (const name of IMAGE_MEMBERS) images += texts.get(name) ?? 0
  return images
}

/** One, of a list each of its members, of `null` and an empty list none. */
function valuesAt(body: Buffer, { start, end }: Span): number {
  if (body[start] !== OPEN_ARRAY)
    return body.toString('latin1', start, Math.min(end, start + 5)) === 'null' ? 0 : 1
  let count = 0
  let depth = 0
  let looks = 0
  let isEmpty = true
  for (let at = start + 1; at < end - 1; at++) {
    if (++looks > LOOKS_MAX || count > COUNT_MAX) return COUNT_MAX
    const byte = body[at]
    if (byte === COMMA && depth === 0) count++
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth++
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth--
    if (byte === QUOTE) at = endOfString(body, at)
    if (byte !== undefined && byte > 0x20) isEmpty = false
  }
  return isEmpty ? 0 : count + 1
}
