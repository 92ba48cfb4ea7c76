// Admits a `response.create` of a WebSocket as the same body is admitted over HTTP: judged, sized, priced and reserved, for a route of
// the upstream that the WebSocket is open to.
import { RESPONSES_PATH } from '../../../domain/endpoints/endpoints.ts'
import type { CallError } from '../../../domain/errors.ts'
import { unknownModel } from '../../../domain/models/unknown-model.ts'
import {
  allowedRoutes,
  formerSecretUsed,
  keyError,
  requestForModel,
} from '../../../domain/policy/judge-call.ts'
import type { Exchange } from '../../../http/server/exchange.ts'
import { applyRules, hasBudget } from '../../admission/apply-rules.ts'
import { judgeMembers } from '../../admission/judge-members.ts'
import { sizeOf } from '../../admission/request-size.ts'
import type { Call } from '../../call/call.ts'
import { readRequestBody, rewriteRequestBody } from '../../call/request-body.ts'
import type { Gateway } from '../../gateway.ts'
import type { KnownKey } from '../../identity/key-directory.ts'
import { referencesOfMessage, routeOfObjects, sharesObjects } from '../../objects/named-objects.ts'
import { SESSION } from '../../pricing/billable-units.ts'
import { chargeOn, maxCostOfCandidates, openPrices } from '../../pricing/price-routes.ts'
import type { Route } from '../../routing/route-table.ts'
import { elsewhere, ONE_AT_ONCE } from './turn-errors.ts'

/** Where a turn is made: one WebSocket. */
export type TurnPlace = {
  gateway: Gateway
  exchange: Exchange
  /** Where the WebSocket is open. */
  route: Route
  /** Finds the key again: what its rules are now, and whether it may still make calls. */
  identify(): KnownKey | CallError | Promise<KnownKey | CallError>
}

/** A turn that may go to the upstream as `message`. */
export type AdmittedTurn = { key: KnownKey; model: string | null; route: Route; message: Buffer }

/**
 * The turn, with its reservation held by `call`; or why it is denied. `run` is called once its key may make calls, from where on
 * the call can be aborted; nothing is sent for a call that has finished. `inProgress` says whether another turn is in progress.
 */
export async function admitTurn(
  place: TurnPlace,
  call: Call,
  message: Buffer,
  { inProgress, run }: { inProgress(): boolean; run(): void },
): Promise<AdmittedTurn | CallError> {
  const { gateway, exchange, identify } = place
  const key = await identify()
  if ('httpStatus' in key) return key
  const nowMs = gateway.clock()
  call.noteKey(key, formerSecretUsed(key, nowMs))
  call.beginCapture(gateway.captureOf(key, exchange.headers))
  const denial = keyError(key, nowMs)
  if (denial !== null) return denial
  // Events of the upstream need not name their response, so those of two turns could be taken for one another.
  if (key.governed?.policy != null && inProgress()) return ONE_AT_ONCE
  run()
  call.capture?.noteRequest('application/json', message)
  const body = await readRequestBody(message, true)
  if ('httpStatus' in body) return body
  call.noteRequest(body.model, true)
  const foreign = await refusalOfObjects(gateway, key, message)
  if (foreign !== null) return foreign
  const line = { clientIp: exchange.clientIp, path: RESPONSES_PATH }
  if (key.governed !== null) {
    const fault = await judgeMembers(key.governed, line, message, body.model)
    if (fault !== null) return fault
  }
  const routes = routesHere(place, key, body.model)
  if ('httpStatus' in routes) return routes
  const [route] = routes
  if (route === undefined) return unknownModel(body.model ?? '')
  const prices = openPrices(gateway, [route])
  if (prices !== null) await prices
  if (key.governed !== null) {
    const forBudget = hasBudget(key.governed)
    const size = await sizeOf(message, 'TEXT', route.maxOutputTokens ?? null, forBudget)
    const cost = forBudget ? maxCostOfCandidates(gateway, [route], SESSION, size) : 0
    const tokens = size.inputTokens + size.outputTokens
    const request = requestForModel(line, body.model, route.model, tokens, cost)
    const refusal = await applyRules(gateway, call, key.governed, request)
    if (refusal !== null) return refusal
  }
  if (call.finished) return { key, model: body.model, route, message }
  call.noteAttempt(route.upstream.name, route.model, chargeOn(gateway, route, SESSION))
  call.open(gateway.open)
  const rewritten = rewriteRequestBody(body, route.model, false, route.maxOutputTokens ?? null)
  return { key, model: body.model, route, message: rewritten }
}

/** The routes of a model on the upstream that the WebSocket is open to. */
function routesHere(
  { gateway, route }: TurnPlace,
  key: KnownKey,
  model: string | null,
): readonly Route[] | CallError {
  if (model === null) return [route]
  const candidates = gateway.routes.resolveRoutes(model)
  if (candidates === null) return unknownModel(model)
  const here = [candidates.first, ...candidates.others].filter(({ upstream }) => {
    return upstream.name === route.upstream.name && upstream.baseUrl === route.upstream.baseUrl
  })
  if (here.length === 0) return elsewhere(model)
  return allowedRoutes(here, key.governed?.policy ?? null, model, (one) => one.model)
}

/** The error of an object in a message that is not the key's; null: there is none. The route of an object decides nothing here. */
export async function refusalOfObjects(
  { objects }: Gateway,
  { id, governed }: KnownKey,
  message: Buffer,
): Promise<CallError | null> {
  const isShared = sharesObjects(governed)
  const references = referencesOfMessage(message, isShared)
  if (references === null || 'httpStatus' in references) return references
  const route = await routeOfObjects(objects, references, id, isShared)
  return route !== null && 'httpStatus' in route ? route : null
}
