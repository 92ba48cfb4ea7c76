// The route table: from a public model name to its routes, each an upstream and the model's name there.
import { DEFAULT_MODEL_NAMES } from '../../domain/models/model-input.ts'
import { anyNameTest, filledIn, isPattern, matchedPart } from '../../domain/models/name-pattern.ts'
import type { RouteMatch } from '../../domain/models/route-target.ts'
import type { PricedModel } from '../../domain/pricing/prices.ts'
import { ECHO_BASE_URL, type Upstream } from '../../domain/upstreams/upstream.ts'
import {
  type ManagedModel,
  type ManagedModels,
  type ManagedRoute,
  NO_MODELS,
  type WeightedUpstream,
} from './route-snapshot.ts'
import type { Session } from './session-key.ts'
import { orderedBySession, shuffledByWeight } from './weighted-order.ts'

export type Route = {
  /** With the credential that it is sent. */
  upstream: Upstream
  /** The model's name at the upstream; null where the call names none. */
  model: string | null
  /** The most output tokens that the call may ask for; absent: whatever the upstream allows. */
  maxOutputTokens?: number
  /** What an admin says that it costs; absent: what the catalog does. */
  price?: PricedModel
  /**
   * The upstream is sent a client secret in place of the gateway's credential: to refuse it says nothing of the upstream, and is
   * for the client to know.
   */
  hasClientSecret?: true
}

/** The routes that a call may take, in the order to be tried. */
export type CandidateRoutes = {
  first: Route
  others: readonly Route[]
}

export type Routes = {
  /**
   * The candidate routes of a call: lower priorities first, among equals by weight and chance, or by weight and the conversation
   * that the call belongs to (`session`), unless the model's session affinity is off; null where no upstream has this model.
   */
  resolveRoutes(model: string | null, session?: Session): CandidateRoutes | null
  /** Every upstream with each of its credentials: where an object may be of which nothing else is known, the likeliest first. */
  readonly objectRoutes: CandidateRoutes
  /** What the calls of this model match, also where it takes none now; null: nothing. */
  routeMatchOf(model: string | null): RouteMatch | null
  /** Models with a name of their own that an admin has set up, and that can be reached. */
  readonly publicNames: readonly string[]
  /** Upstreams whose own model lists are read, in the order in which they are tried. */
  readonly upstreams: readonly Upstream[]
  /** The public names of a model that one of `upstreams` lists. */
  namesOf(upstream: Upstream, listed: string): string[]
  /** What `auto` stands for; null: it is passed on as it is. */
  readonly defaultModel: string | null
}

/** The built-in upstream of a gateway without any other. */
export const ECHO_UPSTREAM: Upstream = {
  name: 'echo',
  baseUrl: ECHO_BASE_URL,
  credential: null,
  models: ['echo'],
}

/**
 * Routes over the models that admins manage, and after them over the upstreams of the environment.
 *
 * A model of an admin's goes by its name; a name that none has, by the pattern with the most letters that fits. One that is
 * disabled, or cannot be reached, takes no call, and no other route takes its place; a disabled pattern is ignored.
 * Where no model fits, a call goes to the first upstream of the environment one of whose patterns fits; one that is the
 * only one (and not the echo) is sent any name, since it knows its models better.
 *
 * A call without a model goes to the pattern `*`, else to the environment's upstream that takes any name, else to its first;
 * without an upstream of the environment, to the first of kind OPENAI that an admin has set up, else to the first of all.
 */
export function createRoutes(
  configured: readonly Upstream[],
  configuredDefault: string | null,
  managed: ManagedModels = NO_MODELS,
  /** From 0 to below 1. */
  random: () => number = Math.random,
): Routes {
  const environment = configured.length === 0 ? [ECHO_UPSTREAM] : configured
  const matchers = environment.map((upstream) => ({ upstream, fits: anyNameTest(upstream.models) }))
  const [first] = environment
  const alone = environment.length === 1 && first !== ECHO_UPSTREAM ? first : undefined
  const [stand] = managed.upstreams.toSorted((a, b) => kindRank(a) - kindRank(b))
  const general =
    configured.length === 0
      ? (stand ?? first)
      : (environment.find((upstream) => upstream.models.includes('*')) ?? first)
  const byName = new Map(
    managed.models.filter(({ name }) => !isPattern(name)).map((model) => [model.name, model]),
  )
  const patterns = managed.models
    .filter(({ name, enabled }) => isPattern(name) && enabled)
    .sort((a, b) => b.name.length - a.name.length)
  const any = patterns.find(({ name }) => name === '*')
  const chosenDefault = managed.models.find((model) => model.isDefault && reaches(model))?.name
  const defaultModel = chosenDefault ?? configuredDefault
  const standIns: ReadonlySet<string> = new Set(DEFAULT_MODEL_NAMES)
  const listed = listedUpstreams(patterns)

  function isOff(name: string): boolean {
    const own = byName.get(name)
    return own !== undefined && !reaches(own)
  }

  function find(requested: string | null): Found | null {
    const found = locate(requested)
    return found !== null && 'part' in found && !reaches(found.model) ? null : found
  }

  function locate(requested: string | null): Found | null {
    if (requested === null) {
      if (any !== undefined && reaches(any)) return { model: any, part: null }
      return general === undefined ? null : { upstream: general, name: null }
    }
    const name = defaultModel !== null && standIns.has(requested) ? defaultModel : requested
    const own = byName.get(name)
    if (own !== undefined) return { model: own, part: '' }
    for (const model of patterns) {
      const part = matchedPart(model.name, name)
      if (part !== null) return { model, part }
    }
    const upstream = matchers.find(({ fits }) => fits(name))?.upstream ?? alone
    return upstream === undefined ? null : { upstream, name }
  }

  function resolveRoutes(requested: string | null, session?: Session): CandidateRoutes | null {
    const found = find(requested)
    if (found === null) return null
    if ('upstream' in found)
      return { first: { upstream: found.upstream, model: found.name }, others: NO_OTHERS }
    const { model, part } = found
    const [route, otherRoute] = model.routes
    const [only, otherCredential] = route?.upstreams ?? []
    // The common case, one route with one credential, allocates no list.
    if (
      route !== undefined &&
      only !== undefined &&
      otherRoute === undefined &&
      otherCredential === undefined
    )
      return { first: routeTo(model, route, only.upstream, part), others: NO_OTHERS }
    const key = model.sessionAffinity ? (session?.sessionKey() ?? null) : null
    if (key !== null && (otherCredential !== undefined || otherRoute?.priority === route?.priority))
      session?.noteChosen()
    const order: Order = (items, nameOf) =>
      key === null ? shuffledByWeight(items, random) : orderedBySession(items, key, nameOf)
    const [first, ...others] = inOrder(model.routes, order).flatMap((each) =>
      order(each.upstreams, credentialName).map(({ upstream }) => routeTo(model, each, upstream, part)),
    )
    return first === undefined ? null : { first, others }
  }

  return {
    resolveRoutes,
    routeMatchOf(requested) {
      const found = locate(requested)
      if (found === null) return null
      return 'part' in found
        ? { kind: 'MODEL', name: found.model.name, part: found.part }
        : { kind: 'UPSTREAM', name: found.upstream.name, model: found.name }
    },
    objectRoutes: objectRoutesOf([
      ...(any !== undefined && reaches(any) ? any.routes.flatMap(({ upstreams }) => upstreams) : []).map(
        ({ upstream }) => upstream,
      ),
      ...configured,
      ...managed.upstreams.toSorted((a, b) => kindRank(a) - kindRank(b)),
    ]),
    publicNames: [...byName.values()].filter(reaches).map(({ name }) => name),
    upstreams: [...listed.keys(), ...environment],
    namesOf(upstream, model) {
      const candidates = listed.get(upstream)
      // Of an upstream of the environment, models go by their own names, unless an admin has switched those off.
      if (candidates === undefined) return isOff(model) ? [] : [model]
      return candidates
        .flatMap(({ name, upstreamModel }) => {
          const part = matchedPart(upstreamModel, model)
          return part === null ? [] : [filledIn(name, part)]
        })
        .filter((name) => !isOff(name))
    },
    defaultModel,
  }
}

const NO_OTHERS: readonly Route[] = []

/** Most of what upstreams store is stored by OpenAI's API alone. */
function kindRank({ settings }: Upstream): number {
  return Number(settings?.kind !== 'OPENAI')
}

/** Each upstream once with each of its credentials. */
function objectRoutesOf(upstreams: readonly Upstream[]): CandidateRoutes {
  const routes = new Map<string, Route>()
  for (const upstream of upstreams) {
    const { upstreamId, credentialId } = upstream.settings ?? {}
    const key = JSON.stringify([upstreamId ?? upstream.name, credentialId])
    if (!routes.has(key)) routes.set(key, { upstream, model: null })
  }
  const [first = { upstream: ECHO_UPSTREAM, model: null }, ...others] = routes.values()
  return { first, others }
}

/** A managed model with what its `*` matched (null: the call names no model), or an upstream of the environment. */
type Found = { model: ManagedModel; part: string | null } | { upstream: Upstream; name: string | null }

function reaches({ enabled, routes }: ManagedModel): boolean {
  return enabled && routes.length > 0
}

function routeTo(
  { maxOutputTokens, price }: ManagedModel,
  { upstreamModel }: ManagedRoute,
  upstream: Upstream,
  part: string | null,
): Route {
  const route: Route = { upstream, model: part === null ? null : filledIn(upstreamModel, part) }
  if (maxOutputTokens !== null) route.maxOutputTokens = maxOutputTokens
  if (price !== null) route.price = price
  return route
}

type Order = <T extends { weight: number }>(equals: readonly T[], nameOf: (item: T) => string) => T[]

/** The routes by priority, those of one priority in this order. */
function inOrder(routes: readonly ManagedRoute[], order: Order): ManagedRoute[] {
  const groups = Map.groupBy(routes, ({ priority }) => priority)
  return [...groups.entries()].sort(([a], [b]) => a - b).flatMap(([, equals]) => order(equals, routeName))
}

function routeName({ upstreams, upstreamModel }: ManagedRoute): string {
  return `${upstreams[0]?.upstream.settings?.upstreamId} ${upstreamModel}`
}

function credentialName({ upstream }: WeightedUpstream): string {
  return String(upstream.settings?.credentialId)
}

type ListedCandidate = { name: string; upstreamModel: string }

/** Upstreams behind patterns, with the first of their credentials, and by which names their models are public. */
function listedUpstreams(patterns: readonly ManagedModel[]): Map<Upstream, ListedCandidate[]> {
  const listed = new Map<Upstream, ListedCandidate[]>()
  for (const { name, routes } of patterns) {
    for (const { upstreams, upstreamModel } of routes) {
      const upstream = upstreams[0]?.upstream
      if (upstream === undefined || !isPattern(upstreamModel)) continue
      listed.set(upstream, [...(listed.get(upstream) ?? []), { name, upstreamModel }])
    }
  }
  return listed
}
