// A JSON body that has been read whole, as a request to any of its candidate routes. It can be sent any number of times.
import type { Endpoint, StreamDialect } from '../../domain/endpoints/endpoints.ts'
import type { OutboundCall, OutboundRequest } from '../attempt/outbound-call.ts'
import type { Gateway } from '../gateway.ts'
import { ObjectBinder } from '../objects/object-binder.ts'
import type { BillableUnits } from '../pricing/billable-units.ts'
import type { CandidateRoutes, Route } from '../routing/route-table.ts'
import type { UsageRequests } from '../routing/usage-requests.ts'
import type { Call } from './call.ts'
import { type RequestBody, rewriteRequestBody } from './request-body.ts'

/** `binder`: null where the response leaves nothing at the upstream that a later call could name. */
export class JsonCall implements OutboundCall {
  readonly route: Route
  readonly others: readonly Route[]
  readonly body: Buffer
  readonly bodyBytes: number
  readonly metered = true
  readonly repeatable = true
  readonly units: BillableUnits | null
  readonly responses: StreamDialect | null
  hideUsage = false
  readonly estimable: boolean
  readonly binder: ObjectBinder | null
  readonly #read: RequestBody
  readonly #usageRequests: UsageRequests
  /** A stream whose client does not ask for usage. */
  readonly #lacksUsage: boolean

  constructor(
    usageRequests: UsageRequests,
    read: RequestBody,
    { first, others }: CandidateRoutes,
    units: BillableUnits | null,
    { dialect, injectsUsage, estimable }: Endpoint,
    binder: ObjectBinder | null,
  ) {
    this.#usageRequests = usageRequests
    this.#read = read
    this.route = first
    this.others = others
    this.units = units
    this.responses = dialect
    this.#lacksUsage = injectsUsage && read.stream && !read.includesUsage
    this.estimable = estimable
    this.binder = binder
    this.body = this.#bodyFor(first)
    this.bodyBytes = this.body.length
  }

  requestFor(route: Route): OutboundRequest {
    const body = this.#bodyFor(route)
    return { route, body, bodyBytes: body.length }
  }

  #bodyFor(route: Route): Buffer {
    this.hideUsage = this.#lacksUsage && this.#usageRequests.accepts(route)
    return this.#rewrite(route)
  }

  bodyWithoutUsageRequest(route: Route): Buffer | null {
    if (!this.hideUsage) return null
    this.hideUsage = false
    return this.#rewrite(route)
  }

  #rewrite({ model, maxOutputTokens }: Route): Buffer {
    return rewriteRequestBody(this.#read, model, this.hideUsage, maxOutputTokens ?? null)
  }

  ownFault(): null {
    return null
  }
}

/** Null where the response leaves nothing at the upstream that a later call could name. */
export function binderOf(
  gateway: Gateway,
  { apiKeyId }: Call,
  { keeps }: Endpoint,
  { store }: RequestBody,
): ObjectBinder | null {
  const isStored = keeps === 'UNLESS_REFUSED' ? store !== false : keeps === 'IF_ASKED' && store === true
  if (apiKeyId === null || keeps === 'NOTHING' || (keeps === 'IF_ASKED' && !isStored)) return null
  return new ObjectBinder(gateway.objects, apiKeyId, { isStored, isDurable: false, deletes: null })
}
