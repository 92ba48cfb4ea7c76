// The line that a call leaves of its content, behind its closing line: `B`, then JSON, bodies in base64.
//
// It may be lost where the others may not: where the disk fails, a call is still recorded, but its content may be dropped.
import {
  type CapturedBody,
  type CapturedContent,
  KEPT,
  type Kept,
} from '../../domain/content/captured-content.ts'
import type { RequestShape } from '../../domain/content/request-shape.ts'
import { isObject } from '../../domain/is-object.ts'
import { requestIdBytes } from '../../domain/uuid.ts'

/** Content as it is read from a journal. */
export type ContentLine = Omit<CapturedContent, 'kept'> & { kept: Kept }

const CONTENT_LETTER = 'B'.charCodeAt(0)

/** The line of content that was taken, without its end of line. */
export function contentLine({ id, kept, request, response, shape, secretMark }: CapturedContent): string {
  const facts = { id, kept, shape, secretMark }
  return `B${JSON.stringify(facts).slice(0, -1)},"request":${bodyText(request)},"response":${bodyText(response)}}`
}

/** In the place of content that could not be taken: says that there was some. */
export function droppedLine(id: string): string {
  return `B{"id":"${id}","kept":"DROPPED"}`
}

/** Whether a payload is a line of content, whole or not. */
export function isContentLine(bytes: Buffer, start: number): boolean {
  return bytes[start] === CONTENT_LETTER
}

/** Reads a payload; null where it is no line of ours. */
export function parseContentLine(payload: string): ContentLine | null {
  let value: unknown
  try {
    value = JSON.parse(payload.slice(1))
  } catch {
    return null
  }
  if (!isObject(value)) return null
  const { id, kept, shape, secretMark, request, response } = value
  if (typeof id !== 'string' || requestIdBytes(id) === null || !KEPT.some((known) => known === kept))
    return null
  return {
    id,
    kept: kept as Kept,
    shape: isObject(shape) ? (shape as RequestShape) : null,
    secretMark: typeof secretMark === 'string' ? secretMark : '',
    request: bodyOf(request),
    response: bodyOf(response),
  }
}

/** Without JSON.stringify over the bytes, which base64 does not need. */
function bodyText({ type, bytes, limit, truncated }: CapturedBody): string {
  const facts = JSON.stringify({ type, limit, truncated })
  if (bytes === null) return facts
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
  return `${facts.slice(0, -1)},"bytes":"${text}"}`
}

function bodyOf(value: unknown): CapturedBody {
  const { type, limit, truncated, bytes } = isObject(value) ? value : {}
  return {
    type: typeof type === 'string' ? type : null,
    bytes: typeof bytes === 'string' ? Buffer.from(bytes, 'base64') : null,
    limit: typeof limit === 'number' ? limit : 0,
    truncated: truncated === true,
  }
}
