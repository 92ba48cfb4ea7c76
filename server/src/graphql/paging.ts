// Relay's paging arguments over lists that run from new to old and are read by key, never by offset.
import { badInput } from '../domain/admin-errors.ts'

const PAGE_DEFAULT = 50
const PAGE_MAX = 100

export type PagingArgs = {
  first?: number | null
  after?: string | null
  last?: number | null
  before?: string | null
}

/** What to read: one more than the page holds, to know whether more follow. */
export type KeysetPage<Key> = { limit: number; olderThan?: Key; newerThan?: Key; oldestFirst?: boolean }

type Edge<Item> = { cursor: string; node: Item }
export type Connection<Item> = {
  edges: Edge<Item>[]
  pageInfo: {
    hasNextPage: boolean
    hasPreviousPage: boolean
    startCursor: string | null
    endCursor: string | null
  }
}

/**
 * Reads one page. `find` returns newest first, from whichever end it reads. Throws BAD_USER_INPUT naming the argument
 * at fault. A page of 0 is empty, and says whether there is more (Relay allows it). The row of a cursor may have been deleted: its place in the order stays.
 */
export async function readPage<Item, Key>(
  args: PagingArgs,
  {
    keyOf,
    cursorOf,
    find,
  }: {
    /** The key that a cursor says, or null for a cursor from elsewhere. */
    keyOf(cursor: string): Key | null
    cursorOf(item: Item): string
    find(page: KeysetPage<Key>): Promise<Item[]>
  },
): Promise<Connection<Item>> {
  const backward = typeof args.last === 'number' || typeof args.before === 'string'
  if (backward && (typeof args.first === 'number' || typeof args.after === 'string')) {
    throw badInput('last', 'Page either with first and after, or with last and before; not with both.')
  }
  const size = backward ? sizeOf('last', args.last) : sizeOf('first', args.first)
  const page: KeysetPage<Key> = { limit: size + 1 }
  if (typeof args.after === 'string') page.olderThan = cursorKey('after', args.after)
  if (typeof args.before === 'string') page.newerThan = cursorKey('before', args.before)
  if (backward) page.oldestFirst = true

  const found = await find(page)
  const more = found.length > size
  // The one too many lies beyond the page's far end: the newest when paging back, else the oldest.
  const items = backward ? found.slice(found.length - Math.min(size, found.length)) : found.slice(0, size)
  const edges = items.map((node) => ({ cursor: cursorOf(node), node }))
  return {
    edges,
    pageInfo: {
      // Whoever pages from a cursor came from the other side of it.
      hasNextPage: backward ? typeof args.before === 'string' : more,
      hasPreviousPage: backward ? more : typeof args.after === 'string',
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  }

  function cursorKey(name: 'after' | 'before', cursor: string): Key {
    const key = keyOf(cursor)
    if (key === null)
      throw badInput(name, `${name} is not a cursor of this list. Pass on a cursor as the API gave it.`)
    return key
  }
}

/** How many items a page may hold at most, for the complexity of the field; an empty page costs what one item does. */
export function pageSize({ first, last }: PagingArgs): number {
  const size = first ?? last ?? PAGE_DEFAULT
  return Math.min(Math.max(size, 1), PAGE_MAX)
}

function sizeOf(name: 'first' | 'last', size: number | null | undefined): number {
  if (size === null || size === undefined) return PAGE_DEFAULT
  if (size < 0 || size > PAGE_MAX)
    throw badInput(name, `${name} must be from 0 to ${PAGE_MAX}; it is ${size}.`)
  return size
}
