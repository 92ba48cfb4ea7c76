// Where a request with a client secret goes: to the upstream and the credential that made it, with the secret itself, since the
// upstream has bound the configuration of the session to it, which no other credential opens.
import { type CallError, callError } from '../../domain/errors.ts'
import { queryError } from '../../domain/policy/judge-call.ts'
import type { Upstream } from '../../domain/upstreams/upstream.ts'
import type { Exchange } from '../../http/server/exchange.ts'
import type { GovernedKey } from '../admission/admission.ts'
import { refusedModel } from '../admission/apply-rules.ts'
import type { Gateway } from '../gateway.ts'
import { isBoundRoute } from '../objects/object-bindings.ts'
import type { CandidateRoutes, Route } from '../routing/route-table.ts'
import type { SentSecret } from './identify-session.ts'

const IN_QUERY = { methods: ['GET'], modelIn: 'QUERY' } as const

export type SecretRoutes = {
  candidates: CandidateRoutes
  /** As clients know it; null: the session names none, as far as it is known. */
  model: string | null
  /** What the model in the query is to be called at the upstream; null: as it is, if it is there. */
  renamedTo: string | null
}

/** The one route, with the session's model; the error of a request that is about another, or of an upstream that is gone. */
export function secretRoutes(
  { routes }: Pick<Gateway, 'routes'>,
  exchange: Pick<Exchange, 'query'>,
  secret: SentSecret,
  key: GovernedKey | null,
): SecretRoutes | CallError {
  const { value, bound } = secret
  const { models, upstreamModel, reportedModel } = bound
  const misnamed = queryError(IN_QUERY, exchange.query, key?.policy ?? null)
  if (misnamed !== null) return misnamed
  const named = new URLSearchParams(exchange.query).get('model') || null
  if (named !== null && !mayName(secret, named)) return otherModel(models[0] ?? reportedModel ?? '')
  const model = models[0] ?? reportedModel ?? named
  // A route of the model has its price.
  const ofModel = model === null ? null : routes.resolveRoutes(model)
  const made = [ofModel, routes.objectRoutes]
    .flatMap((candidates) => (candidates === null ? [] : [candidates.first, ...candidates.others]))
    .find(({ upstream }) => isBoundRoute(upstream, bound.route))
  if (made === undefined) return callError('invalid_api_key', { message: ROUTE_REMOVED })
  const upstream = withCredential(made.upstream, value)
  const first: Route = { ...made, upstream, model: upstreamModel ?? model, hasClientSecret: true }
  const isAlias = named !== null && named === models[0] && upstreamModel !== null
  return { candidates: { first, others: [] }, model, renamedTo: isAlias ? upstreamModel : null }
}

/** The error of the first model of the session that the rule about models denies; null: none. */
export function refusedSessionModel(
  key: GovernedKey | null,
  exchange: Exchange,
  { bound }: SentSecret,
): CallError | null {
  for (const [at, model] of bound.models.entries()) {
    const refusal = refusedModel(key, exchange, model, at === 0 ? bound.upstreamModel : null)
    if (refusal !== null) return refusal
  }
  return null
}

/** A client secret is a bearer token, whatever the upstream's own credential is sent as. */
function withCredential(upstream: Upstream, credential: string): Upstream {
  const { settings } = upstream
  const made: Upstream = { ...upstream, credential }
  if (settings !== undefined) made.settings = { ...settings, authStyle: 'BEARER' }
  return made
}

/** Whether a request with the secret may name this model: one of its session, or any where that names none. */
export function mayName(
  { bound: { models, upstreamModel, reportedModel } }: SentSecret,
  model: string,
): boolean {
  const known = [...models, upstreamModel, reportedModel].filter((one) => one !== null)
  return known.length === 0 || known.includes(model)
}

/** The model that the session speaks with, and its name at the upstream; empty: they are the same. */
export function namesOf({ bound: { models, upstreamModel } }: SentSecret): ReadonlyMap<string, string> {
  const [model] = models
  return new Map(model === undefined || upstreamModel === null ? [] : [[model, upstreamModel]])
}

/** The error of a request that names another model than the secret is for. */
export function otherModel(model: string): CallError {
  return callError('invalid_request', {
    param: 'model',
    message: `This client secret is for a session with the model ${JSON.stringify(model)}. Name that one, or none.`,
  })
}

const ROUTE_REMOVED =
  'The upstream that has made this client secret is no longer in use here. Make another one.'
