// Lists: awaited they are a page, iterated they are everything.

/** Where a page starts and how long it is: `first`/`after` walks forward, `last`/`before` back. */
export type PageArgs = {
  first?: number | undefined
  after?: string | undefined
  last?: number | undefined
  before?: string | undefined
}

type Connection<T> = {
  readonly nodes: readonly T[]
  readonly pageInfo: {
    readonly hasNextPage: boolean
    readonly hasPreviousPage: boolean
    readonly startCursor: string | null
    readonly endCursor: string | null
  }
  readonly totalCount?: number
  readonly searchedFrom?: string | null
}

export type Page<T> = {
  readonly items: readonly T[]
  /** How many there are in all pages; undefined on lists too long to count. */
  readonly totalCount: number | undefined
  /** How far back the search came, where it stopped early; null: it did not. */
  readonly searchedFrom: string | null
  readonly startCursor: string | null
  readonly endCursor: string | null
  hasNextPage(): boolean
  hasPreviousPage(): boolean
  /** The page after this one. Rejects with a RangeError when there is none. */
  nextPage(): Promise<Page<T>>
  /** The page before this one. Rejects with a RangeError when there is none. */
  previousPage(): Promise<Page<T>>
}

/** Not sent before it is awaited or iterated: `await list` is one page, `for await (const x of list)` all of them. */
export class List<T> implements PromiseLike<Page<T>>, AsyncIterable<T> {
  readonly #load: (args: PageArgs) => Promise<Connection<T>>
  readonly #args: PageArgs
  #firstPage: Promise<Page<T>> | undefined

  constructor(load: (args: PageArgs) => Promise<Connection<T>>, args: PageArgs) {
    this.#load = load
    this.#args = args
  }

  // biome-ignore lint/suspicious/noThenProperty: awaiting a list is what gives its page.
  then<A = Page<T>, B = never>(
    fulfilled?: ((page: Page<T>) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#page().then(fulfilled, rejected)
  }

  /** Every page from the first requested one on, one request each, as they are consumed. */
  async *pages(): AsyncGenerator<Page<T>, void, undefined> {
    let page = await this.#page()
    yield page
    while (page.hasNextPage()) {
      page = await page.nextPage()
      yield page
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for await (const page of this.pages()) yield* page.items
  }

  #page(): Promise<Page<T>> {
    this.#firstPage ??= this.#fetch(this.#args)
    return this.#firstPage
  }

  async #fetch(args: PageArgs): Promise<Page<T>> {
    const { nodes, pageInfo, totalCount, searchedFrom = null } = await this.#load(args)
    const size = args.last ?? args.first
    return {
      items: nodes,
      totalCount,
      searchedFrom,
      startCursor: pageInfo.startCursor,
      endCursor: pageInfo.endCursor,
      // Without a cursor, as on a page of none, there is no place to continue from.
      hasNextPage: () => pageInfo.hasNextPage && pageInfo.endCursor !== null,
      hasPreviousPage: () => pageInfo.hasPreviousPage && pageInfo.startCursor !== null,
      nextPage: async () => {
        if (!pageInfo.hasNextPage || pageInfo.endCursor === null) throw new RangeError('No next page.')
        return this.#fetch({ first: size, after: pageInfo.endCursor })
      },
      previousPage: async () => {
        if (!pageInfo.hasPreviousPage || pageInfo.startCursor === null) {
          throw new RangeError('No previous page.')
        }
        // Going back needs a length, or there is nothing that says that the walk is backwards.
        return this.#fetch({ last: size ?? 50, before: pageInfo.startCursor })
      },
    }
  }
}
