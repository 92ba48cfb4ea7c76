// A screen's state is its URL; these compute the URL of the next state.

type Address = { pathname: string; searchParams: Pick<URLSearchParams, 'toString'> }

/** This address with some parameters changed; null and '' remove one. */
export function withParams(url: Address, change: Record<string, string | null | undefined>): string {
  const params = new URLSearchParams(url.searchParams.toString())
  for (const [name, value] of Object.entries(change)) {
    if (value) params.set(name, value)
    else params.delete(name)
  }
  const search = params.toString()
  return search ? `${url.pathname}?${search}` : url.pathname
}

/** The page arguments that `after` and `before` stand for. */
export function pageArgs(params: Pick<URLSearchParams, 'get'>, size: number) {
  const before = params.get('before')
  if (before) return { last: size, before }
  const after = params.get('after')
  return after ? { first: size, after } : { first: size }
}
