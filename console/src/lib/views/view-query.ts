// What of a URL belongs to a saved view.

/** Where one is in a list, and what is open beside it, is no part of a view. */
const passing = ['after', 'before', 'peek', 'part', 'live', 'request', 'select']

/** The filter and order in a URL's query, without the question mark; its parameters sorted, as the server keeps them. */
export function viewQuery(search: string): string {
  const params = new URLSearchParams(search)
  for (const name of passing) params.delete(name)
  params.sort()
  return params.toString()
}

/** The address that opens a view on the screen at `pathname`. */
export function viewHref(pathname: string, query: string): string {
  return query === '' ? pathname : `${pathname}?${query}`
}
