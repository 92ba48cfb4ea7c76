// A request for a session that is opened later. It names the model, which is judged here for a key with a policy, since the
// secret that the upstream makes works at the upstream too; the call goes where that model has a route, under its name there.
import type { Endpoint } from '../../../domain/endpoints/endpoints.ts'
import { type CallError, callError } from '../../../domain/errors.ts'
import { isObject } from '../../../domain/is-object.ts'
import { printable } from '../../../domain/logs/printable-text.ts'
import { unknownModel } from '../../../domain/models/unknown-model.ts'
import { leastCost, modelUseOf, requestForModel } from '../../../domain/policy/judge-call.ts'
import type { Exchange } from '../../../http/server/exchange.ts'
import type { GovernedKey } from '../../admission/admission.ts'
import { applyRules, refuseBeforeBody, refusedModel } from '../../admission/apply-rules.ts'
import { isLarge, readHeldBody } from '../../admission/held-body.ts'
import { forward } from '../../attempt/forward.ts'
import { unmeteredCall } from '../../attempt/outbound-call.ts'
import { bindingExchange } from '../../client-secrets/bind-secrets.ts'
import type { Gateway } from '../../gateway.ts'
import type { KnownKey } from '../../identity/key-directory.ts'
import {
  candidatesWithObjects,
  type ObjectRoute,
  referencesIn,
  routeOfObjects,
  sharesObjects,
} from '../../objects/named-objects.ts'
import { ObjectBinder } from '../../objects/object-binder.ts'
import { LATER_WORK } from '../../pricing/billable-units.ts'
import { respondWithError } from '../../response/respond-with-error.ts'
import { candidatesFor, openCandidates } from '../../routing/resolve-routes.ts'
import type { CandidateRoutes, Route } from '../../routing/route-table.ts'
import type { Call } from '../call.ts'
import { refuse } from '../refuse.ts'
import { queriedExchange } from './queried-exchange.ts'
import { readSessionRequest } from './session-request.ts'
import { namesAtUpstream, routeAt } from './upstream-names.ts'

// Instructions and tools at their largest; to parse it takes some milliseconds.
const SESSION_MAX_BYTES = 1024 * 1024

/**
 * Judges every model that the request names, forwards the call by one route, and binds the secret or the call that is made to
 * the key. Rejects
 * only on an internal error.
 */
export async function startSessionCall(
  gateway: Gateway,
  call: Call,
  exchange: Exchange,
  endpoint: Endpoint,
  { id, governed: key }: KnownKey,
): Promise<void> {
  const limit = Math.min(SESSION_MAX_BYTES, gateway.limits.jsonBodyBytes)
  const early = key !== null && isLarge(exchange) ? await refuseBeforeBody(gateway, key, exchange) : null
  if (early !== null) return refuse(call, exchange, early)
  const bytes = await readHeldBody(gateway, call, exchange, limit)
  if (bytes === 'disconnected') return call.finish('CANCELLED')
  if ('httpStatus' in bytes) return refuse(call, exchange, bytes)
  call.capture?.keepNoResponse()
  call.capture?.noteRequest(exchange.headers['content-type'] ?? 'application/json', bytes)
  const isCall = endpoint.secretOpens.length === 0
  const request = readSessionRequest(exchange, bytes, key, { transcribes: endpoint.modelOptional, isCall })
  if ('httpStatus' in request) return refuse(call, exchange, request)
  const { models, session } = request
  const model = models[0] ?? null
  call.note({ requestedModel: printable(model, 256) })
  const references = referencesIn(isObject(session) ? (session.session ?? session) : null) ?? []
  if ('httpStatus' in references) return refuse(call, exchange, references)
  const objects = await routeOfObjects(gateway.objects, references, id, sharesObjects(key))
  if (objects !== null && 'httpStatus' in objects) return refuse(call, exchange, objects)
  const candidates = sessionCandidates(gateway, key, model, objects)
  const route = 'first' in candidates ? candidates.first : null
  const names = route === null ? NO_NAMES : namesAt(gateway, route, models)
  if (key !== null) {
    const cost = leastCost(modelUseOf(exchange.method, exchange.path, model), exchange.path, false)
    const judged = requestForModel(exchange, model, route?.model ?? null, 1, cost)
    const refusal =
      (await applyRules(gateway, call, key, judged)) ??
      models
        .map((one) => refusedModel(key, exchange, one, names.get(one) ?? null))
        .find((error) => error !== null)
    if (refusal !== undefined) return refuse(call, exchange, refusal)
  }
  // An admin may have aborted it meanwhile.
  if (call.finished) return
  if ('httpStatus' in candidates) return respondWithError(call, exchange, candidates, 'ERROR')
  const misplaced = misplacedModel(gateway, candidates.first, models)
  if (misplaced !== null) return refuse(call, exchange, misplaced)
  const { body, query } = request.renamed(names)
  const outbound = unmeteredCall({
    route: candidates.first,
    others: [],
    repeatable: false,
    body,
    bodyBytes: body.length,
    units: isCall ? LATER_WORK : null,
    // The call is the key's, which may hang up.
    binder: isCall
      ? new ObjectBinder(gateway.objects, id, { isStored: true, isDurable: true, deletes: null })
      : null,
    ownFault: () => null,
  })
  const sent = query === exchange.query ? exchange : queriedExchange(exchange, query)
  forward(gateway, call, bindingExchange(gateway, sent, endpoint, id, candidates.first, models), outbound)
}

/** Those of the model that the session speaks with; of a session that names none, the general ones. */
function sessionCandidates(
  gateway: Gateway,
  key: GovernedKey | null,
  model: string | null,
  objects: ObjectRoute,
): CandidateRoutes | CallError {
  if (model !== null) return candidatesFor(gateway, key, model, objects) ?? unknownModel(model)
  return objects === null
    ? (candidatesFor(gateway, null, null) ?? callError('unknown_url'))
    : openCandidates(gateway, candidatesWithObjects(gateway.routes.objectRoutes, objects), null, null)
}

const NO_NAMES: ReadonlyMap<string, string> = new Map()

/** What the models are called at the upstream of the session, which was chosen by the first of them. */
function namesAt({ routes }: Gateway, { upstream, model: own }: Route, models: readonly string[]) {
  const names = namesAtUpstream(routes, upstream, models)
  const [first] = models
  return first === undefined ? names : names.set(first, own ?? first)
}

/** The error of a further model, as for transcription, that is off, or is another upstream's; null: there is none. */
function misplacedModel(
  { routes }: Gateway,
  { upstream }: Route,
  models: readonly string[],
): CallError | null {
  for (const model of models.slice(1)) {
    const match = routes.routeMatchOf(model)
    // What only a pattern matches may be the upstream's own.
    if (match?.kind !== 'MODEL' || match.name !== model) continue
    if (routes.resolveRoutes(model) === null) return unknownModel(model)
    if (routeAt(routes, upstream, model) === null) return otherUpstream(model)
  }
  return null
}

function otherUpstream(model: string): CallError {
  return callError('invalid_request', {
    param: 'model',
    message: `The model ${JSON.stringify(printable(model, 100))} has no route to the upstream of this session. Name one that has.`,
  })
}
