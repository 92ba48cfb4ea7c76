// The life of a realtime session, which is one call: accept → identify → admit → route → connect → relay → record.
import { lookup as systemLookup } from 'node:dns'
import type { IncomingMessage } from 'node:http'
import type { WebSocketServer } from 'ws'
import type { WebSocketEndpoint } from '../../domain/endpoints/endpoints.ts'
import { webSocketAt } from '../../domain/endpoints/find-endpoint.ts'
import { targetError } from '../../domain/endpoints/resolve-endpoint.ts'
import { type CallError, callError } from '../../domain/errors.ts'
import { printable } from '../../domain/logs/printable-text.ts'
import { denialError } from '../../domain/policy/denial.ts'
import {
  formerSecretUsed,
  keyError,
  MINIMUM_RESERVATION,
  queryError,
  requestForModel,
  requestWithoutModel,
} from '../../domain/policy/judge-call.ts'
import type { AdmissionRequest, Verdict } from '../../domain/policy/verdict.ts'
import type { Exchange } from '../../http/server/exchange.ts'
import type { GovernedKey } from '../admission/admission.ts'
import { applyRules, hasBudget } from '../admission/apply-rules.ts'
import { TRANSPORT_ERROR_CODES } from '../attempt/failed-attempt.ts'
import type { UpstreamRequestProfile } from '../attempt/upstream-request-profile.ts'
import { Call } from '../call/call.ts'
import { headerFault } from '../call/header-faults.ts'
import { refuse } from '../call/refuse.ts'
import { tagsError } from '../call/tags-header.ts'
import { identifySession } from '../client-secrets/identify-session.ts'
import { refusedSessionModel, secretRoutes } from '../client-secrets/secret-route.ts'
import type { Gateway } from '../gateway.ts'
import { identify } from '../identity/identify.ts'
import type { KnownKey } from '../identity/key-directory.ts'
import { redacted } from '../metering/parse-upstream-error.ts'
import { SESSION } from '../pricing/billable-units.ts'
import { openPrices, sessionCost } from '../pricing/price-routes.ts'
import { respondWithError } from '../response/respond-with-error.ts'
import { openCandidates } from '../routing/resolve-routes.ts'
import type { Route } from '../routing/route-table.ts'
import { acceptClient, headerLines } from './handshake/accept-client.ts'
import { connectUpstream, type UpstreamReply } from './handshake/connect-upstream.ts'
import { connectWithFailover } from './handshake/connect-with-failover.ts'
import { handshakeCredential, handshakeHeaders, malformed, upstreamUrl } from './handshake/handshake.ts'
import { passRefusal, requestId } from './handshake/pass-refusal.ts'
import { type HeldSocket, holdSocket } from './handshake/paused-socket.ts'
import { refusalExchange } from './handshake/refusal-exchange.ts'
import { watchKey } from './key-watch.ts'
import type { RealtimeLimits } from './limits.ts'
import { watchLiveness } from './liveness.ts'
import { refusedMessage } from './message-models.ts'
import { relay, type SessionAbort } from './relay.ts'
import { abortFor, GATEWAY_STOPS, INTERNAL_ERROR, SESSION_EXPIRED } from './session-abort.ts'
import { meterSession, meterTurns, type SessionMeter } from './session-meter.ts'
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

/** What a session works with from the request to the relay. */
type Opening = {
  gateway: Gateway
  limits: RealtimeLimits
  request: IncomingMessage
  exchange: Exchange
  call: Call
  held: HeldSocket
  /** Aborts it at any stage; the first to do so says how. False: it was aborted already. */
  abort(abort: SessionAbort): boolean
  /** Aborted, with a SessionAbort as its reason, by `abort`. */
  stopping: AbortSignal
}

/** A session that may be opened. */
type AskedSession = {
  endpoint: WebSocketEndpoint
  /** Null: it is named in messages, or by the upstream. */
  model: string | null
  key: KnownKey
  /** SHA-256 in hex of the secret of the API key. */
  hashHex: string
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
  const { WebSocket, WebSocketServer } = await import('ws')
  const { reply, profile, route } = await connectWithFailover(
    gateway,
    call,
    chosen,
    { units: hasHttp(endpoint) ? null : SESSION, hasHttp: hasHttp(endpoint) },
    (route, { headers: own, egress }) => {
      return connectUpstream(
        WebSocket,
        upstreamUrl(
          route.upstream.baseUrl,
          exchange.path,
          query,
          isOfSecret ? routes.renamedTo : route.model,
        ),
        handshakeHeaders(headers, own),
        opening.limits,
        egress === null
          ? null
          : { egress, lookup: egress.isTrusted === true ? systemLookup : gateway.lookup },
        AbortSignal.any([held.disconnected, stopping]),
      )
    },
  )
  if (held.disconnected.aborted || stopping.aborted) {
    if (reply.kind === 'open') reply.peer.close(1001)
    return held.disconnected.aborted
      ? call.finish('CANCELLED')
      : fail(call, exchange, abortOf(stopping).error)
  }
  switch (reply.kind) {
    case 'open':
      return run(opening, session, WebSocketServer, reply, profile, route)
    case 'refused':
      return passRefusal(call, exchange, reply, profile.secrets, hasHttp(endpoint), secret !== null)
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

/** The error of a limit or budget that a session has spent. */
function spentError({ gateway, exchange }: Opening, { model }: AskedSession, verdict: Verdict): CallError {
  const request = requestForModel(exchange, model, null, 1, MINIMUM_RESERVATION)
  return denialError(verdict, request, { requests: null, tokens: null }, gateway.clock())
}

function abortOf(stopping: AbortSignal): SessionAbort {
  return stopping.reason as SessionAbort
}

/** Accepts the client and relays messages until the session ends. */
function run(
  opening: Opening,
  session: AskedSession,
  server: typeof WebSocketServer,
  upstream: Extract<UpstreamReply, { kind: 'open' }>,
  { secrets, egress }: UpstreamRequestProfile,
  route: Route,
): void {
  const { gateway, limits, request, exchange, call, held, stopping } = opening
  const { endpoint, key, hashHex } = session
  call.note({ httpStatus: 101, upstreamRequestId: printable(requestId(upstream.headers), 128) })
  const client = acceptClient(server, limits, request, held.release(), [
    ...headerLines({ ...upstream.headers, ...call.responseHeaders }, secrets),
    `x-request-id: ${call.id}`,
  ])
  if (client === null) {
    upstream.peer.close(1001)
    return call.finish('CANCELLED')
  }
  watchLiveness(client, request.socket, limits.pingMs)
  // A third: silence is detected after two pings without a sign of life.
  const idleMs = egress?.timeouts.idleMs ?? Number.POSITIVE_INFINITY
  watchLiveness(upstream.peer, upstream.socket, Math.min(limits.pingMs, idleMs / 3))
  const stop = (error: CallError) => void opening.abort(abortFor(error))
  const watch = watchKey(gateway, hashHex, key, stop)
  const meter: SessionMeter = hasHttp(endpoint)
    ? meterTurns({
        gateway,
        exchange,
        route,
        secrets,
        identify: () => identify(gateway.keys, handshakeCredential(exchange.headers)),
        respond: (message) => relaying.send(message),
        stop,
      })
    : meterSession(call, watch, {
        refusalOf: (message) => refusedMessage(key.governed, exchange, message, [session.model, route.model]),
        onSpent: (verdict) => stop(spentError(opening, session, verdict)),
        onUnknown: () => stop(callError('key_store_unavailable')),
        onKeyError: stop,
      })
  if (hasHttp(endpoint)) call.settleRequest()
  const relaying = relay(client, upstream.peer, {
    bufferedBytes: limits.bufferedBytes,
    reported: (text) => redacted(text, secrets),
    onRequestMessage(message) {
      call.countRequestBytes(message.length)
      return meter.onRequestMessage(message)
    },
    onUpstreamMessage(message, isText) {
      call.countResponseBytes(message.length)
      return meter.onUpstreamMessage(message, isText)
    },
    owesUsage: () => meter.owesUsage(),
    drainMs: gateway.drainMs,
    onInternalError(error) {
      gateway.onInternalError(error, call.id)
      opening.abort(INTERNAL_ERROR)
    },
    onEnd({ outcome, closeCode, error }, close) {
      stopping.removeEventListener('abort', onAbort)
      clearTimeout(expiry)
      watch.close()
      meter.end(outcome, error)
      // A session that is open ends with a close code, not with an error.
      if (error !== null) call.noteError(error, false)
      call.noteCloseCode(closeCode)
      call.finish(outcome, close)
    },
  })
  const expiry = setTimeout(() => opening.abort(SESSION_EXPIRED), limits.sessionMs)
  const onAbort = () => relaying.abort(abortOf(stopping))
  stopping.addEventListener('abort', onAbort)
}

function fail(call: Call, exchange: Exchange, error: CallError): void {
  respondWithError(call, exchange, error, 'ERROR')
}
