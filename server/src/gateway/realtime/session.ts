// The life of a realtime session, which is one call: accept → identify → admit → route → connect → relay → record.
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { WebSocket, WebSocketServer } from 'ws'
import { type CallError, callError } from '../../domain/errors.ts'
import { unknownModel } from '../../domain/models/unknown-model.ts'
import type { Exchange } from '../../http/server/exchange.ts'
import { headersToCaller } from '../../http/wire/headers.ts'
import { applyRules, callWithoutModel, hasBudget } from '../admission/apply-rules.ts'
import { admit, formerSecretUsed } from '../admission/key-status.ts'
import { type Way, wayTo } from '../attempt/upstream-request-profile.ts'
import { Call, printable } from '../call/call.ts'
import type { Gateway } from '../gateway.ts'
import { identify } from '../identity/identify.ts'
import { redacted } from '../metering/parse-upstream-error.ts'
import { upstreamErrorOf } from '../metering/upstream-error.ts'
import { openPrices, sessionCost } from '../pricing/price-routes.ts'
import { answerWithError } from '../response/respond-with-error.ts'
import { openWays } from '../routing/resolve-routes.ts'
import type { Ways } from '../routing/route-table.ts'
import { connectUpstream, type UpstreamAnswer } from './connect-upstream.ts'
import { connectByWays } from './connect-with-failover.ts'
import {
  handshakeCredential,
  handshakeHeaders,
  malformed,
  REALTIME_PATH,
  REALTIME_PROTOCOL,
  upstreamUrl,
} from './handshake.ts'
import type { RealtimeLimits } from './limits.ts'
import { watchLiveness } from './liveness.ts'
import { type HeldSocket, holdSocket } from './paused-socket.ts'
import { refusalExchange } from './refusal-exchange.ts'
import { relay, type SessionCut } from './relay.ts'
import { createSessionUsage } from './session-usage.ts'

export type Session = {
  /** Ends it, with its record, because the gateway stops. */
  cut(): void
  /** Lets the caller's connection go. */
  terminate(): void
}

/** What a session works with on its way from the request to the relay. */
type Opening = {
  gateway: Gateway
  limits: RealtimeLimits
  request: IncomingMessage
  exchange: Exchange
  call: Call
  held: HeldSocket
  /** Ends it, wherever it is on its way; the first to do so says how. False: it has been ended already. */
  cut(cut: SessionCut): boolean
  /** Aborted, with a SessionCut, when it is ended so. */
  stopping: AbortSignal
}

/** Starts on a connection that Node has let go of; `head` is what came behind the request. Never throws. */
export function startSession(
  gateway: Gateway,
  limits: RealtimeLimits,
  request: IncomingMessage,
  head: Buffer,
): Session {
  const stopping = new AbortController()
  const exchange = refusalExchange(request, gateway.callerIdleMs, gateway.addresses)
  const call = new Call(exchange, gateway.record)
  const held = holdSocket(request.socket, head)
  const cut = (how: SessionCut) => {
    if (stopping.signal.aborted) return false
    stopping.abort(how)
    return true
  }
  open({ gateway, limits, request, exchange, call, held, cut, stopping: stopping.signal }).catch((error) => {
    // A mistake of ours must not leave a caller waiting, nor its call unrecorded.
    gateway.onMistake(error, call.id)
    refuse(call, exchange, callError('internal_error'))
  })
  return { cut: () => void cut(GATEWAY_STOPS), terminate: () => request.socket.destroy() }
}

const GATEWAY_STOPS: SessionCut = {
  outcome: 'INTERRUPTED',
  closeCode: 1001,
  reason: 'This gateway is restarting.',
  error: callError('shutting_down'),
}

/** RFC 6455 §7.4.1: 1008, the message of a peer violates a policy. */
function keyStopped(error: CallError): SessionCut {
  return { outcome: 'ERROR', closeCode: 1008, reason: error.message, error }
}

async function open(opening: Opening): Promise<void> {
  const { gateway, exchange, call, held, stopping } = opening
  const { headers, query } = exchange
  const key = await identify(gateway.keys, handshakeCredential(headers))
  if (held.gone.aborted) return call.finish('CANCELLED')
  const nowMs = gateway.clock()
  if ('id' in key) call.note({ apiKeyId: key.id, usedSecret: formerSecretUsed(key, nowMs) })
  if (exchange.path !== REALTIME_PATH) return refuse(call, exchange, noSuchPath(exchange.path))
  if ('httpStatus' in key) return refuse(call, exchange, key)
  const denial = admit(key, nowMs) ?? malformed(headers)
  if (denial !== null) return refuse(call, exchange, denial)
  call.run(gateway.running, { cut: (error) => opening.cut(keyStopped(error)) })
  const ways = waysOf(opening)
  if ('httpStatus' in ways) return refuse(call, exchange, ways)
  const chosen = openWays(gateway, ways, key.governed, askedModel(exchange))
  const possible = 'first' in chosen ? [chosen.first, ...chosen.others] : []
  const prices = openPrices(gateway, possible)
  if (prices !== null) await prices
  if (key.governed !== null) {
    // How much a session will use nobody knows: it is let in while there is anything left.
    const request = {
      ...callWithoutModel(exchange),
      usesModel: true,
      model: askedModel(exchange),
      resolvedModel: 'first' in chosen ? chosen.first.model : null,
      tokens: 1,
      costNanoUsd: hasBudget(key.governed) ? sessionCost(gateway, possible) : 0,
    }
    const refusal = await applyRules(gateway, call, key.governed, request)
    if (refusal !== null) return refuse(call, exchange, refusal)
  }
  if (held.gone.aborted) return call.finish('CANCELLED')
  // Its key was stopped while its rules were asked; nobody else was.
  if (stopping.aborted) return refuse(call, exchange, cutOf(stopping).error)
  if ('httpStatus' in chosen) return fail(call, exchange, chosen)
  call.note({ streamed: true })
  const { WebSocket, WebSocketServer } = await import('ws')
  const { answer, way } = await connectByWays(gateway, call, chosen, (route) => {
    const { headers: own, via } = wayTo(route.upstream)
    return connectUpstream(
      WebSocket,
      upstreamUrl(route.upstream.baseUrl, query, route.model),
      handshakeHeaders(headers, own),
      opening.limits,
      via === null ? null : { via, lookup: gateway.lookup },
      AbortSignal.any([held.gone, stopping]),
    )
  })
  if (held.gone.aborted || stopping.aborted) {
    if (answer.kind === 'open') answer.peer.close(1001)
    return held.gone.aborted ? call.finish('CANCELLED') : fail(call, exchange, cutOf(stopping).error)
  }
  switch (answer.kind) {
    case 'open':
      return run(opening, WebSocketServer, answer, way)
    case 'refused':
      return passRefusal(call, exchange, answer, way.secrets)
    case 'failed':
      return fail(call, exchange, callError(FAILURES[answer.failure]))
  }
}

function cutOf(stopping: AbortSignal): SessionCut {
  return stopping.reason as SessionCut
}

function noSuchPath(path: string): CallError {
  return callError('unknown_url', {
    message: `There is no WebSocket at ${path.slice(0, 200)}. Open it at ${REALTIME_PATH}.`,
  })
}

function waysOf({ gateway, exchange, call }: Opening): Ways | CallError {
  const parameters = new URLSearchParams(exchange.query)
  const model = askedModel(exchange)
  // A transcription session names its model later; a call has named it already.
  if (model === null && !parameters.has('intent') && !parameters.has('call_id'))
    return callError('model_required', {
      param: 'model',
      message: `You must name a model in the URL, such as ${REALTIME_PATH}?model=auto.`,
    })
  call.note({ requestedModel: printable(model, 256) })
  const ways = gateway.routes.waysOf(model)
  // The built-in echo has no address, and is no way beside another.
  if (ways === null || !ways.first.upstream.baseUrl.startsWith('http')) return unknownModel(model ?? '')
  return ways
}

function askedModel({ query }: Exchange): string | null {
  return new URLSearchParams(query).get('model') || null
}

/** Accepts the caller and carries messages until the session ends. */
function run(
  { limits, request, call, held, stopping }: Opening,
  server: typeof WebSocketServer,
  upstream: Extract<UpstreamAnswer, { kind: 'open' }>,
  { secrets, via }: Way,
): void {
  call.note({ httpStatus: 101, upstreamRequestId: printable(requestId(upstream.headers), 128) })
  const caller = accept(server, limits, request, held.release(), [
    ...headerLines({ ...upstream.headers, ...call.answerHeaders }, secrets),
    `x-request-id: ${call.id}`,
  ])
  if (caller === null) {
    upstream.peer.close(1001)
    return call.finish('CANCELLED')
  }
  watchLiveness(caller, request.socket, limits.pingMs)
  // A third: silence is noticed after two pings without an answer.
  const idleMs = via?.timeouts.idleMs ?? Number.POSITIVE_INFINITY
  watchLiveness(upstream.peer, upstream.socket, Math.min(limits.pingMs, idleMs / 3))
  const usage = createSessionUsage()
  const relaying = relay(caller, upstream.peer, {
    bufferedBytes: limits.bufferedBytes,
    told: (text) => redacted(text, secrets),
    onRequestMessage: (message) => call.countRequestBytes(message.length),
    onAnswerMessage(message, isText) {
      call.countResponseBytes(message.length)
      if (isText) usage.read(message)
    },
    onEnd({ outcome, closeCode, error }, close) {
      stopping.removeEventListener('abort', onCut)
      call.noteUsage(usage.sum(), { details: usage.details(), items: null })
      if (error !== null) call.noteError(error)
      call.noteCloseCode(closeCode)
      call.finish(outcome, close)
    },
  })
  const onCut = () => relaying.cut(cutOf(stopping))
  stopping.addEventListener('abort', onCut)
}

/** Null where the caller has left. */
function accept(
  server: typeof WebSocketServer,
  limits: RealtimeLimits,
  request: IncomingMessage,
  early: Buffer,
  answerLines: string[],
): WebSocket | null {
  let accepted = null as WebSocket | null
  const handshake = new server({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: limits.messageBytes,
    handleProtocols: (offered) => offered.has(REALTIME_PROTOCOL) && REALTIME_PROTOCOL,
  })
  handshake.on('headers', (lines) => lines.push(...answerLines))
  handshake.handleUpgrade(request, request.socket, early, (caller) => {
    accepted = caller
  })
  return accepted
}

/** What the upstream's answer says beside the handshake: its rate limits, its version. */
function headerLines(headers: IncomingHttpHeaders, secrets: readonly string[]): string[] {
  return Object.entries(headersToCaller(headers, false, secrets))
    .filter(([name]) => !name.startsWith('sec-') && !name.startsWith('content-') && name !== 'date')
    .flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${one}`))
}

/** The upstream took no session: its answer is the caller's, but for what is between it and the gateway. */
function passRefusal(
  call: Call,
  exchange: Exchange,
  { status, headers, body }: Extract<UpstreamAnswer, { kind: 'refused' }>,
  secrets: readonly string[],
): void {
  call.note({ upstreamRequestId: printable(requestId(headers), 128) })
  if (status === 401) return fail(call, exchange, callError('upstream_refused_credential'))
  if (status >= 300 && status < 400 && headers.location !== undefined)
    return fail(call, exchange, callError('upstream_redirected'))
  if (status < 400) return fail(call, exchange, callError('upstream_refused_upgrade'))
  const told = Buffer.from(redacted(body.toString('latin1'), secrets), 'latin1')
  call.note({ httpStatus: status })
  call.noteError(upstreamErrorOf(told, status, secrets))
  call.countResponseBytes(told.length)
  call.finish('ERROR', () => {
    exchange.sendHead(status, {
      ...headersToCaller(headers, false, secrets),
      ...call.answerHeaders,
      'content-length': String(told.length),
      'x-latchkey-error-source': 'upstream',
      'x-request-id': call.id,
    })
    exchange.end(told)
  })
}

const FAILURES = {
  unreachable: 'upstream_unreachable',
  timeout: 'upstream_timeout',
  interrupted: 'upstream_interrupted',
} as const

function requestId(headers: IncomingHttpHeaders): string | null {
  return [headers['x-request-id']].flat()[0] ?? null
}

/** Answers a session that goes no further, and records it as denied. */
function refuse(call: Call, exchange: Exchange, error: CallError): void {
  answerWithError(call, exchange, error, error.code === 'internal_error' ? 'ERROR' : 'DENIED')
}

function fail(call: Call, exchange: Exchange, error: CallError): void {
  answerWithError(call, exchange, error, 'ERROR')
}
