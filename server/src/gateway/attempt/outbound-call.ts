// What a call sends to an upstream, and how the response is to be read.
import type { Readable } from 'node:stream'
import type { StreamDialect } from '../../domain/endpoints/endpoints.ts'
import { upstreamPath } from '../../domain/endpoints/find-endpoint.ts'
import type { CallError } from '../../domain/errors.ts'
import { queryWithoutSecrets } from '../../domain/keys/secrets-in-query.ts'
import type { UpstreamRequest } from '../../http/client/upstream-client.ts'
import type { Exchange } from '../../http/server/exchange.ts'
import { headersToUpstream } from '../../http/wire/headers.ts'
import type { ObjectBinder } from '../objects/object-binder.ts'
import type { BillableUnits } from '../pricing/billable-units.ts'
import type { Route } from '../routing/route-table.ts'
import type { UpstreamRequestProfile } from './upstream-request-profile.ts'

/** The request of one attempt: a route, and the body as that route gets it. */
export type OutboundRequest = {
  route: Route
  body: Buffer | Readable | null
  /** Null where the length is not known before the end. */
  bodyBytes: number | null
}

/** A call as it goes to its candidate routes; the request is that of the first attempt. */
export type OutboundCall = OutboundRequest & {
  /** The further candidate routes, in the order to be tried; empty where the body can be sent only once. */
  others: readonly Route[]
  /** False where the body can be sent only once: then there is neither a retry nor a failover. */
  repeatable: boolean
  /** The request of another attempt: another route may have another name for the model, and a stream is read once. */
  requestFor(route: Route): OutboundRequest
  /**
   * The body for a route that has refused the gateway's request for a usage chunk, without that request; null where the
   * last body had none. `hideUsage` is false from then on.
   */
  bodyWithoutUsageRequest(route: Route): Buffer | null
  /** Usage is read from the response. */
  metered: boolean
  /** What is billed; null: nothing. */
  units: BillableUnits | null
  /** A success is JSON, or a stream of events that ends as this dialect's do; null: a success may be of any kind. */
  responses: StreamDialect | null
  /** A success is what a client has stored, a page too. */
  readonly isContent?: boolean
  /** The gateway added the request for a usage chunk to the last body, so that chunk must not reach the client. */
  readonly hideUsage: boolean
  /** The response is a model's text: where the upstream reports no usage, it is estimated from the bodies. */
  estimable: boolean
  /** Gets what a success says was made; null: nothing of it is bound to the key. */
  readonly binder: ObjectBinder | null
  /** Why the gateway itself broke the request off; null where it did not. */
  ownFault(): CallError | null
}

/**
 * What differs among calls of which nothing is metered. `body`: of every attempt, unless it is a stream, which is sent once. `units`:
 * what is billed though no response says how much of it, so that the cost is not known; null: the call is free of charge.
 */
export type UnmeteredCall = Pick<
  OutboundCall,
  'route' | 'others' | 'repeatable' | 'body' | 'bodyBytes' | 'units' | 'isContent' | 'binder' | 'ownFault'
>

/** A call whose response passes without being metered, to an object that an upstream stores or makes. */
export function unmeteredCall(call: UnmeteredCall): OutboundCall {
  const { body, bodyBytes } = call
  return {
    ...call,
    requestFor: (route) => ({ route, body, bodyBytes }),
    bodyWithoutUsageRequest: () => null,
    metered: false,
    responses: null,
    hideUsage: false,
    estimable: false,
  }
}

/** The request of one attempt, as an upstream client takes it. A response that is read is requested without compression. */
export function upstreamRequest(
  { method, path, query, headers }: Exchange,
  { metered, binder }: OutboundCall,
  { route, body, bodyBytes }: OutboundRequest,
  profile: UpstreamRequestProfile,
): UpstreamRequest {
  return {
    baseUrl: route.upstream.baseUrl,
    method,
    path: upstreamPath(path) + queryWithoutSecrets(query),
    headers: headersToUpstream(headers, profile.headers, metered || binder !== null),
    body,
    bodyBytes,
    egress: profile.egress,
  }
}
