// The row of a list whose form or sheet is open: `edit` in the URL, or a parameter of the sheet's own, so that a link opens it and Back
// closes it.
import { untrack } from 'svelte'
import { Resource } from '#lib/resource.svelte.ts'
import { withParams } from '#lib/url-state.ts'
import { goto } from '$app/navigation'
import { page } from '$app/state'

const newRow = 'new'

export class EditedRow<Row extends { id: string }> {
  readonly #found: Resource<Row | null>
  readonly #param: string

  /** `rows`: those of the list; `get` reads one that is not among them; `param` names it in the URL. Call it while a component initialises. */
  constructor(
    rows: () => readonly Row[] | undefined,
    get: (id: string, signal: AbortSignal) => Promise<Row>,
    param = 'edit',
  ) {
    this.#param = param
    this.#found = new Resource(async (signal) => {
      const { id } = this
      if (id === null) return null
      return untrack(() => rows()?.find((row) => row.id === id)) ?? get(id, signal)
    })
  }

  /** Null where no form is open, or that of a new row. */
  get id(): string | null {
    const id = page.url.searchParams.get(this.#param)
    return id === newRow ? null : id
  }

  get isNew(): boolean {
    return page.url.searchParams.get(this.#param) === newRow
  }

  /** Undefined where none is open, or until it has loaded. */
  get row(): Row | undefined {
    const { data } = this.#found
    return data?.id === this.id ? (data ?? undefined) : undefined
  }

  /** Why the row could not be read; undefined where it could. */
  get error(): unknown {
    return this.id === null ? undefined : this.#found.error
  }

  retry = (): void => this.#found.reload()

  href = (id: string | null): string => withParams(page.url, { [this.#param]: id })

  open = (id: string = newRow): void => void goto(this.href(id), { reset: false })

  close = (): void => void goto(this.href(null), { reset: false })
}
