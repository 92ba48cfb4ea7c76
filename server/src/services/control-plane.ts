// What the services, and their adapters for GraphQL and REST, are given.
import type { LookupFunction } from 'node:net'
import type { AbortReason } from '../domain/errors.ts'
import type { DiskSpace } from '../domain/findings/disk-space.ts'
import type { RouteCandidate, RouteMatch } from '../domain/models/route-target.ts'
import type { ContentCapture, KeyPolicy } from '../domain/policy/key-policy.ts'
import type { AdmissionRequest, Verdict } from '../domain/policy/verdict.ts'
import type { EnvironmentValue } from '../domain/settings/environment-value.ts'
import type { Upstream } from '../domain/upstreams/upstream.ts'
import type { AddressPolicy } from '../domain/upstreams/upstream-address.ts'
import type { UpstreamStatus } from '../domain/upstreams/upstream-status.ts'
import type { CostCorrection } from '../domain/usage/cost-changes.ts'
import type { LedgerView } from '../ledger/ledger.ts'
import type { StoredSharedPolicy } from '../store/queries/owners/shared-limits.ts'
import type { Store } from '../store/store.ts'
import type { KeyChangeFeed } from './keys/key-change-feed.ts'

/** A key with its policy as it is stored now; null: unrestricted. `version` grows with every change. */
export type RuledKey = {
  id: number
  version: number
  policy: KeyPolicy | null
  /** What it shares with other keys; absent: nothing that matters here. */
  shared?: readonly StoredSharedPolicy[]
}

/**
 * `hashesHex` are of all secrets that are or were its, before the change and after it; `ownerIds` of the owners that it belonged to,
 * null: to nobody.
 */
export type KeyChange = RuledKey & { hashesHex: string[]; ownerIds: readonly (number | null)[] }

/**
 * What keys share, as it is stored now: the policy of an owner, or the limits of a label; null: nothing. `name`: of the owner, or
 * the label, `env=prod`. `version` grows with every change. `hashesHex` are of all secrets of the keys that share it.
 */
export type SharedChange = {
  kind: 'OWNER' | 'LABEL'
  id: number
  name: string
  version: number
  policy: KeyPolicy | null
  hashesHex: string[]
}

export type ControlPlane = {
  store: Store
  ledger: LedgerView
  /** Milliseconds since the epoch. */
  clock: () => number
  /** The 32 bytes of the Fernet key that encrypted copies of secrets are kept under. */
  encryptionKey: Uint8Array
  /** Where browsers reach the console: scheme, host and port, no slash at the end; null: nobody has said. */
  publicUrl: string | null
  /** Where the journal and the backups are. */
  dataDir: string
  /** Of the disk that it is on; null: not known. Never rejects, and responds within some seconds. */
  diskSpace(): Promise<DiskSpace | null>
  /** The address that the server listens on. */
  listensOn: string
  /**
   * Called after the commit of every change of a key; resolves once no directory of the gateway knows it as it was, so that
   * a mutation that awaits it holds from the next call on. Never rejects.
   */
  announceKeyChange(change: KeyChange): Promise<void>
  /** Who follows keys in this process; `announceKeyChange` publishes to it. */
  keyChanges: KeyChangeFeed
  /** The same of a change of what keys share. */
  announceSharedChange(change: SharedChange): Promise<void>
  /**
   * Aborts the in-flight calls of these keys, and returns how many. To be called after `announceKeyChange`, so that none begins
   * under the former state of a key. Never rejects.
   */
  abortInFlightCalls(keyIds: readonly number[], reason: AbortReason): Promise<number>
  /**
   * Called after the commit of other costs of calls: budgets count them. `sinceMonotonicMs`: `performance.now()` before it began.
   */
  announceCosts(corrections: readonly CostCorrection[], sinceMonotonicMs: number): void
  /**
   * Makes a secret of the playground, by its SHA-256 in hex, a credential of the API key whose own secret has the hash `keyHashHex`. Every
   * process of the gateway knows it by its next call; a restart forgets it.
   */
  keepPlaygroundSecret(
    hashHex: string,
    secret: { apiKeyId: number; keyHashHex: string; expiresAtMs: number },
  ): void
  /** A recalculation of costs has been started: it runs from now on. */
  announceRecalculation(): void
  /** Every rule's verdict on a call with this key, with what remains; nothing is reserved. Rejects where the ledger fails. */
  explainCall(key: RuledKey, request: AdmissionRequest): Promise<Verdict[]>
  /** The same of a policy that keys share, of what all of them use together. */
  explainShared(shared: StoredSharedPolicy, request: AdmissionRequest): Promise<Verdict[]>
  /** What takes the calls of a model (null: of calls without a model), and their candidate routes now. */
  routesOf(model: string | null): { target: RouteMatch | null; candidates: RouteCandidate[] }
  /**
   * Whether the price of a model is known on every route, since a budget reserves the highest; true also
   * of a model without routes. Never rejects.
   */
  isPriced(model: string): Promise<boolean>
  /**
   * Called after the commit of every change of an upstream or a model; resolves once every gateway routes by it, or it could
   * not be read back, in which case they do later. Never rejects.
   */
  announceRoutesChange(): Promise<void>
  /** The upstreams that are degraded, as each process of the gateway knows them; a healthy one is not in the list. */
  upstreamStatuses(): UpstreamStatus[]
  /** The settings of the environment, without secrets. */
  environment: readonly EnvironmentValue[]
  /** The upstreams of the environment, in the order in which they are tried. They cannot be changed. */
  environmentUpstreams: readonly Upstream[]
  /** Where the upstreams that admins set up may be. */
  addressPolicy: AddressPolicy
  /** Resolves the names that alert channels are at; absent: the system's. */
  lookup?: LookupFunction
  /** What is captured of the calls of keys whose policy says nothing of it, and how long content is kept. */
  contents: { capture: ContentCapture; keepMs: number }
  /** How long rollups are kept, in milliseconds; null: no limit. */
  rollupRetentionMs: number | null
  server: { version: string; startedAtMs: number; models(): string[]; defaultModel(): string }
  /** Aborted when the server begins to stop: what would never end by itself ends at this signal. */
  draining?: AbortSignal
  /** Called with every error that was sent as INTERNAL or is ClientDisconnected, and with the id of its request. */
  onFault?(error: unknown, requestId: string): void
}
