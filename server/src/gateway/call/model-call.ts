// A model call, whose body is one JSON object: it is read, admitted, and sent to the candidate routes of its model.
import type { Endpoint } from '../../domain/endpoints/endpoints.ts'
import { type CallError, callError } from '../../domain/errors.ts'
import { unknownModel } from '../../domain/models/unknown-model.ts'
import { requestForModel } from '../../domain/policy/judge-call.ts'
import type { Exchange, WholeBody } from '../../http/server/exchange.ts'
import { encodingOf } from '../../http/wire/content-encoding.ts'
import type { GovernedKey } from '../admission/admission.ts'
import { applyRules, hasBudget } from '../admission/apply-rules.ts'
import { isHeld, readHeldBody, rulesBeforeBody } from '../admission/held-body.ts'
import { judgeMembers } from '../admission/judge-members.ts'
import { sizeOf } from '../admission/request-size.ts'
import { forward } from '../attempt/forward.ts'
import type { Gateway } from '../gateway.ts'
import {
  type ObjectRoute,
  referencesOfModelCall,
  routeOfObjects,
  sharesObjects,
} from '../objects/named-objects.ts'
import { isBoundRoute } from '../objects/object-bindings.ts'
import { type BillableUnits, billableUnits } from '../pricing/billable-units.ts'
import { maxCostOfCandidates, openPrices } from '../pricing/price-routes.ts'
import { respondWithError } from '../response/respond-with-error.ts'
import { candidatesFor } from '../routing/resolve-routes.ts'
import type { CandidateRoutes } from '../routing/route-table.ts'
import { type Session, sessionKeyOf } from '../routing/session-key.ts'
import type { Call } from './call.ts'
import { binderOf, JsonCall } from './json-call.ts'
import { refuse } from './refuse.ts'
import { isJsonType, locate, type RequestBody, readRequestBody } from './request-body.ts'
import { memoryFull, tooLarge } from './request-limits.ts'

/** A promise where a stage takes more than this turn of the event loop, as none of most calls does. */
type Later = Promise<void> | void

/**
 * Reads, admits and forwards the call. Most calls have all that they need when they arrive: they are sent to an upstream when
 * this returns, and pay for no promise. Rejects, or throws, only on an internal error.
 */
export function startModelCall(
  gateway: Gateway,
  call: Call,
  exchange: Exchange,
  endpoint: Endpoint,
  key: GovernedKey | null,
): Later {
  const model = new ModelCall(gateway, call, exchange, endpoint, key)
  const judging = rulesBeforeBody(gateway, call, exchange, key)
  if (judging === null) return model.read()
  return judging.then((refusal) => (refusal === null ? model.read() : refuse(call, exchange, refusal)))
}

class ModelCall implements Session {
  readonly #gateway: Gateway
  readonly #call: Call
  readonly #exchange: Exchange
  readonly #endpoint: Endpoint
  readonly #key: GovernedKey | null
  #body: RequestBody | null = null

  constructor(gateway: Gateway, call: Call, exchange: Exchange, endpoint: Endpoint, key: GovernedKey | null) {
    this.#gateway = gateway
    this.#call = call
    this.#exchange = exchange
    this.#endpoint = endpoint
    this.#key = key
  }

  read(): Later {
    if (!isJson(this.#exchange))
      return refuse(this.#call, this.#exchange, callError('unsupported_media_type'))
    const { jsonBodyBytes } = this.#gateway.limits
    if (isHeld(this.#exchange))
      return readHeldBody(this.#gateway, this.#call, this.#exchange, jsonBodyBytes).then((bytes) =>
        this.#readJson(bytes),
      )
    const reading = this.#exchange.readBody(jsonBodyBytes)
    return reading instanceof Promise
      ? reading.then((bytes) => this.#readSmall(bytes))
      : this.#readSmall(reading)
  }

  #readSmall(bytes: WholeBody): Later {
    if (bytes === 'refused') return this.#readJson(memoryFull())
    if (bytes === 'too-large') return this.#readJson(tooLarge(this.#gateway.limits.jsonBodyBytes))
    if (bytes !== 'disconnected') this.#call.countRequestBytes(bytes.length)
    return this.#readJson(bytes)
  }

  #readJson(bytes: Buffer | CallError | 'disconnected'): Later {
    const call = this.#call
    if (bytes === 'disconnected') return call.finish('CANCELLED')
    if ('httpStatus' in bytes) return refuse(call, this.#exchange, bytes)
    call.capture?.noteRequest(this.#exchange.headers['content-type'] ?? 'application/json', bytes)
    const reading = readRequestBody(bytes, this.#endpoint.modelOptional)
    // Only a large body takes more than this turn.
    return reading instanceof Promise ? reading.then((body) => this.#judge(body)) : this.#judge(reading)
  }

  #judge(body: RequestBody | CallError): Later {
    if ('httpStatus' in body) return refuse(this.#call, this.#exchange, body)
    const call = this.#call
    call.noteRequest(body.model, body.stream)
    if (body.tags !== null) call.noteTags(body.tags)
    const key = this.#key
    if (key === null || key.policy === null) return this.#findObjects(body)
    const fault = judgeMembers(key, this.#exchange, body.bytes, body.model)
    return fault instanceof Promise
      ? fault.then((found) => this.#judged(body, found))
      : this.#judged(body, fault)
  }

  #judged(body: RequestBody, fault: CallError | null): Later {
    return fault === null ? this.#findObjects(body) : refuse(this.#call, this.#exchange, fault)
  }

  #findObjects(body: RequestBody): Later {
    const call = this.#call
    const isShared = sharesObjects(this.#key)
    const references = referencesOfModelCall(this.#endpoint, body.bytes, isShared)
    if (references === null) return this.#route(body, null)
    if ('httpStatus' in references) return refuse(call, this.#exchange, references)
    const { objects } = this.#gateway
    const route = routeOfObjects(objects, references, call.apiKeyId, isShared)
    return route instanceof Promise
      ? route.then((found) => this.#route(body, found))
      : this.#route(body, route)
  }

  /** `objects`: the route that has what the call names; null: any may. */
  #route(body: RequestBody, objects: ObjectRoute | CallError): Later {
    if (objects !== null && 'httpStatus' in objects) return refuse(this.#call, this.#exchange, objects)
    const gateway = this.#gateway
    this.#body = body
    const session = isConversation(this.#endpoint) ? this : undefined
    const candidates = candidatesFor(gateway, this.#key, body.model, objects, session)
    if (objects !== null && isCandidates(candidates) && isBoundRoute(candidates.first.upstream, objects))
      this.#call.noteAffinity('OBJECT')
    const units = billableUnits(this.#endpoint.bills, body.bytes)
    return units instanceof Promise
      ? units.then((counted) => this.#price(body, candidates, counted))
      : this.#price(body, candidates, units)
  }

  #price(
    body: RequestBody,
    candidates: CandidateRoutes | CallError | null,
    units: BillableUnits | null,
  ): Later {
    const gateway = this.#gateway
    const prices =
      units === null || !isCandidates(candidates)
        ? null
        : openPrices(gateway, [candidates.first, ...candidates.others])
    if (this.#key === null && prices === null) return this.#send(body, candidates, units)
    return this.#admit(prices, body, candidates, units).then((refusal) =>
      refusal === null ? this.#send(body, candidates, units) : refuse(this.#call, this.#exchange, refusal),
    )
  }

  sessionKey(): string | null {
    const body = this.#body
    return body === null
      ? null
      : sessionKeyOf(this.#call.apiKeyId, this.#exchange.headers, body.bytes, locate(body))
  }

  noteChosen(): void {
    this.#call.noteAffinity('SESSION')
  }

  /** Applies the rules of the key, once the prices that budgets need are loaded. */
  async #admit(
    prices: Promise<void> | null,
    { bytes, model }: RequestBody,
    candidates: CandidateRoutes | CallError | null,
    units: BillableUnits | null,
  ): Promise<CallError | null> {
    const gateway = this.#gateway
    const key = this.#key
    if (prices !== null) await prices
    if (key === null) return null
    const chosen = isCandidates(candidates) ? [candidates.first, ...candidates.others] : []
    const modelMax = chosen[0]?.maxOutputTokens ?? null
    const forBudget = hasBudget(key)
    const size = await sizeOf(bytes, units?.kind ?? null, modelMax, forBudget)
    const tokens = size.inputTokens + size.outputTokens
    const costNanoUsd = forBudget ? maxCostOfCandidates(gateway, chosen, units, size) : 0
    const resolvedModel = chosen[0]?.model ?? null
    const request = requestForModel(this.#exchange, model, resolvedModel, tokens, costNanoUsd)
    return applyRules(gateway, this.#call, key, request)
  }

  #send(
    body: RequestBody,
    candidates: CandidateRoutes | CallError | null,
    units: BillableUnits | null,
  ): void {
    const call = this.#call
    const exchange = this.#exchange
    // It may have been aborted while it was admitted.
    if (call.finished) return
    if (candidates === null) return refuse(this.#call, this.#exchange, unknownModel(body.model ?? ''))
    if (!isCandidates(candidates)) return respondWithError(call, exchange, candidates, 'ERROR')
    const outbound = new JsonCall(
      this.#gateway.usageRequests,
      body,
      candidates,
      units,
      this.#endpoint,
      binderOf(this.#gateway, call, this.#endpoint, body),
    )
    // What has another name at the upstream is there twice: for a failover the first is kept.
    if (outbound.body !== body.bytes && !call.holdCopy(outbound.bodyBytes))
      return refuse(call, exchange, memoryFull())
    forward(this.#gateway, call, exchange, outbound)
  }
}

/** Whether later calls may repeat what a call of this endpoint says. */
function isConversation({ dialect }: Endpoint): boolean {
  return dialect === 'chat' || dialect === 'responses'
}

function isCandidates(candidates: CandidateRoutes | CallError | null): candidates is CandidateRoutes {
  return candidates !== null && 'first' in candidates
}

/** Whether a request says, by its head, that its body is JSON which can be read. */
export function isJson(exchange: Exchange): boolean {
  const { 'content-type': type, 'content-encoding': encoding } = exchange.headers
  return isJsonType(type) && (encoding === undefined || encodingOf(encoding) !== 'unknown')
}
