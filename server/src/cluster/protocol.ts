// What the owner and its workers say to each other, over the channel that Node opens between a process and those it forks.
// Both are this program, of one version; messages of one direction arrive in the order in which they were sent.

import type { AbortReason } from '../domain/errors.ts'
import type { KeyPolicy } from '../domain/policy/key-policy.ts'
import type { RateLimits } from '../domain/policy/rate-limits.ts'
import type { AdmissionRequest, Verdict } from '../domain/policy/verdict.ts'
import type { Upstream } from '../domain/upstreams/upstream.ts'
import type { AddressPolicy } from '../domain/upstreams/upstream-address.ts'
import type { UpstreamStatus } from '../domain/upstreams/upstream-status.ts'
import type { ActualUse } from '../gateway/admission/admission.ts'
import type { CaptureSettings } from '../gateway/capture/call-capture.ts'
import type { GatewayLimits, RoutingLimits } from '../gateway/gateway.ts'
import type { RealtimeLimits } from '../gateway/realtime/limits.ts'
import type { ManagedModels } from '../gateway/routing/route-snapshot.ts'
import type { UpstreamTimeouts } from '../http/client/upstream-client.ts'
import type { JournalState } from '../ledger/journal/journal.ts'
import type { AdmittableKey } from '../store/queries/api-keys.ts'

/** All that a worker knows of the configuration; nothing in it opens the database. */
export type WorkerSetup = {
  runId: string
  journalFolder: string
  host: string
  port: number
  /** Where the owner takes what is not the gateway's. */
  ownerSocket: string
  upstreams: Upstream[]
  /** Whether upstreams that admins set up may be in private networks. */
  privateUpstreams: AddressPolicy['privateUpstreams']
  defaultModel: string | null
  /** Secrets and all: a worker opens none itself. */
  managed: ManagedModels
  trustedProxies: string[]
  drainMs: number
  clientIdleMs: number
  fastLane: boolean
  limits: GatewayLimits
  routing: RoutingLimits
  capture: CaptureSettings
  timeouts: UpstreamTimeouts
  realtime: RealtimeLimits
}

/** A key as the rules see it; its policy is compiled by whoever decides. */
export type SentKey = { id: number; revision: number; policy: KeyPolicy }

/** The answer of the rules to one call; `hold` names what an admitted one holds until the worker ends it. */
export type SentDecision =
  | { admitted: true; hold: number; shadow: readonly Verdict[]; limits: RateLimits }
  | { admitted: false; verdict: Verdict; shadow: readonly Verdict[]; limits: RateLimits }

export type ToWorker =
  /** The answer to `ready`. */
  | { kind: 'begin'; setup: WorkerSetup }
  /** The answer to `find-key` of that id; `failed` where the store did not answer. */
  | { kind: 'key'; id: number; key: AdmittableKey | null | 'failed' }
  /** The answer to `admit` of that id; `failed` where what the key has used cannot be known. */
  | { kind: 'decision'; id: number; decision: SentDecision | 'failed' }
  /** The answer to `explain` of that id. */
  | { kind: 'verdicts'; id: number; verdicts: Verdict[] | 'failed' }
  /** A key has changed; answered by `forgotten` of that id. */
  | { kind: 'forget-key'; id: number; hashesHex: string[] }
  /** A key was stopped; answered by `cut` of that id. */
  | { kind: 'cut-calls'; id: number; keyId: number; reason: AbortReason }
  /** What admins manage has changed; answered by `replaced` of that id. */
  | { kind: 'replace-models'; id: number; managed: ManagedModels }
  /** Answered by `alive`. */
  | { kind: 'ping' }
  /** Take no more calls, let those under way end within the grace, write what is left, and exit with 0. */
  | { kind: 'stop'; graceMs: number }

export type ToOwner =
  /** Holds its share of the data directory: from here on no other owner can begin before it has ended. */
  | { kind: 'ready' }
  | { kind: 'listening' }
  /** Cannot begin; exits. */
  | { kind: 'failed'; message: string }
  | { kind: 'find-key'; id: number; hashHex: string }
  | { kind: 'forgotten'; id: number }
  | { kind: 'cut'; id: number; calls: number }
  /** A call of a key whose calls are counted. */
  | { kind: 'admit'; id: number; key: SentKey; request: AdmissionRequest }
  /** An admitted call is over, and used this much; null: it never reached an upstream. */
  | { kind: 'end-hold'; hold: number; actual: ActualUse | null }
  | { kind: 'explain'; id: number; key: SentKey; request: AdmissionRequest }
  | { kind: 'replaced'; id: number }
  | { kind: 'alive' }
  | WorkerReport

export type WorkerReport = {
  kind: 'report'
  /** Of the records taken since the last report, but for `dropped` ones that there was no room for. */
  lines: string[]
  dropped: number
  journal: JournalState
  /** What the worker knows against upstreams. */
  statuses: UpstreamStatus[]
}
