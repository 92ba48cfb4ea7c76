// The names of keys and owners that this page has seen by their ids: the query bar shows names, the URL keeps ids.
import { untrack } from 'svelte'
import { SvelteMap } from 'svelte/reactivity'
import { keySource, ownerSource } from '#lib/components/fields/search-sources.ts'
import type { FieldName } from './log-fields.ts'
import type { Names } from './parse-query.ts'

// Bounded, so that a page that is open all day does not grow with every key it meets.
const most = 2000

const byId = new SvelteMap<string, string>()
const asked = new Set<string>()

export const knownNames: Names = {
  idOf: (name) => {
    const ids = [...byId].filter(([, known]) => known === name).map(([id]) => id)
    // Of two keys with one name, the name alone does not say which.
    return ids.length === 1 ? ids[0] : undefined
  },
  nameOf: (id) => {
    const name = byId.get(id)
    return name !== undefined && knownNames.idOf(name) === id ? name : undefined
  },
}

/** The name of an id, as far as it has been seen. */
export function nameOf(id: string): string | undefined {
  return byId.get(id)
}

/** Untracked: an effect that remembers names must not run again for each of them. */
export function rememberName(id: string, name: string): void {
  untrack(() => {
    if (byId.has(id)) return
    if (byId.size >= most) byId.clear()
    byId.set(id, name)
  })
}

/** Asks for the name of an id from a URL, once; one that is not found stays an id. */
export function learnName(field: FieldName, id: string): void {
  const source = field === 'owner' ? ownerSource : keySource
  if (!isId(field, id) || untrack(() => byId.has(id)) || asked.has(id)) return
  asked.add(id)
  source.find(id, new AbortController().signal).then(
    (found) => found && rememberName(id, found.text),
    // Deleted since: its id is all that is left of it.
    () => undefined,
  )
}

/** True for what is an id, and needs no search by name. */
export function isId(field: FieldName, value: string): boolean {
  return field === 'owner' ? /^own_\w+$/.test(value) : /^key_\d+$/.test(value)
}
