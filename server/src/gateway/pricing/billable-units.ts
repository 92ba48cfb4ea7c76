// The units that a call is billed by, and how many of them its request needs.
import type { BilledUnit } from '../../domain/endpoints.ts'
import { isObject } from '../../domain/is-object.ts'
import { PARSED_AT_ONCE_MAX_BYTES, parsedJson } from '../../http/wire/parsed-json.ts'

export type BillableUnits =
  /** READING: there is no output, as of an embedding. */
  | { kind: 'TEXT' | 'READING' | 'AUDIO' | 'VIDEO' }
  /** How many images, or characters to be spoken; null: the body does not show it. */
  | { kind: 'IMAGES' | 'SPEECH'; count: number | null }

// Above what any provider takes at once.
const IMAGES_MAX = 1_000

const TEXT: BillableUnits = { kind: 'TEXT' }
const READING: BillableUnits = { kind: 'READING' }
/** A recording to be written down. */
const AUDIO: BillableUnits = { kind: 'AUDIO' }
const VIDEO: BillableUnits = { kind: 'VIDEO' }
/** A realtime session. */
export const SESSION: BillableUnits = TEXT

/** How much a request needs of the unit that its endpoint bills; null: the call is free of charge. `body` is JSON. */
export function billableUnits(unit: BilledUnit | null, body: Buffer): BillableUnits | null {
  switch (unit) {
    case null:
      return null
    case 'TEXT':
      return TEXT
    case 'READING':
      return READING
    case 'AUDIO':
      return AUDIO
    case 'VIDEO':
      return VIDEO
    case 'IMAGES':
      return { kind: 'IMAGES', count: imagesIn(body) }
    case 'SPEECH':
      return { kind: 'SPEECH', count: charactersIn(body) }
  }
}

/** The same of a form; `n`: its field of that name, if it has one. */
export function billableUnitsOfForm(unit: BilledUnit | null, n: string | undefined): BillableUnits | null {
  if (unit !== 'IMAGES') return billableUnits(unit, NO_BODY)
  return { kind: 'IMAGES', count: imagesWanted(n === undefined || n.trim() === '' ? undefined : Number(n)) }
}

const NO_BODY = Buffer.alloc(0)

function imagesIn(body: Buffer): number | null {
  const request = parsed(body)
  return request === null ? null : imagesWanted(request.n)
}

/** https://platform.openai.com/docs/api-reference/images/create: one by default. */
function imagesWanted(n: unknown): number {
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
  // A prompt or a text to be spoken is shorter; parsing a larger body would delay other calls.
  if (body.length > PARSED_AT_ONCE_MAX_BYTES) return null
  const value = parsedJson(body.toString('utf8'))
  return isObject(value) ? value : null
}
