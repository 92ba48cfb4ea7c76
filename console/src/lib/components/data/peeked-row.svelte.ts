// The row of a list that is open in the panel beside it: `peek` in the URL, so that Back closes the panel.
import { untrack } from 'svelte'
import { Resource } from '#lib/resource.svelte.ts'
import { withParams } from '#lib/url-state.ts'
import { goto } from '$app/navigation'
import { page } from '$app/state'

export class PeekedRow<Row extends { id: string }> {
  readonly #rows: () => readonly Row[] | undefined
  readonly #alongside: Readonly<Record<string, null>>
  readonly #found: Resource<Row | null> | undefined
  readonly #place = $derived.by(() => this.#rows()?.findIndex(({ id }) => id === this.id) ?? -1)

  /**
   * `alongside`: parameters that belong to one open row, and go with it. `get` reads a row that is not in the list, as a link may open
   * it; with it, call this while a component initialises.
   */
  constructor(
    rows: () => readonly Row[] | undefined,
    {
      alongside = {},
      get,
    }: {
      alongside?: Readonly<Record<string, null>>
      get?: (id: string, signal: AbortSignal) => Promise<Row>
    } = {},
  ) {
    this.#rows = rows
    this.#alongside = alongside
    if (get === undefined) return
    const missing = $derived(this.#place >= 0 ? null : this.id)
    this.#found = new Resource(async (signal) => {
      const id = missing
      return id === null ? null : untrack(() => get(id, signal))
    })
  }

  get id(): string | null {
    return page.url.searchParams.get('peek')
  }

  /** Undefined where none is open, until it has loaded, and where it cannot be read. */
  get row(): Row | undefined {
    const found = this.#found?.data
    return this.#rows()?.[this.#place] ?? (found?.id === this.id ? (found ?? undefined) : undefined)
  }

  /** Why a row that is not in the list could not be read. */
  get error(): unknown {
    return this.row !== undefined || this.#found?.loading ? undefined : this.#found?.error
  }

  retry = (): void => this.#found?.reload()

  /** The place of the open row in the list, from 1 on; null where it is not in it. */
  get place(): number | null {
    return this.#place < 0 ? null : this.#place + 1
  }

  get hasPrevious(): boolean {
    return this.#place > 0
  }

  get hasNext(): boolean {
    return this.#place >= 0 && this.#place < (this.#rows()?.length ?? 0) - 1
  }

  href = (id: string | null): string => withParams(page.url, { peek: id, ...this.#alongside })

  walk = (step: 1 | -1): void => {
    const next = this.#place < 0 ? undefined : this.#rows()?.[this.#place + step]
    if (next) void goto(this.href(next.id), { replace: true, reset: false })
  }

  /** The focus goes to the row that was read last, which need not be the one that was opened. */
  close = async (): Promise<void> => {
    const last = this.id
    await goto(this.href(null), { reset: false })
    if (last !== null)
      document.querySelector<HTMLElement>(`[data-row-id="${CSS.escape(last)}"] .row-link`)?.focus()
  }
}
