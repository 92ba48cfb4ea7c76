// Where a call goes: a public model name to an upstream and the name it has there.
import type { Upstream } from '../domain/upstream.ts'

/** Names that stand for the default model, whatever it is. The second is the original product's. */
export const DEFAULT_MODEL_NAMES = ['auto', 'local-gemini-auto'] as const

export type Route = {
  upstream: Upstream
  /** The model's name at the upstream; null where the call names none. */
  model: string | null
}

export type Routes = {
  /** Null where no upstream takes this model. */
  routeOf(model: string | null): Route | null
  /** In the order they are asked. */
  upstreams: readonly Upstream[]
}

/** The built-in upstream of a gateway that has no other. */
export const ECHO_UPSTREAM: Upstream = { name: 'echo', baseUrl: 'echo:', credential: null, models: ['echo'] }

/**
 * Routes over the configured upstreams. A model goes to the first upstream one of whose patterns fits; an upstream that
 * is alone (and not the echo) is asked for any name, since it knows its models better. A call without a model goes to
 * the upstream that takes any name, else to the first.
 */
export function createRoutes(configured: readonly Upstream[], defaultModel: string | null): Routes {
  const upstreams = configured.length === 0 ? [ECHO_UPSTREAM] : configured
  const matchers = upstreams.map((upstream) => ({ upstream, fits: matcher(upstream.models) }))
  const [first] = upstreams
  const alone = upstreams.length === 1 && first !== ECHO_UPSTREAM ? first : undefined
  const general = upstreams.find((upstream) => upstream.models.includes('*')) ?? first
  const standIns: ReadonlySet<string> = new Set(DEFAULT_MODEL_NAMES)
  return {
    upstreams,
    routeOf(asked) {
      if (asked === null) return general === undefined ? null : { upstream: general, model: null }
      const model = defaultModel !== null && standIns.has(asked) ? defaultModel : asked
      const upstream = matchers.find(({ fits }) => fits(model))?.upstream ?? alone
      return upstream === undefined ? null : { upstream, model }
    },
  }
}

function matcher(patterns: readonly string[]): (model: string) => boolean {
  const alternatives = patterns.map((pattern) =>
    pattern
      .split('*')
      .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*'),
  )
  const expression = new RegExp(`^(?:${alternatives.join('|')})$`, 's')
  return (model) => expression.test(model)
}
