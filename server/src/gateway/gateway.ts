// The data plane as one thing: what a call needs from its surroundings.
import type { IncomingHttpHeaders } from 'node:http'
import type { LookupFunction } from 'node:net'
import type { UpstreamClient } from '../http/client/upstream-client.ts'
import type { ClientAddresses } from '../http/wire/client-address.ts'
import type { CallLog } from '../ledger/journal/call-log.ts'
import type { AdmittableKey } from '../store/queries/api-keys.ts'
import type { Admission } from './admission/admission.ts'
import type { InFlightCalls } from './call/in-flight-calls.ts'
import type { CallCapture } from './capture/call-capture.ts'
import type { KeyDirectory, KnownKey } from './identity/key-directory.ts'
import type { Estimator } from './metering/estimate/estimator.ts'
import type { PriceBook } from './pricing/price-book.ts'
import type { ModelList } from './routing/model-list.ts'
import type { RouteHealth } from './routing/route-health.ts'
import type { Routes } from './routing/route-table.ts'

export type GatewayLimits = {
  /** A JSON body is read whole, since its last byte may name another model. */
  jsonBodyBytes: number
  /** An upload that streams through. */
  uploadBytes: number
  /** How long the end of a response waits at most for the tokenizer to estimate its usage; milliseconds. */
  estimateMs: number
}

/**
 * 32 MiB holds the largest vision request OpenAI takes; 1 GiB is twice its largest file. A client does not notice 50 ms after
 * the last token; past them the estimate is rough.
 */
export const GATEWAY_LIMITS: GatewayLimits = {
  jsonBodyBytes: 32 * 1024 * 1024,
  uploadBytes: 1024 * 1024 * 1024,
  estimateMs: 50,
}

/** How far a call may go to be answered. */
export type RoutingLimits = {
  /** Tries after the first. */
  extraAttempts: number
  /** For all tries of one call that has more than one way, to the head of an answer; milliseconds. */
  deadlineMs: number
  /** Failures of an upstream in a row after which it is left alone for a moment; 0: it never is. */
  breakerFailures: number
}

/** Judges the calls of keys that have a policy. */
export type CallRules = Pick<Admission, 'admit' | 'explain'>

export type Gateway = {
  keys: KeyDirectory
  /** Asks the store, past the directory, for what that does not keep. Rejects where it does not answer. */
  findKey(hash: Uint8Array<ArrayBuffer>): Promise<AdmittableKey | null>
  rules: CallRules
  routes: Routes
  prices: PriceBook
  models: ModelList
  inFlight: InFlightCalls
  /** Who calls where a proxy stands between. */
  addresses: ClientAddresses
  client: UpstreamClient
  /** Finds addresses of upstreams that admins set up, and refuses those that none may have. */
  lookup: LookupFunction
  estimator: Estimator
  limits: GatewayLimits
  routing: RoutingLimits
  /** What is known against upstreams and credentials. */
  health: RouteHealth
  /** How long a stream is read on, for its usage, after its caller has left; milliseconds. */
  drainMs: number
  /** How long a caller may take no byte of what waits for it; milliseconds. */
  clientIdleMs: number
  /** Milliseconds since the epoch. */
  clock: () => number
  /** A call has been admitted: what is known of it so far, to be read at once. Answers what `record` wants of it. */
  open: CallLog['open']
  /** Begins to capture the content of a call with this key; null where it is not wanted. */
  captureOf(key: KnownKey, headers: IncomingHttpHeaders): CallCapture | null
  /** A call has ended, and left this of its content; `written` runs once its record is safe. */
  record: CallLog['record']
  /**
   * Told of an error that only a mistake of ours can cause; the call of this id has been answered with a 500. Null: it is
   * of no one call.
   */
  onInternalError(error: unknown, requestId: string | null): void
}
