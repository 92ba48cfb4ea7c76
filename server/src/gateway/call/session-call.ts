// A request for a session that is opened later. Its body names the model, which is judged here for a key with a policy: the secret
// that the upstream makes for the session works at the upstream too.
import type { Endpoint } from '../../domain/endpoints.ts'
import { callError } from '../../domain/errors.ts'
import { isObject } from '../../domain/is-object.ts'
import { printable } from '../../domain/logs/printable-text.ts'
import { leastCost, modelUseOf, requestForModel } from '../../domain/policy/judge-call.ts'
import { sessionModels } from '../../domain/policy/session-models.ts'
import type { Exchange } from '../../http/server/exchange.ts'
import { parsedJson } from '../../http/wire/parsed-json.ts'
import { applyRules, refuseBeforeBody, refusedModel } from '../admission/apply-rules.ts'
import { isLarge, readHeldBody } from '../admission/held-body.ts'
import { forward } from '../attempt/forward.ts'
import { unmeteredCall } from '../attempt/outbound-call.ts'
import { bindingExchange } from '../client-secrets/bind-secrets.ts'
import type { Gateway } from '../gateway.ts'
import type { KnownKey } from '../identity/key-directory.ts'
import {
  candidatesWithObjects,
  referencesIn,
  routeOfObjects,
  sharesObjects,
} from '../objects/named-objects.ts'
import { respondWithError } from '../response/respond-with-error.ts'
import { candidatesFor, openCandidates } from '../routing/resolve-routes.ts'
import type { Call } from './call.ts'
import { refuse } from './refuse.ts'

// Instructions and tools at their largest; to parse it takes some milliseconds.
const SESSION_MAX_BYTES = 1024 * 1024

/**
 * Judges every model that the body names, forwards the call by one route, and binds the secret that is made to the key. Rejects
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
  const session = bytes.length === 0 ? {} : parsedJson(bytes.toString('utf8'))
  const isJudged = key !== null && key.policy !== null
  if (session === undefined && isJudged) return refuse(call, exchange, callError('invalid_json'))
  const models = sessionModels(session, endpoint.modelOptional) ?? []
  const model = models[0] ?? null
  call.note({ requestedModel: printable(model, 256) })
  const cost = leastCost(modelUseOf(exchange.method, exchange.path, model), exchange.path, false)
  if (key !== null) {
    const refusal =
      (await applyRules(gateway, call, key, requestForModel(exchange, model, null, 1, cost))) ??
      models.map((one) => refusedModel(key, exchange, one)).find((error) => error !== null)
    if (refusal !== undefined) return refuse(call, exchange, refusal)
  }
  const references = referencesIn(isObject(session) ? (session.session ?? session) : null) ?? []
  if ('httpStatus' in references) return refuse(call, exchange, references)
  const objects = await routeOfObjects(gateway.objects, references, id, sharesObjects(key))
  if (objects !== null && 'httpStatus' in objects) return refuse(call, exchange, objects)
  // An admin may have aborted it meanwhile.
  if (call.finished) return
  const candidates =
    objects === null
      ? (candidatesFor(gateway, null, null) ?? callError('unknown_url'))
      : openCandidates(gateway, candidatesWithObjects(gateway.routes.objectRoutes, objects), null, null)
  if ('httpStatus' in candidates) return respondWithError(call, exchange, candidates, 'ERROR')
  // Written anew, so that a member that stood twice stands once, as it was judged.
  const body = bytes.length === 0 || !isJudged ? bytes : Buffer.from(JSON.stringify(session))
  const route = candidates.first
  const outbound = unmeteredCall({
    route,
    others: [],
    repeatable: false,
    body,
    bodyBytes: body.length,
    binder: null,
    ownFault: () => null,
  })
  forward(gateway, call, bindingExchange(gateway, exchange, endpoint, id, route, models), outbound)
}
