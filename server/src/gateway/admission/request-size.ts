// The most tokens that a model call may use, read off its body.
import type { BilledUnit } from '../../domain/endpoints/endpoints.ts'
import { CHOICES, OUTPUT_BOUNDS, outputTokensAtMost } from '../../domain/policy/reservation-size.ts'
import { type MediaCount, NO_MEDIA } from '../../domain/pricing/media-tokens.ts'
import { type ObjectScan, scanBody } from '../../http/wire/json-scan.ts'
import { endOfString } from '../../http/wire/json-values.ts'
import { IMAGE_MEMBERS, imagesInJson } from './image-inputs.ts'
import { mediaIn } from './media-in-body.ts'
import { FEE_MEMBERS, type RequestedFees, requestedFees } from './requested-fees.ts'

// OpenAI's own rule of thumb, which its rate limits estimate by, too:
// https://platform.openai.com/docs/guides/rate-limits#reduce-the-max_tokens-to-match-the-size-of-your-completions
const BYTES_PER_TOKEN = 4
// An image, a recording or a PDF in the body: its tokens have nothing to do with its bytes.
const DATA_TOKENS = 1_000
const DATA_MARK = ';base64,'
// The text before the mark, in a member that holds such data: text that only looks like it is counted as text.
const MEDIA =
  /"(?:url|image_url|audio_url|video_url|file_data|image|data)"\s*:\s*"data:(?:image\/|audio\/|video\/|application\/pdf)[\w.+;=-]*$/
const MEDIA_MAX_BYTES = 200
// What follows more marks than this is counted as text: looking at each takes a microsecond.
const MARKS_MAX = 10_000
const SPACE = 0x20
const QUOTE = 0x22
const LIST = 0x5b
// More prompts than this are not counted one by one, but as many as there is room for: `"",` each.
const PROMPTS_COUNTED = 10_000
const PROMPT_LEAST_BYTES = 3

const SIZES = [...OUTPUT_BOUNDS, ...CHOICES, 'background', 'prompt'] as const
const WANTED: ReadonlySet<string> = new Set([...SIZES, ...FEE_MEMBERS])
const IMAGES: ReadonlySet<string> = new Set(IMAGE_MEMBERS)

/** The most that a model call may use, as far as its body shows. */
export type BodySize = {
  /** Estimated from the text's length. */
  inputTokens: number
  /** As the request bounds it, or else the model's own maximum. */
  outputTokens: number
  /** The response comes later, by another call: this one never learns what it used. */
  inBackground: boolean
  /** What costs beside its text; null: not looked for, or none. */
  beside: BesideText | null
}

export type BesideText = { media: MediaCount; fees: RequestedFees | null }

/**
 * `kind`: of its endpoint; only of TEXT there is an output of tokens. `forBudget`: what costs beside its text is looked for too.
 * `modelMax`: the model's maximum of output tokens; null: not known. What the call
 * actually used replaces this when it ends.
 */
export async function sizeOf(
  body: Buffer,
  kind: BilledUnit | null,
  modelMax: number | null,
  forBudget: boolean,
): Promise<BodySize> {
  const input = estimatedInputTokens(body)
  const media = forBudget ? await mediaOf(body, kind) : null
  if (kind !== 'TEXT') {
    const beside = media === null ? null : { media, fees: null }
    return { inputTokens: input, outputTokens: 0, inBackground: false, beside }
  }
  const scan = await scanBody(body, WANTED)
  const size = (name: (typeof SIZES)[number]) => (scan === null ? null : numberIn(body, scan, name))
  const bounds = OUTPUT_BOUNDS.map(size)
  const outputTokens = outputTokensAtMost({
    maxOutputTokens: bounds.find((bound) => bound !== null && bound < 1) ?? largest(...bounds),
    choices: largest(...CHOICES.map(size)),
    prompts: scan === null ? 1 : promptsIn(body, scan),
    modelMaxOutputTokens: modelMax,
  })
  return {
    inputTokens: input,
    outputTokens,
    inBackground: scan !== null && isSwitchedOn(body, scan),
    beside: forBudget
      ? { media: media ?? NO_MEDIA, fees: scan === null ? null : requestedFees(body, scan) }
      : null,
  }
}

/** An image that is named in several ways is one. */
async function mediaOf(body: Buffer, kind: BilledUnit | null): Promise<MediaCount | null> {
  const media = await mediaIn(body)
  if (kind !== 'IMAGES') return media
  const scan = await scanBody(body, IMAGES)
  const images = scan === null ? 0 : imagesInJson(body, scan)
  if (images === 0) return media
  // The detail is not one of what makes images.
  return { ...(media ?? NO_MEDIA), images: Math.max(images, media?.images ?? 0), lowImages: 0 }
}

/** Tokens of a body's text at four bytes each, and 1,000 for each image, recording and PDF in it. */
export function estimatedInputTokens(body: Buffer): number {
  let textBytes = body.length
  let pieces = 0
  let at = body.indexOf(DATA_MARK)
  for (let marks = 0; at !== -1 && marks < MARKS_MAX; marks++) {
    const start = at + DATA_MARK.length
    const isMedia = MEDIA.test(body.toString('latin1', Math.max(0, at - MEDIA_MAX_BYTES), at))
    const end = isMedia ? body.indexOf(QUOTE, start) : start
    if (end === -1) break
    // In base64 there are no spaces.
    if (isMedia && !body.subarray(start, end).includes(SPACE)) {
      textBytes -= end - at
      pieces++
    }
    at = body.indexOf(DATA_MARK, end)
  }
  return Math.ceil(textBytes / BYTES_PER_TOKEN) + pieces * DATA_TOKENS
}

/** `background`, as the Responses API has it; anything but `false` and `null` counts as true. */
function isSwitchedOn(body: Buffer, scan: ObjectScan): boolean {
  const spans = scan.members.get('background') ?? []
  return spans.some(
    ({ start, end }) => !/^(false|null)$/.test(body.toString('latin1', start, Math.min(end, start + 6))),
  )
}

/** https://platform.openai.com/docs/api-reference/completions/create: a text, texts, tokens, or lists of tokens. */
function promptsIn(body: Buffer, scan: ObjectScan): number {
  const spans = scan.members.get('prompt') ?? []
  return Math.max(1, ...spans.map(({ start, end }) => promptsAt(body, start, end)))
}

function promptsAt(body: Buffer, start: number, end: number): number {
  if (body[start] !== LIST) return 1
  const mark = body[valueAfter(body, start + 1)]
  if (mark !== QUOTE && mark !== LIST) return 1
  let count = 0
  let at = body.indexOf(mark, start + 1)
  while (at !== -1 && at < end) {
    count++
    if (count > PROMPTS_COUNTED) return Math.ceil((end - start) / PROMPT_LEAST_BYTES)
    at = body.indexOf(mark, mark === QUOTE ? endOfString(body, at) + 1 : at + 1)
  }
  return count
}

function valueAfter(body: Buffer, from: number): number {
  let at = from
  while (body[at] === 0x20 || body[at] === 0x09 || body[at] === 0x0a || body[at] === 0x0d) at++
  return at
}

/** The largest value of the member in the body, since parsers differ in which of two they use; null where it sets no bound. */
function numberIn(body: Buffer, scan: ObjectScan, name: string): number | null {
  const spans = scan.members.get(name) ?? []
  const texts = spans.map(({ start, end }) => body.toString('latin1', start, Math.min(end, start + 64)))
  return largest(...texts.map((text) => (text === 'null' ? null : Number(text))))
}

/** NaN, of something that is no number, counts as more than any. */
function largest(...values: (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : Math.max(...known)
}
