// Routes in the order in which a call tries them: a band for each priority, weights within it.

type Route = { priority: number; weight: number }
export type Band<R extends Route> = { priority: number; routes: { route: R; share: number }[] }

/** The bands, the first to be tried first; `share` is a route's part of the calls of its band, 0 to 1. */
export function bandsOf<R extends Route>(routes: readonly R[]): Band<R>[] {
  const priorities = [...new Set(routes.map(({ priority }) => priority))].sort((a, b) => a - b)
  return priorities.map((priority) => {
    const within = routes.filter((route) => route.priority === priority)
    const whole = within.reduce((all, { weight }) => all + weight, 0)
    return {
      priority,
      routes: within.map((route) => ({ route, share: whole > 0 ? route.weight / whole : 0 })),
    }
  })
}

/** Where a route is put: into a band, or into one of its own before a band; `at` counts bands from 0, and before the last + 1 is behind all. */
export type Place = { kind: 'band' | 'before'; at: number }

/** What comes of a move: the routes with priorities from 0, and in which of how many bands the route is now, with how many others. */
export type Move<R extends Route> = { routes: R[]; band: number; bands: number; others: number }

/** The routes after one is put in a place; null where that is where it is. The order within a band means nothing. */
export function placeRoute<R extends Route>(
  routes: readonly R[],
  moved: R,
  { kind, at }: Place,
): Move<R> | null {
  const before = bandsOf(routes).map((band) => band.routes.map(({ route }) => route))
  const from = before.findIndex((band) => band.includes(moved))
  const alone = before[from]?.length === 1
  if (from < 0 || (kind === 'band' && at === from)) return null
  if (kind === 'before' && alone && (at === from || at === from + 1)) return null
  const bands = before.map((band) => band.filter((route) => route !== moved))
  if (kind === 'before') bands.splice(at, 0, [moved])
  else bands[at]?.push(moved)
  const filled = bands.filter((band) => band.length > 0)
  const band = filled.findIndex((each) => each.includes(moved))
  return {
    routes: filled.flatMap((each, priority) => each.map((route) => ({ ...route, priority }))),
    band,
    bands: filled.length,
    others: (filled[band]?.length ?? 1) - 1,
  }
}

/**
 * A step of a route towards the front (-1) or the back (1): out of a band that it shares into one of its own, or into the neighbouring
 * band; null at the end.
 */
export function moveRoute<R extends Route>(routes: readonly R[], moved: R, step: -1 | 1): Move<R> | null {
  const bands = bandsOf(routes)
  const from = bands.findIndex((band) => band.routes.some(({ route }) => route === moved))
  const shared = (bands[from]?.routes.length ?? 0) > 1
  if (shared) return placeRoute(routes, moved, { kind: 'before', at: step === -1 ? from : from + 1 })
  const at = from + step
  return at < 0 || at >= bands.length ? null : placeRoute(routes, moved, { kind: 'band', at })
}

/** The place at a height, of bands from top to bottom: near the edge of a band, and between two, is a band of its own. */
export function placeAt(bands: readonly { top: number; bottom: number }[], y: number): Place {
  for (const [at, { top, bottom }] of bands.entries()) {
    const edge = Math.min(edgePx, (bottom - top) / 4)
    if (y < top + edge) return { kind: 'before', at }
    if (y <= bottom - edge) return { kind: 'band', at }
  }
  return { kind: 'before', at: bands.length }
}

/** Half of what a finger covers. */
const edgePx = 18
