// The saved views of a screen: the own ones, and those that others share. The server keeps them.
import type { SavedView, ViewScreen } from '@latchkey/sdk'
import { latchkey } from '#lib/latchkey.ts'
import { getLocale } from '#lib/paraglide/runtime.js'
import { Resource } from '#lib/resource.svelte.ts'
import { LocalViews } from './local-views.svelte.ts'

/** More are in no menu that a person could read. */
const most = 300

export class SavedViews {
  readonly screen: ViewScreen
  /** Those that this browser kept before the server did. */
  readonly local: LocalViews
  readonly #all: Resource<SavedView[]>

  /** To be made while a component initialises. */
  constructor(screen: ViewScreen) {
    this.screen = screen
    this.local = new LocalViews(screen)
    this.#all = new Resource((signal) => readAll(screen, signal))
  }

  get own(): readonly SavedView[] {
    return this.#all.data?.filter(({ isOwn }) => isOwn) ?? []
  }

  get ofOthers(): readonly SavedView[] {
    return this.#all.data?.filter(({ isOwn }) => !isOwn) ?? []
  }

  get loaded(): boolean {
    return this.#all.data !== undefined
  }

  get error(): unknown {
    return this.#all.error
  }

  /** The view that shows this; an own one rather than another's. */
  showing(query: string): SavedView | undefined {
    return [...this.own, ...this.ofOthers].find((view) => view.query === query)
  }

  reload = (): void => this.#all.reload()

  async save(name: string, query: string, shared: boolean): Promise<void> {
    await latchkey.savedViews.create({ screen: this.screen, name, query, shared })
    this.reload()
  }

  async change(id: string, changes: Partial<Pick<SavedView, 'name' | 'query' | 'shared'>>): Promise<void> {
    await latchkey.savedViews.update(id, changes)
    this.reload()
  }

  /** Resolves with what brings it back under another id; only its own admin can. */
  async remove({ id, name, query, shared }: SavedView): Promise<() => Promise<void>> {
    await latchkey.savedViews.delete(id)
    this.reload()
    return () => this.save(name, query, shared)
  }

  /** Moves what this browser kept to the account; resolves with how many were moved, what could not be stays. */
  async moveLocal(): Promise<number> {
    const moved = await this.local.move(({ name, query }) =>
      latchkey.savedViews.create({ screen: this.screen, name, query, shared: false }),
    )
    this.reload()
    return moved
  }
}

async function readAll(screen: ViewScreen, signal: AbortSignal): Promise<SavedView[]> {
  const views: SavedView[] = []
  for await (const view of latchkey.savedViews.list({ screen, first: 100 }, { signal })) {
    views.push(view)
    if (views.length === most) break
  }
  const order = new Intl.Collator(getLocale(), { numeric: true })
  return views.sort((a, b) => order.compare(a.name, b.name))
}
