// A session that is open at both ends: relays its messages, meters them, and writes its record at the end.
import type { IncomingMessage } from 'node:http'
import type { WebSocketServer } from 'ws'
import type { WebSocketEndpoint } from '../../domain/endpoints/endpoints.ts'
import { type CallError, callError } from '../../domain/errors.ts'
import { printable } from '../../domain/logs/printable-text.ts'
import { denialError } from '../../domain/policy/denial.ts'
import { MINIMUM_RESERVATION, requestForModel } from '../../domain/policy/judge-call.ts'
import type { Verdict } from '../../domain/policy/verdict.ts'
import type { Exchange } from '../../http/server/exchange.ts'
import type { UpstreamRequestProfile } from '../attempt/upstream-request-profile.ts'
import type { Call } from '../call/call.ts'
import type { Gateway } from '../gateway.ts'
import { identify } from '../identity/identify.ts'
import type { KnownKey } from '../identity/key-directory.ts'
import { redacted } from '../metering/upstream-error.ts'
import type { Route } from '../routing/route-table.ts'
import { acceptClient, headerLines } from './handshake/accept-client.ts'
import type { UpstreamReply } from './handshake/connect-upstream.ts'
import { handshakeCredential } from './handshake/handshake.ts'
import { requestId } from './handshake/pass-refusal.ts'
import type { HeldSocket } from './handshake/paused-socket.ts'
import { watchKey } from './key-watch.ts'
import type { RealtimeLimits } from './limits.ts'
import { watchLiveness } from './liveness.ts'
import { refusedMessage } from './message-models.ts'
import { relay, type SessionAbort } from './relay.ts'
import { abortFor, INTERNAL_ERROR, SESSION_EXPIRED } from './session-abort.ts'
import { meterSession, meterTurns, type SessionMeter } from './session-meter.ts'
import { hasHttp } from './session-routes.ts'

/** What a session works with from the request to the relay. */
export type Opening = {
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
export type AskedSession = {
  endpoint: WebSocketEndpoint
  /** Null: it is named in messages, or by the upstream. */
  model: string | null
  key: KnownKey
  /** SHA-256 in hex of the secret of the API key. */
  hashHex: string
}

/** Accepts the client and relays messages until the session ends. */
export function runSession(
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

/** How a session was aborted whose `stopping` is aborted. */
export function abortOf(stopping: AbortSignal): SessionAbort {
  return stopping.reason as SessionAbort
}

/** The error of a limit or budget that a session has spent. */
function spentError({ gateway, exchange }: Opening, { model }: AskedSession, verdict: Verdict): CallError {
  const request = requestForModel(exchange, model, null, 1, MINIMUM_RESERVATION)
  return denialError(verdict, request, { requests: null, tokens: null }, gateway.clock())
}
