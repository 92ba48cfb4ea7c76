// What a call's request asks to be made, where that is paid for by the piece.
import { isFreeOfCharge } from '../../domain/uses-model.ts'

export type BillableUnits =
  /** A form's model is known only once it has been sent on its way. READING: nothing is written, as in an embedding. */
  | { kind: 'TEXT' | 'READING' | 'FORM' }
  /** How many images, or characters to be spoken; null: that cannot be seen. */
  | { kind: 'IMAGES' | 'SPEECH'; count: number | null }

// Above what any provider takes at once.
const IMAGES_MAX = 1_000
// A prompt or a text to be spoken; parsing a larger body would take time from others.
const PARSED_MAX_BYTES = 128 * 1024

const TEXT: BillableUnits = { kind: 'TEXT' }
const READING: BillableUnits = { kind: 'READING' }
/** A recording to be written down, or images with a file. */
export const FORM: BillableUnits = { kind: 'FORM' }
/** A realtime session. */
export const SESSION: BillableUnits = TEXT

/** Null: a call that costs nothing. `path` begins with `/v1/`; `body` is JSON. */
export function billableUnits(path: string, body: Buffer): BillableUnits | null {
  if (isFreeOfCharge(path)) return null
  switch (path) {
    case '/v1/embeddings':
    case '/v1/moderations':
      return READING
    case '/v1/images/generations':
      return { kind: 'IMAGES', count: imagesIn(body) }
    case '/v1/audio/speech':
      return { kind: 'SPEECH', count: charactersIn(body) }
    default:
      return TEXT
  }
}

/** https://platform.openai.com/docs/api-reference/images/create: one, unless told. */
function imagesIn(body: Buffer): number | null {
  const request = parsed(body)
  if (request === null) return null
  const { n } = request
  if (n === undefined || n === null) return 1
  return typeof n === 'number' && n >= 0 && n <= IMAGES_MAX ? Math.max(1, Math.ceil(n)) : IMAGES_MAX
}

/** Unicode characters, as providers count them: https://platform.openai.com/docs/api-reference/audio/createSpeech. */
function charactersIn(body: Buffer): number | null {
  const input = parsed(body)?.input
  if (typeof input !== 'string') return null
  let characters = 0
  for (const _ of input) characters++
  return characters
}

function parsed(body: Buffer): { n?: unknown; input?: unknown } | null {
  if (body.length > PARSED_MAX_BYTES) return null
  try {
    return JSON.parse(body.toString('utf8')) as { n?: unknown; input?: unknown } | null
  } catch {
    return null
  }
}
