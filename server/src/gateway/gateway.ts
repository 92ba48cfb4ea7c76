// The data plane as one thing: what a call needs from its surroundings.
import type { IncomingHttpHeaders } from 'node:http'
import type { LookupFunction } from 'node:net'
import type { OwnKeys } from '../domain/keys/own-key.ts'
import type { TransportReason } from '../domain/upstreams/transport-reason.ts'
import type { UpstreamClient } from '../http/client/upstream-client.ts'
import type { BodySpool } from '../http/spool/body-spool.ts'
import type { ClientAddresses } from '../http/wire/client-address.ts'
import type { CallLog } from '../ledger/journal/call-log.ts'
import type { AdmittableKey } from '../store/queries/api-keys.ts'
import type { Admission } from './admission/admission.ts'
import type { BodyMemory, BodyMemoryLimits } from './admission/body-memory.ts'
import type { InFlightCalls } from './call/in-flight-calls.ts'
import type { CallCapture } from './capture/call-capture.ts'
import type { ClientSecrets } from './client-secrets/client-secrets.ts'
import type { AuthenticationThrottle } from './identity/authentication-throttle.ts'
import type { KeyDirectory, KnownKey } from './identity/key-directory.ts'
import type { Estimator } from './metering/estimate/estimator.ts'
import type { ObjectBindings } from './objects/object-bindings.ts'
import type { PriceBook } from './pricing/price-book.ts'
import type { ModelList } from './routing/model-list.ts'
import type { RouteHealth } from './routing/route-health.ts'
import type { Routes } from './routing/route-table.ts'
import type { UsageRequests } from './routing/usage-requests.ts'

export type GatewayLimits = BodyMemoryLimits & {
  /** A JSON body is read whole, since its last byte may name another model. */
  jsonBodyBytes: number
  /** An upload that streams through, or a form. */
  uploadBytes: number
  /** Of forms in files. */
  spoolBytes: number
  spoolBytesPerKey: number
  /** How long the end of a response waits at most for the tokenizer to estimate its usage; milliseconds. */
  estimateMs: number
}

/**
 * 64 MiB, the default of its setting, holds the largest vision request OpenAI takes; 1 GiB is twice its largest file. A client does not notice 50 ms after
 * the last token; past them the estimate is rough.
 */
export const GATEWAY_LIMITS: GatewayLimits = {
  jsonBodyBytes: 64 * 1024 * 1024,
  uploadBytes: 1024 * 1024 * 1024,
  spoolBytes: 4 * 1024 * 1024 * 1024,
  spoolBytesPerKey: 2 * 1024 * 1024 * 1024,
  bodyBytesInFlight: 1024 * 1024 * 1024,
  bodyBytesInFlightPerKey: 256 * 1024 * 1024,
  estimateMs: 50,
}

/**
 * The limits with these bounds of a JSON body and of forms in files: several of the largest bodies fit into the memory of all, two
 * into that of a key, and a key takes half of the room for files at most.
 */
export function gatewayLimits(jsonBodyBytes: number, spoolBytes: number): GatewayLimits {
  const { bodyBytesInFlight, bodyBytesInFlightPerKey } = GATEWAY_LIMITS
  return {
    ...GATEWAY_LIMITS,
    jsonBodyBytes,
    spoolBytes,
    spoolBytesPerKey: Math.floor(spoolBytes / 2),
    bodyBytesInFlight: Math.max(bodyBytesInFlight, 4 * jsonBodyBytes),
    bodyBytesInFlightPerKey: Math.max(bodyBytesInFlightPerKey, 2 * jsonBodyBytes),
  }
}

/** How much retry and failover a call may use. */
export type RoutingLimits = {
  /** Attempts after the first. */
  extraAttempts: number
  /** For all attempts of a call that has several candidate routes, until a response head; milliseconds. */
  deadlineMs: number
  /** Consecutive failures of an upstream after which its circuit breaker opens; 0: it never does. */
  breakerFailures: number
}

/** Judges the calls of keys that have a policy. */
export type CallRules = Pick<Admission, 'admit' | 'explain'>

export type Gateway = {
  keys: KeyDirectory
  /** Reads a key from the store, with what the directory does not keep. Rejects where the store does not respond. */
  findKey(hash: Uint8Array<ArrayBuffer>): Promise<AdmittableKey | null>
  /** Replies to what applications ask of their keys beyond that. */
  ownKeys: OwnKeys
  authentication: AuthenticationThrottle
  rules: CallRules
  /** Whose the client secrets are that upstreams have made. */
  clientSecrets: ClientSecrets
  routes: Routes
  prices: PriceBook
  models: ModelList
  /** Whose the objects of upstreams are, and where. */
  objects: ObjectBindings
  /** Which upstreams refuse to be asked for the usage of a stream. */
  usageRequests: UsageRequests
  inFlight: InFlightCalls
  /** The address of the client behind trusted proxies. */
  addresses: ClientAddresses
  client: UpstreamClient
  /** Resolves the host of an upstream that an admin has set up, and refuses addresses that no upstream may have. */
  lookup: LookupFunction
  estimator: Estimator
  limits: GatewayLimits
  /** What request bodies take of the memory. */
  bodyMemory: BodyMemory
  /** Keeps the forms that must be read before they are sent on. */
  spool: BodySpool
  /** What forms take of the disk. */
  spoolRoom: BodyMemory
  routing: RoutingLimits
  /** Cooldowns of credentials and circuit breakers of upstreams. */
  health: RouteHealth
  /** How long a stream is drained for its usage after the client has disconnected; milliseconds. */
  drainMs: number
  /** How long a client may read no byte of a response that waits for it; milliseconds. */
  clientIdleMs: number
  /** Milliseconds since the epoch. */
  clock: () => number
  /** A call has been admitted: what is known of it so far, to be read at once. Returns what `record` needs of it. */
  open: CallLog['open']
  /** Begins to capture the content of a call with this key; null where it is not wanted. */
  captureOf(key: KnownKey, headers: IncomingHttpHeaders): CallCapture | null
  /** A call has ended, with this of its content; `written` runs once its record is in the journal. */
  record: CallLog['record']
  /**
   * Called for an internal error of the gateway; the call of this id got a 500. Null: the error
   * belongs to no single call.
   */
  onInternalError(error: unknown, requestId: string | null): void
  /** Called with each attempt whose connection failed: the name of its upstream, and why. */
  onTransportFailure(upstream: string, reason: TransportReason): void
}
