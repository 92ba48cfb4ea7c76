// Pages of rows by their id, newest first.

/** Ids at both ends are excluded; they need not exist any more. */
export type IdPage<Id = number> = {
  limit: number
  olderThan?: Id
  newerThan?: Id
  /** Take the page from the oldest end of what remains; its order is still newest first. */
  oldestFirst?: boolean
}

/** The arguments of a query of Prisma for a page, whose rows go through `newestFirst`. */
export function pageArgs<Id>({ limit, olderThan, newerThan, oldestFirst }: IdPage<Id>) {
  const id: { lt?: Id; gt?: Id } = {}
  if (olderThan !== undefined) id.lt = olderThan
  if (newerThan !== undefined) id.gt = newerThan
  return {
    where: { id },
    orderBy: { id: oldestFirst === true ? 'asc' : 'desc' },
    take: limit,
  } as const
}

/** The rows of that query, newest first. Reverses the list in place. */
export function newestFirst<Row>({ oldestFirst }: IdPage<unknown>, rows: Row[]): Row[] {
  return oldestFirst === true ? rows.reverse() : rows
}
