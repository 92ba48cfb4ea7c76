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
import type { CandidateRoutes } from '../routing/route-table.ts'
import type { SentSecret } from './identify-session.ts'

const IN_QUERY = { methods: ['GET'], modelIn: 'QUERY' } as const

/** The one route, with the session's model; the error of a request that is about another, or of an upstream that is gone. */
export function secretRoutes(
  { routes }: Pick<Gateway, 'routes'>,
  exchange: Pick<Exchange, 'query'>,
  { value, bound }: SentSecret,
  key: GovernedKey | null,
): CandidateRoutes | CallError {
  const { models, reportedModel } = bound
  const misnamed = queryError(IN_QUERY, exchange.query, key?.policy ?? null)
  if (misnamed !== null) return misnamed
  const named = new URLSearchParams(exchange.query).get('model') || null
  const known = reportedModel === null ? models : [...models, reportedModel]
  if (named !== null && known.length > 0 && !known.includes(named)) return otherModel(known[0] ?? '')
  const model = models[0] ?? reportedModel ?? named
  // A route of the model has its price.
  const ofModel = model === null ? null : routes.resolveRoutes(model)
  const made = [ofModel, routes.objectRoutes]
    .flatMap((candidates) => (candidates === null ? [] : [candidates.first, ...candidates.others]))
    .find(({ upstream }) => isBoundRoute(upstream, bound.route))
  if (made === undefined) return callError('invalid_api_key', { message: ROUTE_REMOVED })
  const upstream = withCredential(made.upstream, value)
  return { first: { ...made, upstream, model, hasClientSecret: true }, others: [] }
}

/** The error of the first model of the session that the rule about models denies; null: none. */
export function refusedSessionModel(
  key: GovernedKey | null,
  exchange: Exchange,
  { bound }: SentSecret,
): CallError | null {
  for (const model of bound.models) {
    const refusal = refusedModel(key, exchange, model)
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

function otherModel(model: string): CallError {
  return callError('invalid_request', {
    param: 'model',
    message: `This client secret is for a session with the model ${JSON.stringify(model)}. Name that one, or none.`,
  })
}

const ROUTE_REMOVED =
  'The upstream that has made this client secret is no longer in use here. Make another one.'
