// The row of a list that is open in the panel beside it: `peek` in the URL, so that Back closes the panel.
import { untrack } from 'svelte'
import { Resource } from '#lib/resource.svelte.ts'
import { withParams } from '#lib/url-state.ts'
import { goto } from '$app/navigation'
import { page } from '$app/state'

/** Rows behind the last that is loaded. */
export type FurtherRows = {
  has: () => boolean
  /** Resolves once a page of them is there, or none came: a failure is said where the list says it, and never thrown. */
  load: () => Promise<void>
}

// A search for what is rare gives pages without a row; who looks further narrows the list.
const pagesMax = 5

export class PeekedRow<Row extends { id: string }> {
  readonly #rows: () => readonly Row[] | undefined
  readonly #alongside: Readonly<Record<string, null>>
  readonly #found: Resource<Row | null> | undefined
  readonly #further: FurtherRows | undefined
  readonly #place = $derived.by(() => this.#rows()?.findIndex(({ id }) => id === this.id) ?? -1)

  /**
   * `alongside`: parameters that belong to one open row, and go with it. `further`: what follows the last loaded row. `get` reads a row
   * that is not in the list, as a link may open it; with it, call this while a component initialises.
   */
  constructor(
    rows: () => readonly Row[] | undefined,
    {
      alongside = {},
      further,
      get,
    }: {
      alongside?: Readonly<Record<string, null>>
      further?: FurtherRows
      get?: (id: string, signal: AbortSignal) => Promise<Row>
    } = {},
  ) {
    this.#rows = rows
    this.#alongside = alongside
    this.#further = further
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
    if (this.#place < 0) return false
    return this.#place < (this.#rows()?.length ?? 0) - 1 || this.#further?.has() === true
  }

  href = (id: string | null): string => withParams(page.url, { peek: id, ...this.#alongside })

  /** Leads to the next or the previous row. Behind the last that is loaded, further ones are loaded first. */
  walk = async (step: 1 | -1): Promise<void> => {
    const from = this.id
    for (
      let pages = 0;
      step === 1 && pages < pagesMax && !this.#beside(step) && this.#further?.has();
      pages++
    )
      await this.#further.load()
    // Another row may have been opened, or the panel closed, while they were loaded.
    const next = this.id === from ? this.#beside(step) : undefined
    if (next) await goto(this.href(next.id), { replace: true, reset: false })
  }

  #beside(step: 1 | -1): Row | undefined {
    return this.#place < 0 ? undefined : this.#rows()?.[this.#place + step]
  }

  /** The focus goes to the row that was read last, which need not be the one that was opened. */
  close = async (): Promise<void> => {
    const last = this.id
    await goto(this.href(null), { reset: false })
    if (last !== null)
      document.querySelector<HTMLElement>(`[data-row-id="${CSS.escape(last)}"] .row-link`)?.focus()
  }
}
