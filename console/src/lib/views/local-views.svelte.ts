// Views that this browser kept under names before the server did. They are moved to the account of whoever asks for it, once.
import { UserInputError, type ViewScreen } from '@latchkey/sdk'
import { keepValue, keptValue } from '#lib/preferences/kept-value.ts'
import { viewQuery } from './view-query.ts'

type LocalView = { name: string; query: string }

const storageNames: Readonly<Partial<Record<ViewScreen, string>>> = {
  KEYS: 'keys',
  LOGS: 'logs',
  KEY_LOGS: 'key-logs',
}

export class LocalViews {
  readonly #storageKey: string
  views = $state.raw<readonly LocalView[]>([])
  /** Those of the last move that the server refused. */
  refused = $state.raw<readonly LocalView[]>([])

  constructor(screen: ViewScreen) {
    this.#storageKey = `latchkey.views.${storageNames[screen] ?? ''}`
    this.views = stored(this.#storageKey)
  }

  /**
   * Gives each to `save`, one after another, and forgets those that it took; resolves with how many these were. What it refuses for
   * its input stays, as `refused`; any other failure rejects.
   */
  async move(save: (view: LocalView) => Promise<unknown>): Promise<number> {
    const before = this.views
    const refused: LocalView[] = []
    for (const view of before) {
      try {
        await save(view)
        this.#keep(this.views.filter((each) => each !== view))
      } catch (error) {
        if (!(error instanceof UserInputError)) throw error
        refused.push(view)
      }
    }
    this.refused = refused
    return before.length - refused.length
  }

  /** Forgets all; returns what brings them back. */
  forget(): () => void {
    const before = this.views
    this.#keep([])
    return () => this.#keep(before)
  }

  #keep(views: readonly LocalView[]): void {
    this.views = views
    keepValue(this.#storageKey, views.length === 0 ? null : JSON.stringify(views.map(asStored)))
  }
}

function asStored({ name, query }: LocalView) {
  return { name, search: query === '' ? '' : `?${query}` }
}

function stored(key: string): readonly LocalView[] {
  try {
    const value: unknown = JSON.parse(keptValue(key) ?? '[]')
    if (!Array.isArray(value)) return []
    return value.filter(isStored).map(({ name, search }) => ({ name, query: viewQuery(search) }))
  } catch {
    return []
  }
}

function isStored(value: unknown): value is { name: string; search: string } {
  if (typeof value !== 'object' || value === null) return false
  const { name, search } = value as Partial<Record<string, unknown>>
  return typeof name === 'string' && typeof search === 'string'
}
