// A request of a key with a policy for a session that is opened later. Its body names the model, which is judged here: the
// secret that the upstream makes for the session works without the gateway.
import type { Endpoint } from '../../domain/endpoints.ts'
import { callError } from '../../domain/errors.ts'
import { printable } from '../../domain/logs/printable-text.ts'
import { leastCost, modelUseOf, requestForModel } from '../../domain/policy/judge-call.ts'
import { sessionModels } from '../../domain/policy/session-models.ts'
import type { Exchange } from '../../http/server/exchange.ts'
import { parsedJson } from '../../http/wire/parsed-json.ts'
import type { GovernedKey } from '../admission/admission.ts'
import { applyRules, refuseBeforeBody, refusedModel } from '../admission/apply-rules.ts'
import { isLarge, readHeldBody } from '../admission/held-body.ts'
import { forward } from '../attempt/forward.ts'
import type { Gateway } from '../gateway.ts'
import { respondWithError } from '../response/respond-with-error.ts'
import { candidatesFor } from '../routing/resolve-routes.ts'
import type { Call } from './call.ts'
import { refuse } from './refuse.ts'

// Instructions and tools at their largest; to parse it takes some milliseconds.
const SESSION_MAX_BYTES = 1024 * 1024

/** Judges every model that the body names, and forwards the call by one route. Rejects only on an internal error. */
export async function startSessionCall(
  gateway: Gateway,
  call: Call,
  exchange: Exchange,
  endpoint: Endpoint,
  key: GovernedKey,
): Promise<void> {
  const candidates = candidatesFor(gateway, null, null)
  if (candidates === null) return refuse(call, exchange, callError('unknown_url'))
  const limit = Math.min(SESSION_MAX_BYTES, gateway.limits.jsonBodyBytes)
  const early = isLarge(exchange) ? await refuseBeforeBody(gateway, key, exchange) : null
  if (early !== null) return refuse(call, exchange, early)
  const bytes = await readHeldBody(gateway, call, exchange, limit)
  if (bytes === 'disconnected') return call.finish('CANCELLED')
  if ('httpStatus' in bytes) return refuse(call, exchange, bytes)
  call.capture?.noteRequest(exchange.headers['content-type'] ?? 'application/json', bytes)
  const session = bytes.length === 0 ? {} : parsedJson(bytes.toString('utf8'))
  if (session === undefined) return refuse(call, exchange, callError('invalid_json'))
  const models = sessionModels(session, endpoint.modelOptional) ?? []
  const model = models[0] ?? null
  call.note({ requestedModel: printable(model, 256) })
  const cost = leastCost(modelUseOf(exchange.method, exchange.path, model), exchange.path, false)
  const refusal =
    (await applyRules(gateway, call, key, requestForModel(exchange, model, null, 1, cost))) ??
    models.map((one) => refusedModel(key, exchange, one)).find((error) => error !== null)
  if (refusal !== undefined) return refuse(call, exchange, refusal)
  // An admin may have aborted it while the rules were evaluated.
  if (call.finished) return
  if ('httpStatus' in candidates) return respondWithError(call, exchange, candidates, 'ERROR')
  // Written anew, so that a member that stood twice stands once, as it was judged.
  const body = bytes.length === 0 ? bytes : Buffer.from(JSON.stringify(session))
  forward(gateway, call, exchange, {
    route: candidates.first,
    others: [],
    repeatable: false,
    bodyFor: () => null,
    bodyWithoutUsageRequest: () => null,
    body,
    bodyBytes: body.length,
    metered: false,
    units: null,
    responses: null,
    hideUsage: false,
    estimable: false,
    binder: null,
    ownFault: () => null,
  })
}
