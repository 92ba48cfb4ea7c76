// The life of a realtime session, which is one call: accept → identify → admit → route → connect → relay → record.

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { WebSocket, WebSocketServer } from 'ws'
import { REALTIME_PATH } from '../../domain/endpoints.ts'
import { type CallError, callError } from '../../domain/errors.ts'
import { printable } from '../../domain/logs/printable-text.ts'
import { unknownModel } from '../../domain/models/unknown-model.ts'
import { formerSecretUsed, keyError, requestForModel } from '../../domain/policy/judge-call.ts'
import { targetError } from '../../domain/resolve-endpoint.ts'
import type { Exchange } from '../../http/server/exchange.ts'
import { headersToClient } from '../../http/wire/headers.ts'
import { applyRules, hasBudget } from '../admission/apply-rules.ts'
import { TRANSPORT_ERROR_CODES } from '../attempt/failed-attempt.ts'
import type { UpstreamRequestProfile } from '../attempt/upstream-request-profile.ts'
import { Call } from '../call/call.ts'
import { refuse } from '../call/refuse.ts'
import type { Gateway } from '../gateway.ts'
import { identify } from '../identity/identify.ts'
import { beginsAsPage, isPageType, pageReplacement } from '../metering/error-page.ts'
import { errorOfResponse, redacted, redactedBytes } from '../metering/parse-upstream-error.ts'
import { NO_BYTES } from '../metering/response-meter.ts'
import { openPrices, sessionCost } from '../pricing/price-routes.ts'
import { respondWithError } from '../response/respond-with-error.ts'
import { openCandidates } from '../routing/resolve-routes.ts'
import type { CandidateRoutes } from '../routing/route-table.ts'
import { connectUpstream, type UpstreamReply } from './connect-upstream.ts'
import { connectWithFailover } from './connect-with-failover.ts'
import {
  handshakeCredential,
  handshakeHeaders,
  malformed,
  REALTIME_PROTOCOL,
  upstreamUrl,
} from './handshake.ts'
import type { RealtimeLimits } from './limits.ts'
import { watchLiveness } from './liveness.ts'
import { type HeldSocket, holdSocket } from './paused-socket.ts'
import { refusalExchange } from './refusal-exchange.ts'
import { relay, type SessionAbort } from './relay.ts'
import { createSessionUsage } from './session-usage.ts'

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
      // After a mistake of the gateway the client still gets a response, and the call its record.
      gateway.onInternalError(error, call.id)
      refuse(call, exchange, callError('internal_error'))
    },
  )
  return { abort: () => void abort(GATEWAY_STOPS), terminate: () => request.socket.destroy() }
}

const GATEWAY_STOPS: SessionAbort = {
  outcome: 'INTERRUPTED',
  closeCode: 1001,
  reason: 'This gateway is restarting.',
  error: callError('shutting_down'),
}

/** RFC 6455 §7.4.1: 1008, the message of a peer violates a policy. */
function keyStopped(error: CallError): SessionAbort {
  return { outcome: 'ERROR', closeCode: 1008, reason: error.message, error }
}

async function open(opening: Opening): Promise<void> {
  const { gateway, exchange, call, held, stopping } = opening
  const { headers, query } = exchange
  const key = await identify(gateway.keys, handshakeCredential(headers))
  if (held.disconnected.aborted) return call.finish('CANCELLED')
  const nowMs = gateway.clock()
  if ('id' in key) call.noteKey(key.id, formerSecretUsed(key, nowMs))
  const fault = targetError(exchange.path, query)
  if (fault !== null) return refuse(call, exchange, fault)
  if (exchange.path !== REALTIME_PATH) return refuse(call, exchange, noSuchPath(exchange.path))
  if ('httpStatus' in key) return refuse(call, exchange, key)
  const denial = keyError(key, nowMs) ?? malformed(headers)
  if (denial !== null) return refuse(call, exchange, denial)
  call.run(gateway.inFlight, {
    abort: (error) => opening.abort(error.code === 'shutting_down' ? GATEWAY_STOPS : keyStopped(error)),
  })
  const candidates = resolveRoutes(opening)
  if ('httpStatus' in candidates) return refuse(call, exchange, candidates)
  const chosen = openCandidates(gateway, candidates, key.governed, modelInQuery(exchange))
  const possible = 'first' in chosen ? [chosen.first, ...chosen.others] : []
  const prices = openPrices(gateway, possible)
  if (prices !== null) await prices
  if (key.governed !== null) {
    // How much a session will use is not known: it is admitted while anything is left of each limit.
    const resolvedModel = 'first' in chosen ? chosen.first.model : null
    const cost = hasBudget(key.governed) ? sessionCost(gateway, possible) : 0
    const request = requestForModel(exchange, modelInQuery(exchange), resolvedModel, 1, cost)
    const refusal = await applyRules(gateway, call, key.governed, request)
    if (refusal !== null) return refuse(call, exchange, refusal)
  }
  if (held.disconnected.aborted) return call.finish('CANCELLED')
  // Its key was stopped while the rules were evaluated.
  if (stopping.aborted) return refuse(call, exchange, abortOf(stopping).error)
  if ('httpStatus' in chosen) return fail(call, exchange, chosen)
  call.note({ streamed: true })
  const { WebSocket, WebSocketServer } = await import('ws')
  const { reply, profile } = await connectWithFailover(
    gateway,
    call,
    chosen,
    (route, { headers: own, egress }) => {
      return connectUpstream(
        WebSocket,
        upstreamUrl(route.upstream.baseUrl, query, route.model),
        handshakeHeaders(headers, own),
        opening.limits,
        egress === null ? null : { egress, lookup: gateway.lookup },
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
      return run(opening, WebSocketServer, reply, profile)
    case 'refused':
      return passRefusal(call, exchange, reply, profile.secrets)
    case 'failed':
      return fail(call, exchange, callError(TRANSPORT_ERROR_CODES[reply.failure]))
  }
}

function abortOf(stopping: AbortSignal): SessionAbort {
  return stopping.reason as SessionAbort
}

function noSuchPath(path: string): CallError {
  return callError('unknown_url', {
    message: `There is no WebSocket at ${path.slice(0, 200)}. Open it at ${REALTIME_PATH}.`,
  })
}

function resolveRoutes({ gateway, exchange, call }: Opening): CandidateRoutes | CallError {
  const parameters = new URLSearchParams(exchange.query)
  const model = modelInQuery(exchange)
  // A transcription session names its model later; a call that is joined by its id has named it already.
  if (model === null && !parameters.has('intent') && !parameters.has('call_id'))
    return callError('model_required', {
      param: 'model',
      message: `You must name a model in the URL, such as ${REALTIME_PATH}?model=auto.`,
    })
  call.note({ requestedModel: printable(model, 256) })
  const candidates = gateway.routes.resolveRoutes(model)
  // The built-in echo has no address, and is never a candidate beside another.
  if (candidates === null || !candidates.first.upstream.baseUrl.startsWith('http'))
    return unknownModel(model ?? '')
  return candidates
}

function modelInQuery({ query }: Exchange): string | null {
  return new URLSearchParams(query).get('model') || null
}

/** Accepts the client and relays messages until the session ends. */
function run(
  { limits, request, call, held, stopping }: Opening,
  server: typeof WebSocketServer,
  upstream: Extract<UpstreamReply, { kind: 'open' }>,
  { secrets, egress }: UpstreamRequestProfile,
): void {
  call.note({ httpStatus: 101, upstreamRequestId: printable(requestId(upstream.headers), 128) })
  const client = accept(server, limits, request, held.release(), [
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
  const usage = createSessionUsage()
  const relaying = relay(client, upstream.peer, {
    bufferedBytes: limits.bufferedBytes,
    reported: (text) => redacted(text, secrets),
    onRequestMessage: (message) => call.countRequestBytes(message.length),
    onUpstreamMessage(message, isText) {
      call.countResponseBytes(message.length)
      if (isText) usage.read(message)
    },
    onEnd({ outcome, closeCode, error }, close) {
      stopping.removeEventListener('abort', onAbort)
      call.noteUsage(usage.sum(), { details: usage.details(), items: null })
      // A session that is open ends with a close code, not with an error.
      if (error !== null) call.noteError(error, false)
      call.noteCloseCode(closeCode)
      call.finish(outcome, close)
    },
  })
  const onAbort = () => relaying.abort(abortOf(stopping))
  stopping.addEventListener('abort', onAbort)
}

/** Null where the client has disconnected. */
function accept(
  server: typeof WebSocketServer,
  limits: RealtimeLimits,
  request: IncomingMessage,
  early: Buffer,
  responseLines: string[],
): WebSocket | null {
  let accepted = null as WebSocket | null
  const handshake = new server({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: limits.messageBytes,
    handleProtocols: (offered) => offered.has(REALTIME_PROTOCOL) && REALTIME_PROTOCOL,
  })
  handshake.on('headers', (lines) => lines.push(...responseLines))
  handshake.handleUpgrade(request, request.socket, early, (client) => {
    accepted = client
  })
  return accepted
}

/** The headers of the upstream's response beside those of the handshake: its rate limits, its version. */
function headerLines(headers: IncomingHttpHeaders, secrets: readonly string[]): string[] {
  return Object.entries(headersToClient(headers, false, secrets))
    .filter(([name]) => !name.startsWith('sec-') && !name.startsWith('content-') && name !== 'date')
    .flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${one}`))
}

/** The upstream refused the session: its response is the client's, unless it is about the gateway's own request. */
function passRefusal(
  call: Call,
  exchange: Exchange,
  { status, headers, body }: Extract<UpstreamReply, { kind: 'refused' }>,
  secrets: readonly string[],
): void {
  call.note({ upstreamRequestId: printable(requestId(headers), 128) })
  if (status === 401) return fail(call, exchange, callError('upstream_refused_credential'))
  if (status >= 300 && status < 400 && headers.location !== undefined)
    return fail(call, exchange, callError('upstream_redirected'))
  if (status < 400) return fail(call, exchange, callError('upstream_refused_upgrade'))
  const isPage = isPageType(headers['content-type'] ?? '') || beginsAsPage(body)
  const cleanBody = isPage ? pageReplacement(status) : redactedBytes(body, secrets)
  const head = headersToClient(headers, false, secrets)
  if (isPage) {
    head['content-type'] = 'application/json; charset=utf-8'
    delete head['content-encoding']
  }
  call.note({ httpStatus: status })
  call.noteError(errorOfResponse(status, isPage ? NO_BYTES : cleanBody))
  call.countResponseBytes(cleanBody.length)
  call.finish('ERROR', () => {
    exchange.sendHead(status, {
      ...head,
      ...call.responseHeaders,
      'content-length': String(cleanBody.length),
      'x-latchkey-error-source': 'upstream',
      'x-request-id': call.id,
    })
    exchange.end(cleanBody)
  })
}

function requestId(headers: IncomingHttpHeaders): string | null {
  return [headers['x-request-id']].flat()[0] ?? null
}

function fail(call: Call, exchange: Exchange, error: CallError): void {
  respondWithError(call, exchange, error, 'ERROR')
}
