// The life of a call, each stage in a file of its own: identify the key → admit the call → resolve its candidate routes →
// attempt them until one responds → meter the response → record the call.
import type { Endpoint } from '../../domain/endpoints/endpoints.ts'
import { resolveEndpoint } from '../../domain/endpoints/resolve-endpoint.ts'
import { type CallError, callError } from '../../domain/errors.ts'
import { isPlaygroundSecret } from '../../domain/keys/playground-secret.ts'
import { endpointError, formerSecretUsed, keyError, queryError } from '../../domain/policy/judge-call.ts'
import type { Exchange } from '../../http/server/exchange.ts'
import { judgeHeaders } from '../admission/judge-members.ts'
import { identifySession, mayBeClientSecret, type SentSecret } from '../client-secrets/identify-session.ts'
import { startSecretCall } from '../client-secrets/secret-call.ts'
import type { Gateway } from '../gateway.ts'
import { identify } from '../identity/identify.ts'
import type { KnownKey } from '../identity/key-directory.ts'
import { type Abortable, Call } from './call.ts'
import { startFormCall } from './forms/form-call.ts'
import { misnamedInConnection } from './header-faults.ts'
import { startModelCall } from './model-call.ts'
import { serveOwnEndpoint } from './own/own-endpoints.ts'
import { startPassThroughCall } from './pass-through-call.ts'
import { refuse } from './refuse.ts'
import { startSessionCall } from './sessions/session-call.ts'
import { tagsError } from './tags-header.ts'

/**
 * Handles one call, from its first byte to its record. Never throws nor rejects: every error is sent in OpenAI's shape and
 * recorded. `fault` is what the HTTP machinery found wrong with a request that it could still read. Returns a promise only
 * where the call needs more than this turn of the event loop until it is sent to an upstream.
 */
export function handleCall(
  gateway: Gateway,
  exchange: Exchange,
  fault: CallError | null = null,
): Promise<void> | void {
  const call = new Call(exchange, gateway.record)
  try {
    const endpoint = fault ?? endpointOfRequest(exchange)
    const { sent } = call
    const isOfSecret =
      (isPassThrough(endpoint) || isPlaygroundSecret(sent)) && mayBeClientSecret(exchange.path, sent)
    const key = isOfSecret ? null : identify(gateway.keys, sent)
    const handling =
      key === null
        ? identifySession(gateway, exchange, sent).then((found) => {
            call.noteTags(found.tags)
            return handleIdentified(gateway, call, exchange, endpoint, found.key, found.secret)
          })
        : key instanceof Promise
          ? key.then((found) => handleIdentified(gateway, call, exchange, endpoint, found))
          : handleIdentified(gateway, call, exchange, endpoint, key)
    return handling?.catch((error) => onInternalError(gateway, call, exchange, error))
  } catch (error) {
    onInternalError(gateway, call, exchange, error)
  }
}

/** An internal error must not leave a client without a response, nor its call without a record. */
function onInternalError(gateway: Gateway, call: Call, exchange: Exchange, error: unknown): void {
  gateway.onInternalError(error, call.id)
  refuse(call, exchange, callError('internal_error'))
}

/** The endpoint of the request, or why there is none. */
function endpointOfRequest({ method, path, query, headers }: Exchange): Endpoint | CallError {
  return misnamedInConnection(headers) ?? resolveEndpoint(method, path, query)
}

function handleIdentified(
  gateway: Gateway,
  call: Call,
  exchange: Exchange,
  endpoint: Endpoint | CallError,
  key: KnownKey | CallError,
  secret: SentSecret | null = null,
): Promise<void> | void {
  const nowMs = gateway.clock()
  if ('id' in key) {
    call.noteKey(key, formerSecretUsed(key, nowMs))
    call.beginCapture(gateway.captureOf(key, exchange.headers))
  }
  // A wrong path is reported before a wrong key, whoever sends it, and is still logged with the key that it came with.
  if ('httpStatus' in endpoint) return refuse(call, exchange, endpoint)
  if ('httpStatus' in key)
    return refuse(call, exchange, gateway.authentication.refusalOf(key, exchange.clientIp))
  const policy = key.governed?.policy ?? null
  const denial =
    keyError(key, nowMs) ??
    endpointError(endpoint, exchange.path, policy) ??
    (secret === null ? queryError(endpoint, exchange.query, policy) : null) ??
    judgeHeaders(key.governed, exchange.headers) ??
    tagsError(call, exchange.headers)
  if (denial !== null) return refuse(call, exchange, denial)
  call.run(gateway.inFlight, new UnsentCall(call, exchange))
  switch (endpoint.served) {
    case 'MODEL_CALL':
      return startModelCall(gateway, call, exchange, endpoint, key.governed)
    case 'FORM':
      return startFormCall(gateway, call, exchange, endpoint, key.governed)
    case 'PASS_THROUGH':
      if (secret !== null) return startSecretCall(gateway, call, exchange, key.governed, secret)
      if (endpoint.modelIn === 'SESSION') return startSessionCall(gateway, call, exchange, endpoint, key)
      return startPassThroughCall(gateway, call, exchange, endpoint, key.governed)
    case 'MODEL_LIST':
    case 'KEY_INFO':
    case 'KEY_LOGS':
    case 'KEY_ROTATION':
      return serveOwnEndpoint(gateway, call, exchange, endpoint, key)
  }
}

function isPassThrough(endpoint: Endpoint | CallError): boolean {
  return 'served' in endpoint && endpoint.served === 'PASS_THROUGH'
}

/** An in-flight call that has been sent to no upstream yet: to abort it is to refuse it. */
class UnsentCall implements Abortable {
  readonly #call: Call
  readonly #exchange: Exchange

  constructor(call: Call, exchange: Exchange) {
    this.#call = call
    this.#exchange = exchange
  }

  abort(error: CallError): boolean {
    refuse(this.#call, this.#exchange, error)
    return true
  }
}
