// A call over HTTP that opens a session with a client secret: the offer of WebRTC. Its media goes between the client and the
// upstream, so that the gateway sees the beginning of the session alone.
// https://platform.openai.com/docs/api-reference/realtime-calls/create-call
import { callError } from '../../domain/errors.ts'
import { printable } from '../../domain/logs/printable-text.ts'
import { leastCost, requestForModel } from '../../domain/policy/judge-call.ts'
import type { Exchange } from '../../http/server/exchange.ts'
import { isMultipartForm } from '../../http/wire/multipart/boundary.ts'
import type { GovernedKey } from '../admission/admission.ts'
import { applyRules } from '../admission/apply-rules.ts'
import { readHeldBody } from '../admission/held-body.ts'
import { forward } from '../attempt/forward.ts'
import { unmeteredCall } from '../attempt/outbound-call.ts'
import type { Call } from '../call/call.ts'
import { refuse } from '../call/refuse.ts'
import { queriedExchange } from '../call/sessions/queried-exchange.ts'
import { readSessionRequest } from '../call/sessions/session-request.ts'
import type { Gateway } from '../gateway.ts'
import { ObjectBinder } from '../objects/object-binder.ts'
import { LATER_WORK } from '../pricing/billable-units.ts'
import { respondWithError } from '../response/respond-with-error.ts'
import { openCandidates } from '../routing/resolve-routes.ts'
import type { SentSecret } from './identify-session.ts'
import { mayName, namesOf, otherModel, refusedSessionModel, secretRoutes } from './secret-route.ts'

// An offer is some kilobytes.
const OFFER_MAX_BYTES = 1024 * 1024

/** Admits the call for the key that made the secret, and forwards it. Rejects only on an internal error. */
export async function startSecretCall(
  gateway: Gateway,
  call: Call,
  exchange: Exchange,
  key: GovernedKey | null,
  secret: SentSecret,
): Promise<void> {
  const routes = secretRoutes(gateway, exchange, secret, key)
  if ('httpStatus' in routes) return refuse(call, exchange, routes)
  const { candidates: made, model } = routes
  const route = made.first
  call.noteAffinity('OBJECT')
  call.note({ requestedModel: printable(model, 256) })
  const type = exchange.headers['content-type'] ?? ''
  const isForm = isMultipartForm(type)
  // What else there is may name another model beside the offer.
  if (key?.policy != null && !isForm && !/^application\/sdp\b/i.test(type))
    return refuse(call, exchange, callError('unsupported_media_type', { message: OFFER_OR_FORM }))
  const body = await readHeldBody(
    gateway,
    call,
    exchange,
    Math.min(OFFER_MAX_BYTES, gateway.limits.jsonBodyBytes),
  )
  if (body === 'disconnected') return call.finish('CANCELLED')
  if ('httpStatus' in body) return refuse(call, exchange, body)
  call.capture?.noteRequest(type, null)
  const sent = readSessionRequest(exchange, body, key, { transcribes: false, isCall: true })
  if ('httpStatus' in sent && (isForm || key?.policy != null)) return refuse(call, exchange, sent)
  const asked = 'httpStatus' in sent ? null : sent
  const other = asked?.models.find((one) => !mayName(secret, one))
  if (other !== undefined) return refuse(call, exchange, otherModel(model ?? ''))
  if (key !== null) {
    // What it will cost the gateway never learns.
    const cost = leastCost('UPSTREAM', exchange.path, false)
    const request = requestForModel(exchange, model, route.model, 1, cost)
    const refusal =
      refusedSessionModel(key, exchange, secret) ?? (await applyRules(gateway, call, key, request))
    if (refusal !== null) return refuse(call, exchange, refusal)
  }
  // An admin may have aborted it meanwhile.
  if (call.finished) return
  const candidates = openCandidates(gateway, made, key, model)
  if ('httpStatus' in candidates) return respondWithError(call, exchange, candidates, 'ERROR')
  const { body: renamed, query } = asked?.renamed(namesOf(secret)) ?? { body, query: exchange.query }
  const outbound = unmeteredCall({
    route,
    others: [],
    repeatable: false,
    body: renamed,
    bodyBytes: renamed.length,
    units: LATER_WORK,
    // The call is the key's, which may hang up.
    binder: new ObjectBinder(gateway.objects, secret.bound.apiKeyId, {
      isStored: true,
      isDurable: true,
      deletes: null,
    }),
    ownFault: () => null,
  })
  forward(gateway, call, query === exchange.query ? exchange : queriedExchange(exchange, query), outbound)
}

const OFFER_OR_FORM =
  'Send the offer as `application/sdp`, or as the field `sdp` of a form: this API key has rules, and the client secret says what the session is.'
