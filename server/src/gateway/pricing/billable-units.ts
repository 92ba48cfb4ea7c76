// The units that a call is billed by, and how many of them its request needs.
import type { BilledUnit } from '../../domain/endpoints/endpoints.ts'
import { isObject } from '../../domain/is-object.ts'
import { type ObjectScan, scanBody } from '../../http/wire/json-scan.ts'
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
/** What a model does once its call has ended, as of a batch or a run: no response says how much. */
export const LATER_WORK: BillableUnits = TEXT

/**
 * How much a request needs of the unit that its endpoint bills; null: the call is free of charge. `body` is JSON; a large one with
 * images takes a promise.
 */
export function billableUnits(
  unit: BilledUnit | null,
  body: Buffer,
): BillableUnits | null | Promise<BillableUnits> {
  if (unit !== 'IMAGES') return otherUnits(unit, body)
  const scan = scanBody(body, COUNT)
  return scan instanceof Promise ? scan.then((found) => imagesIn(body, found)) : imagesIn(body, scan)
}

function otherUnits(unit: Exclude<BilledUnit, 'IMAGES'> | null, body: Buffer): BillableUnits | null {
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
    case 'SPEECH':
      return { kind: 'SPEECH', count: charactersIn(body) }
  }
}

/** The same of a form; `n`: its field of that name, if it has one. */
export function billableUnitsOfForm(unit: BilledUnit | null, n: string | undefined): BillableUnits | null {
  if (unit !== 'IMAGES') return otherUnits(unit, NO_BODY)
  return { kind: 'IMAGES', count: imagesWanted(n === undefined || n.trim() === '' ? undefined : Number(n)) }
}

const NO_BODY = Buffer.alloc(0)

const COUNT: ReadonlySet<string> = new Set(['n'])
// Longer text is no count.
const COUNT_BYTES_MAX = 32

/** Of two counts the larger, since parsers differ in which they use. */
function imagesIn(body: Buffer, scan: ObjectScan | null): BillableUnits {
  if (scan === null) return { kind: 'IMAGES', count: null }
  const counts = (scan.members.get('n') ?? []).map(({ start, end }) =>
    imagesWanted(end - start > COUNT_BYTES_MAX ? '' : parsedJson(body.toString('utf8', start, end))),
  )
  return { kind: 'IMAGES', count: counts.length === 0 ? 1 : Math.max(...counts) }
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

function parsed(body: Buffer): { input?: unknown } | null {
  // A text to be spoken is shorter; parsing a larger body would delay other calls.
  if (body.length > PARSED_AT_ONCE_MAX_BYTES) return null
  const value = parsedJson(body.toString('utf8'))
  return isObject(value) ? value : null
}
