// What a search picker looks through: keys, owners, models and upstreams, each searched on the server.
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
/** The newest that match, of which the best are shown. */
const searched = 100

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
    const page = await latchkey.models.list({ first: searched, search: text }, { signal })
    const names = page.items.map(({ name }) => name)
    return bestFirst(names, text).map((name) => ({ id: name, text: name }))
  },
  async find(name) {
    return { id: name, text: name }
  },
}

export const upstreamSource: SearchSource = {
  placeholder: m.search_for_upstream,
  async search(text, signal) {
    const page = await latchkey.upstreams.list({ first: most, search: text }, { signal })
    return page.items.map(({ id, name, baseUrl }) => ({ id, text: name, note: baseUrl }))
  },
  async find(id, signal) {
    const { name } = await latchkey.upstreams.get(id, { signal })
    return { id, text: name }
  },
}

/**
 * Models that are set up, and those that only calls have named, of which `counted` gives the commonest.
 *
 * @param mayRead Whether models that are set up may be asked for.
 */
export function modelSourceWith(
  counted: (signal: AbortSignal) => Promise<readonly string[]>,
  mayRead: boolean,
): SearchSource {
  return {
    ...modelSource,
    async search(text, signal) {
      const [models, named] = await Promise.all([
        mayRead ? modelSource.search(text, signal) : [],
        counted(signal),
      ])
      const wanted = text.toLowerCase()
      const others = named.filter((name) => name.toLowerCase().includes(wanted))
      const names = new Set([...models.map(({ id }) => id), ...others])
      return bestFirst([...names], text).map((name) => ({ id: name, text: name }))
    },
  }
}

/** Those that begin with the text first; at most twenty. */
function bestFirst(names: readonly string[], text: string): string[] {
  const wanted = text.toLowerCase()
  return names
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
