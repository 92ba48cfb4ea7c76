// The life of a realtime session, which is one call: accept → identify → admit → route → connect → relay → record.
import { lookup as systemLookup } from 'node:dns'
import type { IncomingMessage } from 'node:http'
import { webSocketAt } from '../../domain/endpoints/find-endpoint.ts'
import { targetError } from '../../domain/endpoints/resolve-endpoint.ts'
import { type CallError, callError } from '../../domain/errors.ts'
import { printable } from '../../domain/logs/printable-text.ts'
import {
  formerSecretUsed,
  keyError,
  queryError,
  requestForModel,
  requestWithoutModel,
} from '../../domain/policy/judge-call.ts'
import type { AdmissionRequest } from '../../domain/policy/verdict.ts'
import type { Exchange } from '../../http/server/exchange.ts'
import type { GovernedKey } from '../admission/admission.ts'
import { applyRules, hasBudget } from '../admission/apply-rules.ts'
import { judgeHeaders } from '../admission/judge-members.ts'
import { TRANSPORT_ERROR_CODES } from '../attempt/failed-attempt.ts'
import { Call } from '../call/call.ts'
import { headerFault } from '../call/header-faults.ts'
import { refuse } from '../call/refuse.ts'
import { tagsError } from '../call/tags-header.ts'
import { identifySession } from '../client-secrets/identify-session.ts'
import { refusedSessionModel, secretRoutes } from '../client-secrets/secret-route.ts'
import type { Gateway } from '../gateway.ts'
import { SESSION } from '../pricing/billable-units.ts'
import { openPrices, sessionCost } from '../pricing/price-routes.ts'
import { respondWithError } from '../response/respond-with-error.ts'
import { openCandidates } from '../routing/resolve-routes.ts'
import type { CandidateRoutes, Route } from '../routing/route-table.ts'
import { connectUpstream } from './handshake/connect-upstream.ts'
import { connectWithFailover } from './handshake/connect-with-failover.ts'
import { handshakeCredential, handshakeHeaders, malformed, upstreamUrl } from './handshake/handshake.ts'
import { passRefusal } from './handshake/pass-refusal.ts'
import { holdSocket } from './handshake/paused-socket.ts'
import { refusalExchange } from './handshake/refusal-exchange.ts'
import type { RealtimeLimits } from './limits.ts'
import type { SessionAbort } from './relay.ts'
import { type AskedSession, abortOf, type Opening, runSession } from './run-session.ts'
import { abortFor, GATEWAY_STOPS } from './session-abort.ts'
import {
  hasHttp,
  joinedRoute,
  modelInQuery,
  noWebSocket,
  sessionRoutes,
  unjudgeable,
} from './session-routes.ts'

export type Session = {
  /** Ends it, with its record, because the gateway stops. */
  abort(): void
  /** Destroys the client's connection. */
  terminate(): void
}

/** Starts on a connection that Node has detached; `head` is what came behind the request. Never throws. */
export function startSession(
  gateway: Gateway,
  limits: RealtimeLimits,
  request: IncomingMessage,
  head: Buffer,
): Session {
  const stopping = new AbortController()
  const exchange = refusalExchange(request, gateway.clientIdleMs, gateway.addresses)
  const call = new Call(exchange, gateway.record)
  const held = holdSocket(request.socket, head)
  const abort = (how: SessionAbort) => {
    if (stopping.signal.aborted) return false
    stopping.abort(how)
    return true
  }
  open({ gateway, limits, request, exchange, call, held, abort, stopping: stopping.signal }).catch(
    (error) => {
      // After an internal error the client still gets a response, and the call its record.
      gateway.onInternalError(error, call.id)
      refuse(call, exchange, callError('internal_error'))
    },
  )
  return { abort: () => void abort(GATEWAY_STOPS), terminate: () => request.socket.destroy() }
}

async function open(opening: Opening): Promise<void> {
  const { gateway, exchange, call, held, stopping } = opening
  const { headers, query } = exchange
  const { key, hashHex, secret } = await identifySession(gateway, exchange, handshakeCredential(headers))
  if (held.disconnected.aborted) return call.finish('CANCELLED')
  const nowMs = gateway.clock()
  if ('id' in key) call.noteKey(key, formerSecretUsed(key, nowMs))
  const fault = headerFault(opening.request) ?? targetError(exchange.path, query)
  if (fault !== null) return refuse(call, exchange, fault)
  const endpoint = webSocketAt(exchange.path)
  if (endpoint === null) return refuse(call, exchange, noWebSocket(exchange.path))
  if ('httpStatus' in key)
    return refuse(call, exchange, gateway.authentication.refusalOf(key, exchange.clientIp))
  const policy = key.governed?.policy ?? null
  const denial =
    keyError(key, nowMs) ??
    malformed(headers) ??
    queryError(endpoint, query, policy) ??
    judgeHeaders(key.governed, headers) ??
    tagsError(call, headers)
  if (denial !== null) return refuse(call, exchange, denial)
  call.run(gateway.inFlight, { abort: (error) => opening.abort(abortFor(error)) })
  const joined = await joinedRoute(gateway, exchange, endpoint, key)
  if (joined !== null && 'httpStatus' in joined) return refuse(call, exchange, joined)
  const ofSecret = secret === null ? null : secretRoutes(gateway, exchange, secret, key.governed)
  const unjudged = unjudgeable(key.governed, endpoint)
  const routes = unjudged ?? ofSecret ?? sessionRoutes(gateway, exchange, endpoint, joined)
  if ('httpStatus' in routes) return refuse(call, exchange, routes)
  const isOfSecret = 'candidates' in routes
  const candidates = isOfSecret ? routes.candidates : routes
  // That of a client secret need not be named again.
  const model = isOfSecret ? routes.model : modelInQuery(exchange)
  call.note({ requestedModel: printable(model, 256) })
  if (secret !== null || joined !== null) call.noteAffinity('OBJECT')
  const session = { endpoint, model, key, hashHex }
  const chosen = openCandidates(gateway, candidates, key.governed, model)
  const possible = 'first' in chosen ? [chosen.first, ...chosen.others] : []
  const prices = openPrices(gateway, possible)
  if (prices !== null) await prices
  if (key.governed !== null) {
    const request = requestOf(opening, session, key.governed, possible)
    const refusal =
      (secret === null ? null : refusedSessionModel(key.governed, exchange, secret)) ??
      (await applyRules(gateway, call, key.governed, request))
    if (refusal !== null) return refuse(call, exchange, refusal)
  }
  if (held.disconnected.aborted) return call.finish('CANCELLED')
  // Its key was stopped while the rules were evaluated.
  if (stopping.aborted) return refuse(call, exchange, abortOf(stopping).error)
  if ('httpStatus' in chosen) return fail(call, exchange, chosen)
  call.note({ streamed: true })
  const nameAt = (route: Route) => (isOfSecret ? routes.renamedTo : route.model)
  return connect(opening, session, chosen, nameAt, secret !== null)
}

/** Connects to the candidate that accepts the session first, and runs it there. `nameAt`: the model's name in the URL. */
async function connect(
  opening: Opening,
  session: AskedSession,
  candidates: CandidateRoutes,
  nameAt: (route: Route) => string | null,
  isOfSecret: boolean,
): Promise<void> {
  const { gateway, exchange, call, held, stopping } = opening
  const isCallOverHttp = hasHttp(session.endpoint)
  const { WebSocket, WebSocketServer } = await import('ws')
  const { reply, profile, route } = await connectWithFailover(
    gateway,
    call,
    candidates,
    { units: isCallOverHttp ? null : SESSION, hasHttp: isCallOverHttp },
    (route, { headers, egress }) =>
      connectUpstream(
        WebSocket,
        upstreamUrl(route.upstream.baseUrl, exchange.path, exchange.query, nameAt(route)),
        handshakeHeaders(exchange.headers, headers),
        opening.limits,
        egress === null
          ? null
          : { egress, lookup: egress.isTrusted === true ? systemLookup : gateway.lookup },
        AbortSignal.any([held.disconnected, stopping]),
      ),
  )
  if (held.disconnected.aborted || stopping.aborted) {
    if (reply.kind === 'open') reply.peer.close(1001)
    return held.disconnected.aborted
      ? call.finish('CANCELLED')
      : fail(call, exchange, abortOf(stopping).error)
  }
  switch (reply.kind) {
    case 'open':
      return runSession(opening, session, WebSocketServer, reply, profile, route)
    case 'refused':
      return passRefusal(call, exchange, reply, profile.secrets, isCallOverHttp, isOfSecret)
    case 'failed':
      return fail(call, exchange, callError(TRANSPORT_ERROR_CODES[reply.failure]))
  }
}

/**
 * The session as the rules see it. How much it will use is not known: it is admitted while anything is left of each limit. Where
 * its messages are calls, those are judged instead.
 */
function requestOf(
  { gateway, exchange }: Opening,
  { endpoint, model }: AskedSession,
  key: GovernedKey,
  possible: readonly Route[],
): AdmissionRequest {
  if (endpoint.modelIn === 'MESSAGES') return requestWithoutModel(exchange)
  const cost = endpoint.bills === null ? null : sessionCost(gateway, possible)
  return requestForModel(exchange, model, possible[0]?.model ?? null, 1, hasBudget(key) ? cost : 0)
}

function fail(call: Call, exchange: Exchange, error: CallError): void {
  respondWithError(call, exchange, error, 'ERROR')
}
