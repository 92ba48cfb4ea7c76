// The question that a URL asks of the request logs, resolved once for list, histogram, facets and export.
import type { Page, RequestLog, RequestLogFilter } from '@latchkey/sdk'
import { untrack } from 'svelte'
import type { FurtherRows } from '#lib/components/data/peeked-row.svelte.ts'
import { toastError } from '#lib/components/overlay/toasts.svelte.ts'
import { latchkey } from '#lib/latchkey.ts'
import { Resource } from '#lib/resource.svelte.ts'
import type { Preset, TimeRange } from '#lib/time/time-range.ts'
import { withParams } from '#lib/url-state.ts'
import { page } from '$app/state'
import { isOpen, readSpan, spanBounds, spanFilter } from './log-span.ts'
import { learnName, rememberName } from './query/key-names.svelte.ts'
import { type LogQuery, readQuery, type Term } from './query/log-query.ts'
import { type Resolved, resolveQuery } from './query/resolve-query.ts'

type Options = {
  /** The range where the URL has none. */
  fallback: Preset
  /** What holds on this screen in any case. */
  pinned: RequestLogFilter
}
export type Question = Resolved & {
  /** Undefined: all of time. */ bounds: { from: string; to: string } | undefined
}

const pageSize = 100
// What a browser holds without effort; who looks for older ones narrows the range.
const rowsMax = 3000

// What changes nothing of what is asked.
const apart = { peek: null, view: null, live: null, tab: null, part: null, request: null } as const

export class LogSearch {
  readonly #options: () => Options
  /** The part of the URL that asks. */
  readonly search = $derived(withParams(page.url, apart).split('?')[1] ?? '')
  readonly #read = $derived(readQuery(new URLSearchParams(this.search)))
  readonly #span = $derived.by(() => readSpan(new URLSearchParams(this.search), this.#options().fallback))
  readonly question: Resource<Question>
  readonly list: Resource<Page<RequestLog>>
  /** Pages that were loaded behind the first one. */
  older = $state.raw<readonly RequestLog[]>([])
  olderError = $state.raw<unknown>()
  loadingOlder = $state(false)
  #loading: Promise<void> | undefined
  /** Null: nothing older; undefined: the first page's own cursor. */
  #last = $state.raw<Page<RequestLog>>()

  /** Call it while a component initialises. */
  constructor(options: () => Options) {
    this.#options = options
    this.question = new Resource((signal) => {
      const { query } = this.#read
      const { pinned } = this.#options()
      const span = this.#span
      const bounds = spanBounds(span)
      for (const { field, value } of query.terms)
        if (field === 'key' || field === 'owner') learnName(field, value)
      return resolveQuery(query, spanFilter(span, bounds), pinned, signal).then((found) => ({
        ...found,
        bounds,
      }))
    })
    this.list = new Resource((signal) => {
      const asked = this.question.data
      return this.#firstPage(asked, signal)
    })
    $effect(() => {
      const first = this.list.data
      untrack(() => {
        this.older = []
        this.olderError = undefined
        this.#last = first
      })
      for (const { apiKey } of first?.items ?? []) if (apiKey) rememberName(apiKey.id, apiKey.name)
    })
  }

  get query(): LogQuery {
    return this.#read.query
  }

  /** Parameters of the URL that are no filter. */
  get bad(): readonly Term[] {
    return this.#read.bad
  }

  get range(): TimeRange {
    return this.#span.range
  }

  /** All of time, which no range of a picker is. */
  get allTime(): boolean {
    return this.#span.all
  }

  /** The parameters of a record's own page, by which it knows the list that it was opened from. */
  get recordParams(): string {
    const params = new URLSearchParams(this.search)
    const { fallback, pinned } = this.#options()
    if (!params.has('range') && !params.has('from')) params.set('range', fallback)
    for (const key of pinned.apiKeyId ?? []) params.set('key', key)
    return params.toString()
  }

  get badRange(): boolean {
    return this.#span.invalid
  }

  /** Whether the range goes on to now, so that new calls belong to it. */
  get open(): boolean {
    return isOpen(this.#span)
  }

  /** The rows that are loaded; undefined until then, and where the question could not be resolved. */
  get rows(): readonly RequestLog[] | undefined {
    const first = this.question.data && this.list.data
    return first && (this.older.length > 0 ? [...first.items, ...this.older] : first.items)
  }

  get hasOlder(): boolean {
    const last = this.#last
    return last?.hasNextPage() === true && (this.rows?.length ?? 0) < rowsMax
  }

  /** True where the rows end because a browser holds no more. */
  get full(): boolean {
    return (this.rows?.length ?? 0) >= rowsMax && this.#last?.hasNextPage() === true
  }

  /** How far back the search came, where it stopped early. */
  get searchedFrom(): string | null {
    return this.#last?.searchedFrom ?? null
  }

  get loading(): boolean {
    return this.question.loading || this.list.loading
  }

  /** True while the rows are those of a former question. */
  get outdated(): boolean {
    return this.question.outdated || this.list.outdated
  }

  get error(): unknown {
    return this.question.error ?? this.list.error
  }

  reload = (): void => this.question.reload()

  /** What J goes on to behind the last row. A failure is said at the edge, too: the record may lie over the end of the list. */
  readonly further: FurtherRows = {
    has: () => this.hasOlder,
    load: async () => {
      await this.loadOlder()
      if (this.olderError) void toastError(this.olderError)
    },
  }

  /** Loads the next page; resolves once it is there, also where it was asked for before. A failure is `olderError`. */
  loadOlder = (): Promise<void> => {
    this.#loading ??= this.#loadOlder().finally(() => (this.#loading = undefined))
    return this.#loading
  }

  async #loadOlder(): Promise<void> {
    const last = this.#last
    if (!last?.hasNextPage()) return
    this.loadingOlder = true
    this.olderError = undefined
    try {
      const next = await last.nextPage()
      if (this.#last !== last) return
      this.#last = next
      this.older = [...this.older, ...next.items]
    } catch (error) {
      if (this.#last === last) this.olderError = error
    } finally {
      this.loadingOlder = false
    }
  }

  #firstPage(asked: Question | undefined, signal: AbortSignal): PromiseLike<Page<RequestLog>> {
    if (asked === undefined) return new Promise(() => {})
    // Nothing is called so: the server would find nothing, and is not asked.
    if (asked.missing.length > 0) return Promise.resolve(emptyPage)
    return latchkey.logs.list({ first: pageSize, filter: asked.filter }, { signal })
  }
}

const emptyPage: Page<RequestLog> = {
  items: [],
  totalCount: 0,
  searchedFrom: null,
  startCursor: null,
  endCursor: null,
  hasNextPage: () => false,
  hasPreviousPage: () => false,
  nextPage: () => Promise.reject(new RangeError('There is no next page.')),
  previousPage: () => Promise.reject(new RangeError('There is no previous page.')),
}
