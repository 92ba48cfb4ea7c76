// The life of a call: accept → identify → admit → route → forward → meter → record.

import { type Endpoint, endpointOf, isPlainPath } from '../../domain/endpoints.ts'
import { type CallError, callError } from '../../domain/errors.ts'
import { unknownModel } from '../../domain/models/unknown-model.ts'
import { mayUseModel } from '../../domain/uses-model.ts'
import type { Exchange } from '../../http/server/exchange.ts'
import { misnamedHeader } from '../../http/wire/headers.ts'
import { watchBody } from '../../http/wire/multipart-model.ts'
import type { GovernedKey } from '../admission/admission.ts'
import { applyRules, callWithoutModel, evaluateRules, refusedModel } from '../admission/apply-rules.ts'
import { admit, formerSecretUsed } from '../admission/key-status.ts'
import { forward } from '../attempt/failover.ts'
import type { Gateway } from '../gateway.ts'
import { sentCredential } from '../identity/credential.ts'
import { identify } from '../identity/identify.ts'
import type { KnownKey } from '../identity/key-directory.ts'
import { FORM } from '../pricing/billable-units.ts'
import { MINIMUM_RESERVATION } from '../pricing/cost-reservation.ts'
import { openPrices, refusedUnpriced } from '../pricing/price-routes.ts'
import { respondWithError } from '../response/respond-with-error.ts'
import { candidatesFor } from '../routing/resolve-routes.ts'
import { type Abortable, Call, printable } from './call.ts'
import { keyInfo } from './key-info.ts'
import { startModelCall } from './model-call.ts'
import { tooLarge } from './request-limits.ts'

/**
 * Handles one call, from its first byte to its record. Never throws nor rejects: whatever goes wrong is answered in OpenAI's
 * shape and recorded. `fault` is what the machinery of HTTP found wrong with the request, where it could still read it.
 * Answers a promise where the call needs more than this turn to be on its way.
 */
export function handleCall(
  gateway: Gateway,
  exchange: Exchange,
  fault: CallError | null = null,
): Promise<void> | void {
  const call = new Call(exchange, gateway.record)
  try {
    const endpoint = fault ?? accept(exchange)
    const finding = identify(gateway.keys, sentCredential(exchange.headers))
    const handling =
      finding instanceof Promise
        ? finding.then((key) => handleIdentified(gateway, call, exchange, endpoint, key))
        : handleIdentified(gateway, call, exchange, endpoint, finding)
    return handling?.catch((error) => onInternalError(gateway, call, exchange, error))
  } catch (error) {
    onInternalError(gateway, call, exchange, error)
  }
}

/** A mistake of ours must not leave a caller waiting, nor its call unrecorded. */
function onInternalError(gateway: Gateway, call: Call, exchange: Exchange, error: unknown): void {
  gateway.onInternalError(error, call.id)
  refuse(call, exchange, callError('internal_error'))
}

function handleIdentified(
  gateway: Gateway,
  call: Call,
  exchange: Exchange,
  endpoint: Endpoint | CallError,
  key: KnownKey | CallError,
): Promise<void> | void {
  const nowMs = gateway.clock()
  if ('id' in key) {
    call.facts.apiKeyId = key.id
    call.facts.usedSecret = formerSecretUsed(key, nowMs)
    call.beginCapture(gateway.captureOf(key, exchange.headers))
  }
  // A wrong path says so to everyone; it is told apart from a wrong key, and still logged with the key it came with.
  if ('httpStatus' in endpoint) return refuse(call, exchange, endpoint)
  if ('httpStatus' in key) return refuse(call, exchange, key)
  const denial = admit(key, nowMs)
  if (denial !== null) return refuse(call, exchange, denial)
  call.run(gateway.inFlight, new Unanswered(call, exchange))
  switch (endpoint.kind) {
    case 'model-call':
      return startModelCall(gateway, call, exchange, endpoint, key.governed)
    case 'models':
    case 'key':
      return respondDirectly(gateway, call, exchange, endpoint, key)
    default:
      return passThrough(gateway, call, exchange, endpoint.kind === 'upload-call', key.governed)
  }
}

/** A call that has been sent nowhere yet. */
class Unanswered implements Abortable {
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

function accept(exchange: Exchange): Endpoint | CallError {
  const misnamed = misnamedHeader(exchange.headers.connection)
  if (misnamed !== null) {
    return callError('invalid_request', { message: `The Connection header must not name \`${misnamed}\`.` })
  }
  if (!isPlainPath(exchange.path)) return callError('unknown_url')
  const endpoint = endpointOf(exchange.method, exchange.path)
  if (endpoint === 'websocket') return callError('upgrade_required')
  if (endpoint === 'unknown') {
    return callError('unknown_url', {
      message: `Unknown request URL: ${exchange.method} ${exchange.path.slice(0, 200)}. Check the path and the method against the OpenAI API reference.`,
    })
  }
  if ('allow' in endpoint) {
    return callError('method_not_allowed', {
      allow: endpoint.allow,
      message: `Not allowed to ${exchange.method} on ${exchange.path.slice(0, 200)} (allowed: ${endpoint.allow.join(', ')}).`,
    })
  }
  return endpoint
}

async function passThrough(
  gateway: Gateway,
  call: Call,
  exchange: Exchange,
  metered: boolean,
  key: GovernedKey | null,
): Promise<void> {
  const limit = gateway.limits.uploadBytes
  if ((exchange.bodyBytes ?? 0) > limit) return refuse(call, exchange, tooLarge(limit))
  const candidates = candidatesFor(gateway, null, null)
  if (candidates === null) return refuse(call, exchange, callError('unknown_url'))
  const prices = metered && 'first' in candidates ? openPrices(gateway, [candidates.first]) : null
  if (prices !== null) await prices
  if (key !== null) {
    const usesModel = !metered && mayUseModel(exchange.method, exchange.path)
    const tokens = metered || usesModel ? 1 : 0
    // What a batch or a run will cost nobody can know.
    const costNanoUsd = usesModel ? null : metered ? MINIMUM_RESERVATION : 0
    const request = { ...callWithoutModel(exchange), usesModel, tokens, costNanoUsd }
    const refusal = await applyRules(gateway, call, key, request)
    if (refusal !== null) return refuse(call, exchange, refusal)
  }
  if (call.finished) return
  if ('httpStatus' in candidates) return respondWithError(call, exchange, candidates, 'ERROR')
  const refusedForm = (model: string | null) =>
    refusedModel(key, exchange, model) ?? refusedUnpriced(gateway, key, exchange, candidates.first, model)
  // The form names its model on its way, and is judged by it then; one that could hide it is looked through to its end.
  const unnamed = metered ? refusedForm(null) : null
  call.capture?.noteRequest(exchange.headers['content-type'], null)
  const source = exchange.bodyStream()
  if (source === null && unnamed !== null) return refuse(call, exchange, unnamed)
  const isForm = /^multipart\/form-data\b/i.test(exchange.headers['content-type'] ?? '')
  let bytes = 0
  let ownFault: CallError | null = null
  const watch = watchBody(
    isForm,
    (count) => {
      call.countRequestBytes(count)
      bytes += count
      if (bytes > limit) breakOff(tooLarge(limit))
    },
    (model) => {
      // `''` stands for one that cannot be told.
      if (model !== '') call.note({ requestedModel: printable(model, 256) })
      const refusal = refusedForm(model)
      if (refusal !== null) breakOff(refusal)
    },
    unnamed !== null,
  )
  function breakOff(fault: CallError): void {
    if (ownFault !== null) return
    ownFault = fault
    watch.destroy(new Error(fault.code))
  }
  forward(gateway, call, exchange, {
    route: candidates.first,
    // What streams by can be sent but once; what is stored at one upstream is at no other.
    others: [],
    repeatable: false,
    bodyFor: () => null,
    body: source === null ? null : source.pipe(watch),
    bodyBytes: exchange.bodyBytes,
    metered,
    units: metered ? FORM : null,
    responses: null,
    hideUsage: false,
    estimable: false,
    ownFault: () => ownFault,
  })
}

/** The endpoints of the gateway's own: in no count of a key's limits, so that a key without anything left can be looked at. */
async function respondDirectly(
  gateway: Gateway,
  call: Call,
  exchange: Exchange,
  endpoint: Extract<Endpoint, { kind: 'models' | 'key' }>,
  key: KnownKey,
): Promise<void> {
  const rules =
    key.governed === null ? [] : await evaluateRules(gateway, call, key.governed, callWithoutModel(exchange))
  if ('httpStatus' in rules) return refuse(call, exchange, rules)
  const response =
    endpoint.kind === 'key'
      ? await keyInfo(gateway, key, sentCredential(exchange.headers), rules)
      : await modelsFor(gateway, exchange, endpoint.id, key.governed)
  if ('httpStatus' in response) return refuse(call, exchange, response)
  const bytes = Buffer.from(JSON.stringify(response))
  call.note({ httpStatus: 200, upstream: null })
  call.countResponseBytes(bytes.length)
  call.finish('SUCCESS', () => {
    exchange.sendHead(200, {
      ...call.responseHeaders,
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(bytes.length),
      'openai-processing-ms': String(Math.round(call.elapsedMs())),
      'x-request-id': call.id,
    })
    exchange.end(bytes)
  })
}

/** The models that the key may call, or one of them. */
async function modelsFor(gateway: Gateway, exchange: Exchange, id: string | null, key: GovernedKey | null) {
  const all = await gateway.models.list()
  const models = key === null ? all : all.filter((model) => refusedModel(key, exchange, model.id) === null)
  if (id === null) return { object: 'list', data: models }
  return models.find((model) => model.id === id) ?? unknownModel(id)
}

/** Answers a call that goes no further, and records it as denied. */
function refuse(call: Call, exchange: Exchange, error: CallError): void {
  respondWithError(call, exchange, error, error.code === 'internal_error' ? 'ERROR' : 'DENIED')
}
