// What a search picker looks through: keys, owners, models and upstreams, each searched on the server as far as the server can.
import { latchkey } from '#lib/latchkey.ts'
import { m } from '#lib/paraglide/messages.js'

export type SearchOption = { id: string; text: string /** A second, quieter line. */; note?: string }

export type SearchSource = {
  /** What is looked for, as a placeholder. */
  placeholder: () => string
  /** The best matches, at most twenty. */
  search: (text: string, signal: AbortSignal) => Promise<SearchOption[]>
  /** The text of an id from a URL; null: there is none any more. */
  find: (id: string, signal: AbortSignal) => Promise<SearchOption | null>
}

const most = 20

export const keySource: SearchSource = {
  placeholder: m.search_for_key,
  async search(text, signal) {
    const filter = text === '' ? {} : { search: text }
    const page = await latchkey.keys.list({ first: most, filter }, { signal })
    return page.items.map(({ id, name, description }) => ({ id, text: name, note: description ?? id }))
  },
  async find(id, signal) {
    const { name } = await latchkey.keys.get(id, { signal })
    return { id, text: name }
  },
}

export const ownerSource: SearchSource = {
  placeholder: m.search_for_owner,
  async search(text, signal) {
    const filter = text === '' ? {} : { search: text }
    const page = await latchkey.owners.list({ first: most, filter }, { signal })
    return page.items.map(({ id, name }) => ({ id, text: name }))
  },
  async find(id, signal) {
    const { name } = await latchkey.owners.get(id, { signal })
    return { id, text: name }
  },
}

/** Models by their public name, which is their id here: request logs and policies name them by it. */
export const modelSource: SearchSource = {
  placeholder: m.search_for_model,
  async search(text, signal) {
    const names = await modelNames(signal)
    return matching(names, text).map((name) => ({ id: name, text: name }))
  },
  async find(name) {
    return { id: name, text: name }
  },
}

export const upstreamSource: SearchSource = {
  placeholder: m.search_for_upstream,
  async search(text, signal) {
    const { items } = await latchkey.upstreams.list({ first: 100 }, { signal })
    const wanted = text.toLowerCase()
    return items
      .filter(({ name }) => name.toLowerCase().includes(wanted))
      .slice(0, most)
      .map(({ id, name, baseUrl }) => ({ id, text: name, note: baseUrl }))
  },
  async find(id, signal) {
    const { name } = await latchkey.upstreams.get(id, { signal })
    return { id, text: name }
  },
}

// The server lists models without a search; a thousand names are the most that is read for one.
async function modelNames(signal: AbortSignal): Promise<string[]> {
  const names: string[] = []
  for await (const { name } of latchkey.models.list({ first: 100 }, { signal })) {
    names.push(name)
    if (names.length >= 1000) break
  }
  return names
}

/** Those that begin with the text first. */
function matching(names: readonly string[], text: string): string[] {
  const wanted = text.toLowerCase()
  const found = names.filter((name) => name.toLowerCase().includes(wanted))
  return found
    .toSorted(
      (a, b) => Number(b.toLowerCase().startsWith(wanted)) - Number(a.toLowerCase().startsWith(wanted)),
    )
    .slice(0, most)
}

/** What a SearchPicker is given. */
export type SearchPickerProps = {
  label: string
  source: SearchSource
  /** The id of the chosen one. */
  value: string | null
  onchange?: (value: string | null, text: string | null) => void
  /** Takes what is typed as it is where nothing is found, such as the name of a model that only an upstream knows. */
  free?: boolean
  id?: string
  invalid?: boolean
  class?: string
  'data-testid'?: string
}
