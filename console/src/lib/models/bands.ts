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

/**
 * The routes after one has moved a step towards the front (-1) or the back (1): into the neighbouring band, or out of a band that it
 * shares into one of its own. Priorities are renumbered from 0.
 */
export function movedRoutes<R extends Route>(routes: readonly R[], moved: R, step: -1 | 1): R[] {
  const bands = bandsOf(routes).map((band) => band.routes.map(({ route }) => route))
  const at = bands.findIndex((band) => band.includes(moved))
  if (at < 0) return [...routes]
  const rest = (bands[at] ?? []).filter((route) => route !== moved)
  if (rest.length > 0) {
    bands.splice(at, 1, ...(step === -1 ? [[moved], rest] : [rest, [moved]]))
  } else {
    const next = bands[at + step]
    if (!next) return [...routes]
    next.push(moved)
    bands.splice(at, 1)
  }
  return bands.flatMap((band, priority) => band.map((route) => ({ ...route, priority })))
}
