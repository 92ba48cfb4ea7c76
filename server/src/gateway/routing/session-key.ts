// Which conversation a call belongs to. Calls of one conversation stay on one route, since an upstream keeps the prompt cache of a
// conversation for one account on one machine.
import { createHash, hash } from 'node:crypto'
import { type ObjectScan, type Span, scanObject } from '../../http/wire/json-scan.ts'
import { endOfString } from '../../http/wire/json-values.ts'
import { parsedJson } from '../../http/wire/parsed-json.ts'

/** Of one call: asked only where its model has a choice of routes. */
export type Session = {
  /** The same text for all calls of a conversation of one API key; null: the call belongs to none that is known. */
  sessionKey(): string | null
  /** Its route was chosen by that text. */
  noteChosen(): void
}

/**
 * The headers that name a conversation, as coding agents send them: Codex, Claude Code, OpenCode and pi. `x-client-request-id`
 * is not among them: most clients send another one with each request.
 */
const HEADERS = [
  'session-id',
  'session_id',
  'conversation-id',
  'conversation_id',
  'x-session-id',
  'x-session-affinity',
  'x-conversation-id',
  'x-claude-code-session-id',
  'x-opencode-session',
]
const NAME_MAX_CHARS = 512
const MESSAGES_LOOKED_AT = 8
// A conversation is known by its begin; to hash megabytes of it would delay other calls.
const OPENING_MAX_BYTES = 256 * 1024
const HASHED_BYTES = 16 * 1024
const ROLE: ReadonlySet<string> = new Set(['role'])
const INSTRUCTIONS: readonly unknown[] = ['system', 'developer']

/**
 * Its `prompt_cache_key`, else the first of the headers above, else its first messages up to the first that is no instruction: every
 * further call of the conversation repeats them. `scan` has the places of `prompt_cache_key`, `messages` and `input`; null: none.
 * A name of more than 512 characters is ignored. It decides on nothing but the order of equal routes.
 */
export function sessionKeyOf(
  apiKeyId: number | null,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  bytes: Buffer,
  scan: ObjectScan | null,
): string | null {
  const ofKey = apiKeyId ?? 0
  const cacheKey = scan === null ? null : textOf(bytes, scan.members.get('prompt_cache_key')?.at(-1))
  if (isName(cacheKey)) return keyOf(ofKey, cacheKey)
  for (const name of HEADERS) {
    const value = headers[name]
    if (isName(value)) return keyOf(ofKey, value)
  }
  const span = scan?.members.get('messages')?.at(-1) ?? scan?.members.get('input')?.at(-1)
  return span === undefined ? null : openingKey(ofKey, bytes, span)
}

function keyOf(apiKeyId: number, name: string): string {
  return hash('sha256', `${apiKeyId} ${name}`, 'base64url')
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= NAME_MAX_CHARS
}

function textOf(bytes: Buffer, span: Span | undefined): unknown {
  // Each character is at most six bytes of JSON.
  if (span === undefined || span.end - span.start > NAME_MAX_CHARS * 6 + 2) return null
  return parsedJson(bytes.toString('utf8', span.start, span.end))
}

function openingKey(apiKeyId: number, bytes: Buffer, { start, end }: Span): string | null {
  const first = bytes[start]
  if (first !== OPEN_ARRAY && first !== QUOTE) return null
  const openingEnd =
    first === QUOTE ? end : endOfOpening(bytes, start + 1, Math.min(end, start + OPENING_MAX_BYTES))
  const digest = createHash('sha256').update(`${apiKeyId} ${openingEnd - start} `)
  digest.update(bytes.subarray(start, Math.min(openingEnd, start + HASHED_BYTES)))
  if (openingEnd - start > HASHED_BYTES)
    digest.update(bytes.subarray(Math.max(start + HASHED_BYTES, openingEnd - HASHED_BYTES), openingEnd))
  return digest.digest('base64url')
}

/** The byte after the first message that is no instruction; `limit` where there is none before it. */
function endOfOpening(bytes: Buffer, start: number, limit: number): number {
  let at = start
  for (let message = 0; message < MESSAGES_LOOKED_AT; message++) {
    at = bytes.indexOf(OPEN_OBJECT, at)
    if (at === -1 || at >= limit) return limit
    const end = endOfObject(bytes, at, limit)
    const object = bytes.subarray(at, end)
    const role = textOf(object, scanObject(object, ROLE)?.members.get('role')?.at(-1))
    if (!INSTRUCTIONS.includes(role)) return end
    at = end
  }
  return at
}

const QUOTE = 0x22
const OPEN_ARRAY = 0x5b
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/** The byte after the object that begins at `start`; `limit` where it ends later. */
function endOfObject(bytes: Buffer, start: number, limit: number): number {
  let depth = 0
  for (let at = start; at < limit; at++) {
    const byte = bytes[at]
    if (byte === QUOTE) at = endOfString(bytes, at)
    else if (byte === OPEN_OBJECT) depth++
    else if (byte === CLOSE_OBJECT && --depth === 0) return at + 1
  }
  return limit
}
