// The messages between the owner and its workers, over the channel that Node opens between a process and those it forks.
// Both are this program, of one version; messages of one direction arrive in the order in which they were sent.

import type { AbortReason } from '../domain/errors.ts'
import type { OwnKeyReply, OwnKeyRequest } from '../domain/keys/own-key.ts'
import type { KeyPolicy } from '../domain/policy/key-policy.ts'
import type { RateLimits } from '../domain/policy/rate-limits.ts'
import type { AdmissionRequest, SharedBy, Verdict } from '../domain/policy/verdict.ts'
import type { Upstream } from '../domain/upstreams/upstream.ts'
import type { AddressPolicy } from '../domain/upstreams/upstream-address.ts'
import type { UpstreamStatus } from '../domain/upstreams/upstream-status.ts'
import type { ActualUse } from '../gateway/admission/reservation.ts'
import type { CaptureSettings } from '../gateway/capture/call-capture.ts'
import type { BoundSecret } from '../gateway/client-secrets/client-secrets.ts'
import type { GatewayLimits, RoutingLimits } from '../gateway/gateway.ts'
import type { BoundRoute, ObjectBinding } from '../gateway/objects/object-bindings.ts'
import type { RealtimeLimits } from '../gateway/realtime/limits.ts'
import type { ManagedModels } from '../gateway/routing/route-snapshot.ts'
import type { UpstreamTimeouts } from '../http/client/upstream-client.ts'
import type { SpoolOptions } from '../http/spool/body-spool.ts'
import type { JournalState } from '../ledger/journal/journal.ts'
import type { AdmittableKey } from '../store/queries/api-keys.ts'

// How long a call waits for the owner's response; then its own response is an error that a client retries.
export const RESPONSE_MAX_MS = 5_000

/** What a worker gets of the configuration; nothing in it opens the database. */
export type WorkerSetup = {
  runId: string
  journalFolder: string
  host: string
  port: number
  /** Path of the socket on which the owner takes the requests that are not the gateway's. */
  ownerSocket: string
  upstreams: Upstream[]
  /** Whether upstreams that admins set up may be in private networks. */
  privateUpstreams: AddressPolicy['privateUpstreams']
  defaultModel: string | null
  /** Where forms are kept until they are sent on. */
  spool: SpoolOptions
  /** With opened secrets: a worker has no encryption key. */
  managed: ManagedModels
  publicUrl: string | null
  trustedProxies: string[]
  drainMs: number
  clientIdleMs: number
  connectionsPerNetwork: number | null
  fastLane: boolean
  limits: GatewayLimits
  routing: RoutingLimits
  capture: CaptureSettings
  timeouts: UpstreamTimeouts
  realtime: RealtimeLimits
}

/** A key as the rules see it; the owner compiles its policy. */
export type SentKey = { id: number; revision: number; policy: KeyPolicy; shared: SentSharedPolicy[] }

/** A policy that keys share; `revision` is its own. */
export type SentSharedPolicy = { by: SharedBy; id: number; policy: KeyPolicy; revision: number }

/** The decision on one call; an admitted one keeps its reservation until the worker ends it. */
export type SentDecision =
  | { admitted: true; reservationId: number; shadow: readonly Verdict[]; limits: RateLimits }
  | { admitted: false; verdict: Verdict; shadow: readonly Verdict[]; limits: RateLimits }

/** What a worker asks of the bindings, as ObjectBindings has it. */
export type ObjectsRequest =
  | { do: 'find'; ids: readonly string[] }
  | { do: 'bind'; apiKeyId: number; route: BoundRoute; ids: readonly string[]; isDurable: boolean }
  | { do: 'owned'; apiKeyId: number; ids: readonly string[] }
  | { do: 'forget'; apiKeyId: number; objectId: string }

/** What was asked for; the rest is empty. */
export type ObjectsReply = { bindings: [string, ObjectBinding][]; owned: string[] }

export type ToWorker =
  /** The response to `ready`. */
  | { kind: 'start'; setup: WorkerSetup }
  /** The response to `find-key`; `failed` where the store did not respond. */
  | { kind: 'key'; id: number; key: AdmittableKey | null | 'failed' }
  /** The response to `admit`; `failed` where what the key has used cannot be known. */
  | { kind: 'decision'; id: number; decision: SentDecision | 'failed' }
  /** The response to `charge-reservation`: the limit that is spent; null: something is left of each. */
  | { kind: 'charged'; id: number; spent: Verdict | null }
  /** The response to `explain`; `failed` as for `decision`. */
  | { kind: 'verdicts'; id: number; verdicts: Verdict[] | 'failed' }
  /** The response to `objects`; `failed` where the database did not respond. */
  | { kind: 'objects'; id: number; reply: ObjectsReply | 'failed' }
  /** The response to `own-key`; `failed` where the database did not respond. */
  | { kind: 'own-key'; id: number; reply: OwnKeyReply | 'failed' }
  /** The response to `bind-secret`, with null, and to `find-secret`. */
  | { kind: 'secret'; id: number; secret: BoundSecret | null }
  /** A key has changed; the response is `confirm`. */
  | { kind: 'forget-key'; id: number; hashesHex: string[] }
  /** The in-flight calls of these keys must end; the response is `confirm`, with how many did. */
  | { kind: 'abort-calls'; id: number; keyIds: readonly number[]; reason: AbortReason }
  /** Upstreams or models that admins manage have changed; the response is `confirm`. */
  | { kind: 'replace-models'; id: number; managed: ManagedModels }
  /** A client of this address has failed to authenticate at another worker; null: the address is not known. */
  | { kind: 'failed-authentication'; clientIp: string | null }
  /** The response is `pong`. */
  | { kind: 'ping' }
  /** Take no more calls, let those in flight end within the grace, flush the journal, and exit with 0. */
  | { kind: 'stop'; graceMs: number; lingerMs: number }

export type ToOwner =
  /** Holds its share of the data directory: from here on no other owner can start before this worker has exited. */
  | { kind: 'ready' }
  | { kind: 'listening' }
  /** Cannot start, and exits. */
  | { kind: 'start-failed'; message: string }
  | { kind: 'find-key'; id: number; hashHex: string }
  /** The response to `forget-key`, `abort-calls` and `replace-models`: done. */
  | { kind: 'confirm'; id: number; abortedCalls: number }
  /** A call of a key whose policy counts anything. */
  | { kind: 'admit'; id: number; key: SentKey; request: AdmissionRequest }
  /** An admitted call goes on, and has used this much more. */
  | { kind: 'charge-reservation'; id: number; reservationId: number; used: ActualUse }
  /** An admitted call has ended, and used this much; null: it never reached an upstream. */
  | { kind: 'end-reservation'; reservationId: number; actual: ActualUse | null }
  | { kind: 'explain'; id: number; key: SentKey; request: AdmissionRequest }
  | { kind: 'objects'; id: number; request: ObjectsRequest }
  | { kind: 'own-key'; id: number; request: OwnKeyRequest }
  /** An upstream has made a client secret, known here by its hash alone. */
  | { kind: 'bind-secret'; id: number; hashHex: string; secret: BoundSecret }
  | { kind: 'find-secret'; id: number; hashHex: string }
  /** To be told to the other workers. */
  | { kind: 'failed-authentication'; clientIp: string | null }
  | { kind: 'pong' }
  | WorkerReport

export type WorkerReport = {
  kind: 'report'
  /** Journal lines of the records taken since the last report, without the `dropped` ones that there was no room for. */
  lines: string[]
  dropped: number
  journal: JournalState
  /** Upstreams that this worker does not use as usual: cooling down, degraded or unreachable. */
  statuses: UpstreamStatus[]
}
