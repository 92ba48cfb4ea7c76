// The row of a list that is open in the panel beside it: `peek` in the URL, so that Back closes the panel.
import { withParams } from '#lib/url-state.ts'
import { goto } from '$app/navigation'
import { page } from '$app/state'

export class PeekedRow<Row extends { id: string }> {
  readonly #rows: () => readonly Row[] | undefined
  readonly #alongside: Readonly<Record<string, null>>
  readonly #place = $derived.by(() => this.#rows()?.findIndex(({ id }) => id === this.id) ?? -1)

  /** `alongside`: parameters that belong to one open row, and go with it. */
  constructor(rows: () => readonly Row[] | undefined, alongside: Readonly<Record<string, null>> = {}) {
    this.#rows = rows
    this.#alongside = alongside
  }

  get id(): string | null {
    return page.url.searchParams.get('peek')
  }

  /** Undefined where none is open, or it is not in the list. */
  get row(): Row | undefined {
    return this.#rows()?.[this.#place]
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
