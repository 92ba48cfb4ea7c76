// What the query bar offers at the caret: fields, then their values, counted by the server.
import type { RequestLogFilter } from '@latchkey/sdk'
import { keySource, ownerSource } from '#lib/components/fields/search-sources.ts'
import { formatNumber } from '#lib/format.ts'
import { latchkey } from '#lib/latchkey.ts'
import { fieldLabel, valueText } from './field-text.ts'
import { rememberName } from './key-names.svelte.ts'
import { fieldNames, fieldOf, isFieldName } from './log-fields.ts'
import { quotedIfNeeded } from './parse-query.ts'

export type Completion = {
  /** What the piece at the caret becomes. */
  insert: string
  text: string
  /** Quieter, at the end. */
  note?: string
  /** A field, after which its value is typed. */
  open: boolean
}

const most = 12

/** `name` and `value` are the piece at the caret; `within` is what values are counted in. Rejects where the server does. */
export async function completionsOf(
  name: string | null,
  value: string,
  within: RequestLogFilter,
  hidden: readonly string[],
  signal: AbortSignal,
): Promise<readonly Completion[]> {
  if (name === null) {
    const typed = value.toLowerCase()
    return fieldNames
      .filter((field) => !hidden.includes(field))
      .filter((field) => field.startsWith(typed) || fieldLabel(field).toLowerCase().startsWith(typed))
      .map((field) => ({ insert: `${field}:`, text: `${field}:`, note: fieldLabel(field), open: true }))
  }
  const field = name.toLowerCase()
  if (!isFieldName(field)) return []
  const definition = fieldOf(field)
  const done = (text: string, note?: string): Completion => ({
    insert: `${field}:${quotedIfNeeded(text)}`,
    text,
    open: false,
    ...(note !== undefined && { note }),
  })
  const wanted = value.toLowerCase()
  const matches = (text: string) => text.toLowerCase().includes(wanted)
  if (definition.kind === 'numbers')
    return definition.examples.filter((example) => example.startsWith(wanted)).map((example) => done(example))
  if (definition.words)
    return definition.words.filter(matches).map((word) => done(word, valueText(field, word)))
  if (field === 'owner')
    return (await ownerSource.search(value, signal)).map(({ id, text }) => {
      rememberName(id, text)
      return done(text)
    })
  if (definition.facet === undefined) return []
  const [facets, keys] = await Promise.all([
    latchkey.logs.facets({ field: definition.facet, filter: within, first: 50 }, { signal }),
    field === 'key' && wanted !== '' ? keySource.search(value, signal) : [],
  ])
  const counted = facets.values.filter(({ label }) => matches(label))
  if (field === 'key') {
    for (const each of counted) rememberName(each.value, each.label)
    for (const { id, text } of keys) rememberName(id, text)
  }
  const seen = new Set(counted.map((each) => each.value))
  return [
    ...counted.map(({ label, count }) => done(label, formatNumber(count))),
    ...keys.filter(({ id }) => !seen.has(id)).map(({ text }) => done(text)),
  ].slice(0, most)
}
