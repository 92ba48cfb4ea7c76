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

/** What is shown of a value that means nothing. */
const shownLength = 60

/** The parameters that have none of the values they may have, as `name=value`. `known`: those values, by the name of the parameter. */
export function unknownParams(
  params: Pick<URLSearchParams, 'get'>,
  known: Readonly<Record<string, readonly string[]>>,
): string[] {
  return Object.entries(known).flatMap(([name, values]) => {
    const value = params.get(name)
    return value && !values.includes(value) ? [`${name}=${shortened(value)}`] : []
  })
}

/** The names of the parameters that are longer than what is read of them. `longest`: characters, by the name of the parameter. */
export function longParams(
  params: Pick<URLSearchParams, 'get'>,
  longest: Readonly<Record<string, number>>,
): string[] {
  return Object.keys(longest).filter((name) => (params.get(name)?.trim().length ?? 0) > (longest[name] ?? 0))
}

const shortened = (value: string) => (value.length > shownLength ? `${value.slice(0, shownLength)}…` : value)

/** The page arguments that `after` and `before` stand for. */
export function pageArgs(params: Pick<URLSearchParams, 'get'>, size: number) {
  const before = params.get('before')
  if (before) return { last: size, before }
  const after = params.get('after')
  return after ? { first: size, after } : { first: size }
}
