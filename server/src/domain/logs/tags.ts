// Tags: what a client says of its own call, for logs and usage. No rule looks at them, since anyone may send any.
import { isObject } from '../is-object.ts'

export const TAGS_MAX = 8
export const TAGS_HEADER = 'x-latchkey-tags'

const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/
const VALUE = /^[A-Za-z0-9](?:[A-Za-z0-9._@:+/-]{0,126}[A-Za-z0-9])?$/
// OpenAI takes 16.
const METADATA_MAX = 64
// Eight of the longest, and spaces around them.
const HEADER_CHARS_MAX = 2_000

/** What is wrong with the header, as a sentence. */
const FAULT = `The \`${TAGS_HEADER}\` header must be at most ${TAGS_MAX} pairs such as \`feature=search,team=blue\`, each name once: names of 1 to 63 letters, digits, ".", "_" or "-", values of 1 to 128 of these or "@", ":", "+", "/", both with a letter or digit at each end.`

/** The tags of the header in their form as one text, `a=b,c=d`; null: none. `fault`: what is wrong with it. */
export function readTagsHeader(sent: string): { tags: string | null } | { fault: string } {
  if (sent.length > HEADER_CHARS_MAX) return { fault: FAULT }
  const pairs = sent.split(',').map((pair) => pair.trim())
  if (pairs.length === 1 && pairs[0] === '') return { tags: null }
  const tags = new Map<string, string>()
  for (const pair of pairs) {
    const at = pair.indexOf('=')
    const [name, value] = [pair.slice(0, Math.max(0, at)), pair.slice(at + 1)]
    if (!NAME.test(name) || !VALUE.test(value) || tags.has(name)) return { fault: FAULT }
    tags.set(name, value)
  }
  return tags.size > TAGS_MAX ? { fault: FAULT } : { tags: textOf(tags) }
}

/**
 * The tags of a request's body, from OpenAI's `metadata` and `user`. They are the upstream's to judge, so that what can be no tag
 * is left out, and what is beyond the most. Null: none.
 */
export function tagsOfBody(metadata: unknown, user: unknown): string | null {
  if (metadata === undefined && user === undefined) return null
  const tags = new Map<string, string>()
  if (isObject(metadata)) {
    let looks = 0
    for (const name in metadata) {
      if (++looks > METADATA_MAX) break
      const value: unknown = metadata[name]
      if (tags.size < TAGS_MAX && typeof value === 'string' && NAME.test(name) && VALUE.test(value))
        tags.set(name, value)
    }
  }
  if (typeof user === 'string' && tags.size < TAGS_MAX && VALUE.test(user) && !tags.has('user'))
    tags.set('user', user)
  return tags.size === 0 ? null : textOf(tags)
}

/** Both together; where both have a name, the first counts. Null: none. */
export function joinedTags(first: string | null, second: string | null): string | null {
  if (first === null || second === null) return first ?? second
  const names = new Set(tagsIn(first).map(nameIn))
  const more = tagsIn(second).filter((tag) => !names.has(nameIn(tag)))
  return [...tagsIn(first), ...more].slice(0, TAGS_MAX).join(',')
}

/** Each of a text of tags, `a=b`. */
export function tagsIn(text: string | null): string[] {
  return text === null ? [] : text.split(',')
}

/** Whether a text may be one tag, `a=b`. */
export function isTag(text: string): boolean {
  const at = text.indexOf('=')
  return at > 0 && NAME.test(text.slice(0, at)) && VALUE.test(text.slice(at + 1))
}

function nameIn(tag: string): string {
  return tag.slice(0, tag.indexOf('='))
}

function textOf(tags: Map<string, string>): string {
  return [...tags].map(([name, value]) => `${name}=${value}`).join(',')
}
