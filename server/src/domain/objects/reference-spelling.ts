// Members that name an object in a way that two parsers read differently: one that stands twice, of which most take the last and some
// the first, and one in other letters or escapes, which some take for the usual name and others for none.
import { isObject } from '../is-object.ts'
import { misspelledName } from '../member-names.ts'
import { CLIENT_MEMBERS, REFERENCE_NAMES } from './object-references.ts'

export type MisspelledReference = {
  /** As the client has spelled it. */
  name: string
  /** What is wrong with it, to be read after its name. */
  problem: string
}

const TWICE = 'or a member around it stands more than once'
const OTHERWISE = 'is not spelled as the API does, in lower case and without escapes'

// What may be spelled in any way: the client's own, and schemas and data, whose names are the client's.
const FREE: ReadonlySet<string> = new Set([
  ...CLIENT_MEMBERS,
  'input_schema',
  'item_schema',
  'properties',
  'item',
  'sample',
])
const LISTS: ReadonlySet<string> = new Set(['input', 'items'])
const OF_ITEM: ReadonlySet<string> = new Set(['id', 'type'])
// `ID` and `Type` are names of many things elsewhere.
const ANYWHERE: ReadonlySet<string> = REFERENCE_NAMES.difference(OF_ITEM)
const USUAL = /^[a-z\d_]*$/

/** The first such member of a body; null where there is none. `text`: the body before it was parsed. */
export function misspelledReference(text: string, body: unknown): MisspelledReference | null {
  const name = escapedName(text)
  if (name !== null) return { name, problem: OTHERWISE }
  const twice = repeatedName(text, body)
  return twice === null ? otherwiseSpelled(body) : { name: twice, problem: TWICE }
}

/** The same, of letter case alone: for a body that is sent as it was parsed. */
export function otherwiseSpelled(body: unknown): MisspelledReference | null {
  const name = ofBody(body)
  return name === null ? null : { name, problem: OTHERWISE }
}

function ofBody(body: unknown): string | null {
  const lists = misspelled(body, LISTS)
  if (lists !== null) return lists
  if (isObject(body))
    for (const list of LISTS) {
      const items = body[list]
      for (const item of Array.isArray(items) ? items : []) {
        const found = misspelled(item, OF_ITEM)
        if (found !== null) return found
      }
    }
  const rest: unknown[] = [body]
  while (rest.length > 0) {
    const value = rest.pop()
    const found = misspelled(value, ANYWHERE)
    if (found !== null) return found
    if (Array.isArray(value)) {
      for (const member of value) if (typeof member === 'object') rest.push(member)
    } else if (isObject(value))
      for (const name in value) {
        const member = value[name]
        if (typeof member !== 'object' || FREE.has(name)) continue
        // The client names its variables; what they are is typed.
        if (name === 'variables' && isObject(member)) rest.push(...Object.values(member))
        else rest.push(member)
        const inside = REFERENCE_NAMES.has(name) ? misspelled(member, OF_ITEM) : null
        if (inside !== null) return inside
      }
  }
  return null
}

function misspelled(value: unknown, known: ReadonlySet<string>): string | null {
  if (!isObject(value)) return null
  for (const name in value) {
    if (USUAL.test(name)) continue
    const found = misspelledName([name], known)
    if (found !== null) return found
  }
  return null
}

// The opening quote of a name stands behind a brace, a comma or space; one within a string stands behind a backslash.
const NAMED = new RegExp(`(?<!\\\\)"(${[...REFERENCE_NAMES].join('|')})"\\s*:`, 'g')
const ESCAPE_OF_LETTER = /\\u00[4-7]/i
// Six characters to each of the longest name, which has 20.
const ANY_NAME = /(?<!\\)"((?:[^"\\]|\\.){1,128})"\s*:/g

/** The first name whose members are fewer in the parsed body than in its text: of two, a parser keeps one. */
function repeatedName(text: string, body: unknown): string | null {
  const counts = new Map<string, number>()
  for (const [, name = ''] of text.matchAll(NAMED)) counts.set(name, (counts.get(name) ?? 0) + 1)
  const rest: unknown[] = [body]
  while (rest.length > 0) {
    const value = rest.pop()
    if (Array.isArray(value)) {
      for (const member of value) if (typeof member === 'object') rest.push(member)
    } else if (isObject(value))
      for (const name in value) {
        if (REFERENCE_NAMES.has(name)) counts.set(name, (counts.get(name) ?? 0) - 1)
        if (typeof value[name] === 'object') rest.push(value[name])
      }
  }
  for (const [name, count] of counts) if (count !== 0) return name
  return null
}

function escapedName(text: string): string | null {
  if (!ESCAPE_OF_LETTER.test(text)) return null
  for (const [, spelled = ''] of text.matchAll(ANY_NAME)) {
    if (!spelled.includes('\\')) continue
    const name: unknown = JSON.parse(`"${spelled}"`)
    if (typeof name === 'string' && (REFERENCE_NAMES.has(name) || LISTS.has(name))) return name
  }
  return null
}
