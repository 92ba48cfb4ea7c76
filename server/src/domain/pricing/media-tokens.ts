// How many tokens media of a request may take at most, where only their number is known: an image by its address may be of any size.

/** Images, of which `lowImages` are sent with `detail: low`; files, recordings and films. */
export type MediaCount = {
  images: number
  lowImages: number
  files: number
  recordings: number
  films: number
}

export const NO_MEDIA: MediaCount = { images: 0, lowImages: 0, files: 0, recordings: 0, films: 0 }

// https://platform.openai.com/docs/guides/images-vision#calculating-costs. Of the models that count tiles: a base, and 8 tiles of an
// image that has been scaled to 2048 by 768. gpt-4o-mini counts each tile as 5,667 tokens.
const TILES = { low: 85, high: 85 + 8 * 170 }
const MINI_TILES = { low: 2_833, high: 2_833 + 8 * 5_667 }
// Of 32 by 32 pixels each: gpt-5 takes 10,000 of them for `detail: original`, the dearest of all. No other model takes so many.
const PATCHES = { low: 10_000, high: 10_000 }
// A hundred pages, each as text and as an image. https://platform.openai.com/docs/guides/pdf-files
const FILE_TOKENS = 250_000
// An hour: Gemini counts 32 tokens a second of sound and 258 a second of a film besides.
// https://ai.google.dev/gemini-api/docs/tokens
const RECORDING_TOKENS = 3_600 * 32
const FILM_TOKENS = 3_600 * (32 + 258)

const MINI = /(^|\/)gpt-4o-mini/
const TILED = /(^|\/)(chatgpt-4o|gpt-4o|gpt-4-|gpt-4\.[15](?!-(mini|nano))|o1(?!-mini)|o3(?!-mini))/

/** The most that all of them may take in a call of this model, by its name at the upstream; null: not known. */
export function mediaTokensAtMost(media: MediaCount, model: string | null): number {
  const each = imageTokens(model ?? '')
  return (
    (media.images - media.lowImages) * each.high +
    media.lowImages * each.low +
    media.files * FILE_TOKENS +
    media.recordings * RECORDING_TOKENS +
    media.films * FILM_TOKENS
  )
}

function imageTokens(model: string): { low: number; high: number } {
  if (MINI.test(model)) return MINI_TILES
  return TILED.test(model) ? TILES : PATCHES
}
