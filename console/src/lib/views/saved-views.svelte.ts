// Views of a screen under names: its filters and order as they stand in the URL. This browser keeps them; the URL is what one shares.

export type SavedView = { name: string /** `?show=failing&sort=-spend`, or empty. */; search: string }

const most = 30
const nameMax = 60
/** Where one is in the list is no part of a view. */
const passing = ['after', 'before', 'peek', 'live', 'request']

export class SavedViewList {
  readonly #storageKey: string
  views = $state.raw<readonly SavedView[]>([])

  constructor(screen: string) {
    this.#storageKey = `latchkey.views.${screen}`
    this.views = stored(this.#storageKey)
  }

  /** Saves one under a name, in the place of the one that has it. */
  save(name: string, search: string): void {
    const view = { name: name.trim().slice(0, nameMax), search: viewSearch(search) }
    if (view.name === '') return
    this.#keep([...this.views.filter((each) => each.name !== view.name), view].slice(-most))
  }

  remove(name: string): void {
    this.#keep(this.views.filter((each) => each.name !== name))
  }

  #keep(views: readonly SavedView[]): void {
    this.views = views
    try {
      localStorage.setItem(this.#storageKey, JSON.stringify(views))
    } catch {
      // A browser that stores nothing forgets them with the page.
    }
  }
}

/** What of a URL's query belongs to a view, in a fixed order, so that two can be compared. */
export function viewSearch(search: string): string {
  const params = new URLSearchParams(search)
  for (const name of passing) params.delete(name)
  params.sort()
  const text = params.toString()
  return text === '' ? '' : `?${text}`
}

function stored(key: string): readonly SavedView[] {
  try {
    const value: unknown = JSON.parse(globalThis.localStorage?.getItem(key) ?? '[]')
    return Array.isArray(value) ? value.filter(isView) : []
  } catch {
    return []
  }
}

function isView(value: unknown): value is SavedView {
  if (typeof value !== 'object' || value === null) return false
  const { name, search } = value as Partial<Record<string, unknown>>
  return typeof name === 'string' && typeof search === 'string' && /^(\?|$)/.test(search)
}
