// The objects of an upstream that the body of a request names: where they stand, and what follows from it.
import { createHash } from 'node:crypto'
import { isObject } from '../is-object.ts'
import { OBJECT_ID_MAX_CHARS } from './object-endpoints.ts'

export type ObjectReference = {
  id: string
  /** The member that names it. */
  param: string
  /**
   * True: the id alone gives the key what the object holds, so the object must be the key's own. False: it may also be a
   * thing of everybody's, or come with the call; it must only not be another key's.
   */
  isRequired: boolean
}

// https://platform.openai.com/docs/api-reference; a thing of everybody's is a skill or a voice that OpenAI itself has made.
const REQUIRED: ReadonlySet<string> = new Set([
  'previous_response_id',
  'conversation',
  'conversation_id',
  'response_id',
  'input_file_id',
  'training_file',
  'validation_file',
  'file_id',
  'file_ids',
  'image_file_id',
  'vector_store_id',
  'vector_store_ids',
  'container',
  'container_id',
  'thread_id',
  'assistant_id',
  'eval_id',
  'completion_id',
  'environment_id',
  'video',
  'video_id',
])
const OPTIONAL: ReadonlySet<string> = new Set(['skill_id', 'voice_id', 'session_id', 'agent_id'])
/** Members that are the client's own, in which anything may be called anything. */
export const CLIENT_MEMBERS: ReadonlySet<string> = new Set([
  'metadata',
  // Codex CLI puts the ids of its own sessions and threads here.
  'client_metadata',
  'headers',
  'env',
  // Of a file of a vector store.
  'attributes',
  'parameters',
  'schema',
  'arguments',
  'json_schema',
])

/** Every member by which `objectReferences` finds an object, at any depth, and those that an item has. */
export const REFERENCE_NAMES: ReadonlySet<string> = new Set([
  ...REQUIRED,
  ...OPTIONAL,
  'encrypted_content',
  'id',
  'type',
])

/** Whether a member of this name, in small letters, names an object that must be the key's own. */
export function isReferenceName(name: string): boolean {
  return REQUIRED.has(name)
}

// Where the objects that a call names are at several upstreams, these decide its route.
const PRECEDENCE: readonly string[] = ['previous_response_id', 'conversation', 'container', 'thread_id']

const CURSORS: ReadonlySet<string> = new Set(['after', 'before'])
// Members of a body that are lists of items.
const ITEMS = ['input', 'items'] as const

const DEPTH_MAX = 16
/** More objects than any call needs; OpenAI takes 500 files for a batch of files of a vector store. */
export const REFERENCES_MAX = 2_000

/**
 * The objects that a JSON body names, each once, that which decides its route first. Null where it names more than
 * REFERENCES_MAX.
 */
export function objectReferences(body: unknown): ObjectReference[] | null {
  const found = new Map<string, ObjectReference>()
  walk(body, 0, found)
  if (isObject(body)) for (const name of ITEMS) noteItems(body[name], found)
  if (found.size > REFERENCES_MAX) return null
  return [...found.values()].sort((a, b) => rank(a) - rank(b))
}

function rank({ param }: ObjectReference): number {
  const at = PRECEDENCE.indexOf(param)
  return at === -1 ? PRECEDENCE.length : at
}

/** Items of earlier responses: a reference names one alone, any other comes with its content, or is taken from storage. */
function noteItems(items: unknown, found: Map<string, ObjectReference>): void {
  if (!Array.isArray(items)) return
  for (const item of items) {
    if (!isObject(item) || found.size > REFERENCES_MAX) continue
    const isReference = item.type === 'item_reference'
    noteAll(found, isReference ? 'item_reference' : 'id', item.id, isReference)
  }
}

function walk(value: unknown, depth: number, found: Map<string, ObjectReference>): void {
  if (depth > DEPTH_MAX || found.size > REFERENCES_MAX) return
  if (Array.isArray(value)) {
    for (const member of value) if (typeof member === 'object') walk(member, depth + 1, found)
    return
  }
  if (!isObject(value)) return
  for (const name in value) {
    const member = value[name]
    if (REQUIRED.has(name)) noteAll(found, name, member, true)
    else if (OPTIONAL.has(name)) noteAll(found, name, member, false)
    else if (name === 'encrypted_content' && typeof member === 'string' && member !== '')
      note(found, { id: encryptedContentId(member), param: name, isRequired: false })
    if (typeof member === 'object' && !CLIENT_MEMBERS.has(name)) walk(member, depth + 1, found)
  }
  // The source of an eval's data.
  if (value.type === 'file_id') noteAll(found, 'id', value.id, true)
}

/** An id, several, or an object that has one. */
function noteAll(
  found: Map<string, ObjectReference>,
  param: string,
  member: unknown,
  isRequired: boolean,
): void {
  for (const one of Array.isArray(member) ? member : [member]) {
    const id = isObject(one) ? one.id : one
    if (typeof id === 'string' && id !== '')
      note(found, { id: id.slice(0, OBJECT_ID_MAX_CHARS + 1), param, isRequired })
  }
}

function note(found: Map<string, ObjectReference>, reference: ObjectReference): void {
  const { id, isRequired } = reference
  const known = found.get(id)
  if (known === undefined || (isRequired && !known.isRequired)) found.set(id, reference)
}

/** The objects that a query names, with or without its question mark; `isList`: also by the cursors of a list of objects. */
export function referencesInQuery(query: string, isList: boolean): ObjectReference[] {
  if (query === '') return []
  return [...new URLSearchParams(query)]
    .filter(([name, id]) => id !== '' && (REQUIRED.has(name) || (isList && CURSORS.has(name))))
    .map(([param, id]) => ({ id: id.slice(0, OBJECT_ID_MAX_CHARS + 1), param, isRequired: true }))
}

/** What stands for encrypted reasoning, which has no id of its own without storage at its upstream. */
export function encryptedContentId(content: string): string {
  return `sha256:${createHash('sha256').update(content).digest('base64url')}`
}

/** `exact`: what a body must have to name any object. `rough` holds of all such bodies, and takes a third of the time. */
type Signs = { rough: RegExp; exact: RegExp }

// Of the Responses API, in any letter case: an item that is sent back has one of these, too. `\xc5\xbf` is `\u017f` in UTF-8, which
// some parsers take for an s. A letter or an underscore as an escape, which nobody needs, would hide a name.
const OF_RESPONSES: Signs = {
  rough: /_(?:id|content|reference)|con(?:ver|tainer)|"id"|\\u00[4-7]/i,
  exact: /_id|encrypted_content|conver(?:s|\xc5\xbf|\\u017f)ation|container|item_reference|"id"|\\u00[4-7]/i,
}
// Of any other call of a model, whose own ids, as those of tool calls, are no objects.
const OF_OTHERS: Signs = { rough: /_id|\\u00[4-7]/i, exact: /file_id|container_id|\\u00[4-7]/i }
const PART_BYTES = 64 * 1024
/** More than any of the signs is long: one may stand where two parts meet. */
const OVERLAP_BYTES = 64

const UNDERSCORE = 0x5f
const BACKSLASH = 0x5c
const ZERO = 0x30
const FOUR = 0x34
const SEVEN = 0x37
/** So many of either are looked at one by one; a body with more is searched by its expression. */
const LOOKED_AT_MAX = 16

/** False where the body of a model call names no object for certain; costs a look at its bytes. */
export function mayNameObjects(body: Buffer, ofResponses: boolean): boolean {
  // Most bodies have few of these two characters, and finding them takes no text.
  if (!ofResponses && hasNone(body, UNDERSCORE, isId) && hasNone(body, BACKSLASH, isEscapedSign)) return false
  const { rough, exact } = ofResponses ? OF_RESPONSES : OF_OTHERS
  for (let at = 0; at < body.length; at += PART_BYTES) {
    const part = body.toString('latin1', at, at + PART_BYTES + OVERLAP_BYTES)
    if (rough.test(part) && exact.test(part)) return true
  }
  return false
}

/** True where none of the few places of a byte begins a sign; false also where there are many. */
function hasNone(body: Buffer, byte: number, isSign: (body: Buffer, at: number) => boolean): boolean {
  let looked = 0
  for (let at = body.indexOf(byte); at !== -1; at = body.indexOf(byte, at + 1))
    if (++looked > LOOKED_AT_MAX || isSign(body, at)) return false
  return true
}

/** `_id`, in any letter case. */
function isId(body: Buffer, at: number): boolean {
  return isLetter(body[at + 1], 'i') && isLetter(body[at + 2], 'd')
}

/** `\u00` and a digit from 4 to 7. */
function isEscapedSign(body: Buffer, at: number): boolean {
  const digit = body[at + 4] ?? 0
  return (
    isLetter(body[at + 1], 'u') &&
    body[at + 2] === ZERO &&
    body[at + 3] === ZERO &&
    digit >= FOUR &&
    digit <= SEVEN
  )
}

function isLetter(byte: number | undefined, lower: string): boolean {
  return byte !== undefined && (byte | 0x20) === lower.charCodeAt(0)
}
