// The built-in finders of what must not be stored. Each looks at a text once, in time that grows with its length alone:
// every repetition in them is bounded, or can begin in one place only.
import { secretHashHex } from '../keys/api-key.ts'
import type { RedactionName } from './redaction-rules.ts'

/** A place in a text, from its first UTF-16 unit to the one after its last, and its replacement. */
export type Finding = { start: number; end: number; label: string }
export type Finder = (text: string) => Finding[]

export const FINDERS: Record<RedactionName, Finder> = {
  email: all(
    /(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}._%+-]{1,64}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,8}/gu,
    '[email]',
  ),
  card: findCards,
  phone: either(
    // E.164 with its plus, and the form of North America without.
    all(/\+\d(?:[ .()-]{0,2}\d){6,14}(?!\d)/g, '[phone]'),
    all(/(?<![\d-])(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}(?![\d-])/g, '[phone]'),
  ),
  token: either(
    all(
      /(?<![A-Za-z0-9_-])(?:sk|pk|rk|gsk|hf|gh[oprsu]|github_pat|glpat|npm|xox[abeprs]|xapp|whsec|ek|lka)[-_][A-Za-z0-9_-]{16,}/g,
      '[token]',
    ),
    all(
      /(?<![A-Za-z0-9_-])(?:AIza[A-Za-z0-9_-]{30,}|A[KS]IA[A-Z0-9]{16}|ya29\.[A-Za-z0-9_.-]{20,})/g,
      '[token]',
    ),
    // A JSON Web Token, with or without its signature.
    all(/(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}(?:\.[A-Za-z0-9_-]{10,})?/g, '[token]'),
    all(/(?<![A-Za-z])(?:bearer|basic) {1,4}[A-Za-z0-9._~+/=-]{16,}/gi, '[token]'),
    all(
      /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-]{0,16384}(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?/g,
      '[private key]',
    ),
  ),
  uuid: all(uuids(), '[uuid]'),
  base64: either(findDataUrls, findLongBase64),
}

// What each of the tokens above has.
const TOKEN_PART =
  /(?:[kf]|gh.|pat|npm|xox.|xapp|sec|lka)[-_]|AIza|A[KS]IA|ya29|eyJ|(?:bearer|basic) |PRIVATE/i

/** False of most texts in which FINDERS.token would find nothing, at a tenth of its cost. */
export function mayHoldToken(text: string): boolean {
  return TOKEN_PART.test(text)
}

/** Eight hex digits that go with a secret of ours (canonical), and from which it cannot be derived. */
export function secretMark(secret: string): string {
  return secretHashHex(secret).slice(0, 8)
}

/** Finds the key's own secret, in any letter case, by its mark. */
export function findMarked(mark: string): Finder {
  return (text) =>
    all(
      uuids(),
      '[api key]',
    )(text).filter(({ start, end }) => secretMark(text.slice(start, end).toLowerCase()) === mark)
}

function uuids(): RegExp {
  return /(?<![0-9a-f])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-f])/gi
}

function all(expression: RegExp, label: string): Finder {
  return (text) =>
    Array.from(text.matchAll(expression), (match) => ({
      start: match.index,
      end: match.index + match[0].length,
      label,
    }))
}

function either(...finders: Finder[]): Finder {
  return (text) => finders.flatMap((find) => find(text))
}

/** Numbers of 13 to 19 digits that Luhn's check (ISO/IEC 7812-1) takes, of an issuer's first digit. */
function findCards(text: string): Finding[] {
  const found: Finding[] = []
  for (const { index, 0: run } of text.matchAll(/(?<!\d)[2-6](?:[ -]?\d){12,18}/g)) {
    // What follows a number, such as its date, may have been taken for more of it.
    for (let length = run.length; length >= 13; length--) {
      const number = run.slice(0, length)
      if (
        /\d$/.test(number) &&
        !/^\d/.test(text.slice(index + length, index + length + 1)) &&
        isCard(number)
      ) {
        found.push({ start: index, end: index + length, label: '[card]' })
        break
      }
    }
  }
  return found
}

function isCard(number: string): boolean {
  const digits = number.replace(/\D/g, '')
  if (digits.length < 13) return false
  let sum = 0
  for (let at = 0; at < digits.length; at++) {
    const digit = Number(digits[digits.length - 1 - at])
    const doubled = at % 2 === 0 ? digit : digit * 2
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}

/** `data:` URLs (RFC 2397) of what is no text: replaced by their kind and size. JSON may escape their slashes. */
function findDataUrls(text: string): Finding[] {
  const expression =
    /data:([\w.+-]{1,64}\\?\/[\w.+-]{1,64})?(?:;[\w.+=-]{1,64}){0,4};base64,([A-Za-z0-9+/=\\]*)/g
  return Array.from(text.matchAll(expression), ({ index, 0: all, 1: type = 'data', 2: data = '' }) => ({
    start: index,
    end: index + all.length,
    label: `[${type.replace('\\', '')}, ${decodedBytes(data)} bytes]`,
  }))
}

/** Shorter runs may be words, hashes or keys. */
function findLongBase64(text: string): Finding[] {
  const expression = /(?<![A-Za-z0-9+/])[A-Za-z0-9+/\\]{512,}={0,2}/g
  return Array.from(text.matchAll(expression), ({ index, 0: data }) => ({
    start: index,
    end: index + data.length,
    label: `[base64, ${decodedBytes(data)} bytes]`,
  }))
}

function decodedBytes(data: string): number {
  return Math.floor((data.replace(/[=\\]/g, '').length * 3) / 4)
}
