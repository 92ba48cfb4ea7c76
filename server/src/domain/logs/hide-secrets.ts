// Takes secrets out of a request log before it is written. Clients send them by mistake as the name of a model, as a tag, in a path or
// in User-Agent, and upstreams repeat in errors what they were sent.
import { GUESS_BITS_MIN, guessBits } from '../admins/guess-bits.ts'
import { FINDERS, mayHoldToken } from '../content/find-secrets.ts'
import { canonicalSecret } from '../keys/api-key.ts'
import { OWN_SECRET_MAX, OWN_SECRET_MIN } from '../keys/own-secret.ts'
import type { CallRecord } from './call-record.ts'
import { tagsIn } from './tags.ts'

const HIDDEN = '[secret]'
// What of a secret is shown in lists.
const SHOWN_CHARS = 8
// Of a name of words it is below 2.5, of random letters and digits above 3.
const BITS_OF_CHAR_MIN = 2.75
// Those that are alike in most calls.
const USUAL_TEXTS = [
  'endpoint',
  'userAgent',
  'errorCode',
  'clientErrorCode',
  'finishReason',
  'serviceTier',
] as const
const OTHER_TEXTS = ['errorMessage', 'upstreamRequestId'] as const
const MODELS = ['requestedModel', 'resolvedModel'] as const
type TextName = (typeof USUAL_TEXTS | typeof OTHER_TEXTS | typeof MODELS)[number]
type Judge = (text: string) => boolean
// How a UUID begins.
const UUID_PART = /[0-9a-f]{8}-/i

// Texts with nothing that could be a token or a UUID, so that the same text is not searched in every call.
// Owner: this module. Bound: PLAIN_MAX texts of PLAIN_MAX_CHARS. Lifetime: until it is full.
const plain = new Set<string>()
const PLAIN_MAX = 1_000
const PLAIN_MAX_CHARS = 200

/**
 * Replaces in every text from outside the secret that the client has sent as its key, in each of its spellings, and what looks like a
 * secret as redaction has it (content/find-secrets.ts); a tag with one is left out. `sent` null: none was sent. A record may be
 * given again, once it has more texts.
 */
export function hideSecrets(record: CallRecord, sent: string | null): void {
  const isUuid = sent === null || beginsAsUuid(sent)
  for (const name of USUAL_TEXTS) hideIn(record, name, sent, isUuid ? isKnownPlain : isNever, isAny)
  for (const name of OTHER_TEXTS) hideIn(record, name, sent, isUuid ? isPlain : isNever, isAny)
  for (const name of MODELS) hideIn(record, name, sent, isUuid ? isKnownPlain : isNever, isRandom)
  const { tags, attempts } = record
  if (tags !== null && mayHoldSecret(tags)) record.tags = tagsWithout(tags, sent)
  if (attempts !== null && withoutSecrets(attempts, sent, isAny) !== attempts) {
    const inMember = (_name: string, value: unknown) =>
      typeof value === 'string' ? withoutSecrets(value, sent, isRandom) : value
    record.attempts = JSON.stringify(JSON.parse(attempts, inMember))
  }
}

/** `skip`: true of a text that has no secret for certain. */
function hideIn(record: CallRecord, name: TextName, sent: string | null, skip: Judge, isSecret: Judge): void {
  const text = record[name]
  if (text !== null && mayHoldSecret(text) && !skip(text)) record[name] = withoutSecrets(text, sent, isSecret)
}

function mayHoldSecret(text: string): boolean {
  return text.length >= OWN_SECRET_MIN
}

/** True where what is looked for of the secret has UUID_PART, so that a plain text cannot have it. */
function beginsAsUuid(sent: string): boolean {
  return UUID_PART.test((sent.length === 36 ? sent : (canonicalSecret(sent) ?? '')).slice(0, SHOWN_CHARS + 1))
}

/** True of a text in which neither a token nor a UUID can be. */
function isPlain(text: string): boolean {
  return !UUID_PART.test(text) && !mayHoldToken(text)
}

function isKnownPlain(text: string): boolean {
  if (plain.has(text)) return true
  if (!isPlain(text)) return false
  if (text.length > PLAIN_MAX_CHARS) return true
  if (plain.size >= PLAIN_MAX) plain.clear()
  plain.add(text)
  return true
}

function isAny(): boolean {
  return true
}

function isNever(): boolean {
  return false
}

/** Models are called `hf-…` as well: of their names only random ones are secrets. */
function isRandom(text: string): boolean {
  if (canonicalSecret(text) !== null) return true
  const looked = text.slice(0, OWN_SECRET_MAX)
  return guessBits(looked) >= Math.max(GUESS_BITS_MIN, looked.length * BITS_OF_CHAR_MIN)
}

function tagsWithout(text: string, sent: string | null): string | null {
  const kept = tagsIn(text).filter((tag) => withoutSecrets(tag, sent, isAny) === tag)
  return kept.length === 0 ? null : kept.join(',')
}

function withoutSecrets(text: string, sent: string | null, isSecret: Judge): string {
  let clean = sent === null ? text : withoutOwn(text, sent)
  if (!mayHoldToken(clean)) return clean
  for (const { start, end } of FINDERS.token(clean).sort((a, b) => b.start - a.start))
    if (isSecret(clean.slice(start, end))) clean = clean.slice(0, start) + HIDDEN + clean.slice(end)
  return clean
}

/** A UUID in any letter case, with a prefix or without; an imported secret as it is. */
function withoutOwn(text: string, sent: string): string {
  // The prefixes of a UUID have at most six characters.
  if (sent.length < OWN_SECRET_MIN || text.length < sent.length - 6) return text
  const uuid = canonicalSecret(sent)
  const own = uuid ?? sent
  const view = uuid === null ? text : text.toLowerCase()
  if (!view.includes(own.slice(0, SHOWN_CHARS + 1))) return text
  let clean = ''
  let at = 0
  for (let found = view.indexOf(own); found !== -1; found = view.indexOf(own, at)) {
    clean += text.slice(at, found) + HIDDEN
    at = found + own.length
  }
  const end = text.length - partAtEnd(view.slice(at), own)
  return clean + text.slice(at, end) + (end < text.length ? HIDDEN : '')
}

/** How many of the last characters of a text, which may have been truncated, begin the secret; 0 where they are no more than is shown. */
function partAtEnd(text: string, own: string): number {
  for (let length = Math.min(text.length, own.length - 1); length > SHOWN_CHARS; length--)
    if (text.endsWith(own.slice(0, length))) return length
  return 0
}
