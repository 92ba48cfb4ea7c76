// A worker's end of the channel to its owner: requests to the owner, what the owner wants of the worker, and reports.
import type { AbortReason } from '../domain/errors.ts'
import type { OwnKeyReply, OwnKeys } from '../domain/keys/own-key.ts'
import type { UpstreamStatus } from '../domain/upstreams/upstream-status.ts'
import type { ClientSecrets } from '../gateway/client-secrets/client-secrets.ts'
import type { CallRules } from '../gateway/gateway.ts'
import type { ObjectBindings } from '../gateway/objects/object-bindings.ts'
import type { ManagedModels } from '../gateway/routing/route-snapshot.ts'
import type { JournalState } from '../ledger/journal/journal.ts'
import { createPendingRequests } from '../rpc/rpc.ts'
import type { AdmittableKey } from '../store/queries/api-keys.ts'
import { type AdmissionClient, createAdmissionClient } from './admission-client.ts'
import { createObjectsClient, type ObjectsClient } from './objects-client.ts'
import { RESPONSE_MAX_MS, type ToOwner, type ToWorker, type WorkerSetup } from './protocol.ts'
import { createSecretsClient } from './secrets-client.ts'

// Between two reports: how far the live tail and the metrics may be behind a worker.
const REPORT_MS = 100
// Journal lines that wait for the next report, some 6 MB. There are more only where the owner hangs; the journal has them all.
const LINES_MAX = 10_000

export type OwnerLink = {
  /** Says that this worker is ready to start; resolves with what the owner sends it for that. */
  setup(): Promise<WorkerSetup>
  /** Says that this worker listens. */
  listening(): void
  /** Says why this worker cannot start; resolves once the channel has taken the message. */
  startFailed(message: string): Promise<void>
  /** Looks a key up in the owner's store. Rejects where that fails, or takes more than RESPONSE_MAX_MS. */
  findKey(hash: Uint8Array): Promise<AdmittableKey | null>
  /** What the owner replies about keys. Rejects as findKey does. */
  ownKeys: OwnKeys
  /** Admits and explains calls; the owner decides on those whose key counts anything. */
  rules: CallRules
  /** The owner's object bindings. */
  objects: ObjectBindings
  /** Those of all workers, which the owner keeps. */
  clientSecrets: ClientSecrets
  /** Tells the other workers that a client has failed to authenticate. */
  tellFailedAuthentication(clientIp: string | null): void
  /** Puts a record into the next report; `line` is its line in the journal. */
  noteRecord(line: string): void
  /** The journal's state has changed (bytes written, or a write refused): the next report holds it. */
  noteJournal(): void
}

export type OwnerLinkOptions = {
  /** Read for each report; null before the journal is open. */
  journal(): JournalState | null
  forgetKey(hashesHex: string[]): void
  /** Resolves with how many calls were aborted. */
  abortInFlightCalls(keyIds: readonly number[], reason: AbortReason): Promise<number>
  /** A client has failed to authenticate at another worker. */
  noteFailedAuthentication(clientIp: string | null): void
  statuses(): UpstreamStatus[]
  replaceModels(managed: ManagedModels): void
  /** Stops within the grace, and ends the process. */
  stop(graceMs: number, lingerMs: number): void
}

/** Begins to receive the owner's messages. When the owner exits, Node ends this process. */
export function linkToOwner(options: OwnerLinkOptions): OwnerLink {
  const setup = Promise.withResolvers<WorkerSetup>()
  const keys = createPendingRequests<AdmittableKey | null>()
  const ownKeys = createPendingRequests<OwnKeyReply>()
  const rules: AdmissionClient = createAdmissionClient(send)
  const objects: ObjectsClient = createObjectsClient(send)
  const clientSecrets = createSecretsClient(send)
  let lines: string[] = []
  let dropped = 0
  let timer: NodeJS.Timeout | null = null
  let sending = false
  let more = false

  process.on('message', (message: ToWorker) => {
    switch (message.kind) {
      case 'start':
        return setup.resolve(message.setup)
      case 'key':
        if (message.key === 'failed')
          keys.reject(message.id, new Error('the owner could not look up the key'))
        else keys.resolve(message.id, message.key)
        return
      case 'decision':
      case 'verdicts':
      case 'charged':
        return rules.onResponse(message)
      case 'own-key':
        if (message.reply === 'failed')
          ownKeys.reject(message.id, new Error('the owner could not read about the key'))
        else ownKeys.resolve(message.id, message.reply)
        return
      case 'objects':
        return objects.onReply(message)
      case 'secret':
        return clientSecrets.onResponse(message)
      case 'forget-key':
        options.forgetKey(message.hashesHex)
        return send({ kind: 'confirm', id: message.id, abortedCalls: 0 })
      case 'abort-calls': {
        const { id, keyIds, reason } = message
        return void options
          .abortInFlightCalls(keyIds, reason)
          .then((abortedCalls) => send({ kind: 'confirm', id, abortedCalls }))
      }
      case 'replace-models':
        options.replaceModels(message.managed)
        return send({ kind: 'confirm', id: message.id, abortedCalls: 0 })
      case 'failed-authentication':
        return options.noteFailedAuthentication(message.clientIp)
      case 'ping':
        return send({ kind: 'pong' })
      case 'stop':
        return options.stop(message.graceMs, message.lingerMs)
    }
  })

  function scheduleReport(): void {
    more = true
    if (sending) return
    timer ??= setTimeout(report, REPORT_MS)
    timer.unref()
  }

  /** One report at a time, so that no reports pile up in memory for an owner that does not read. */
  function report(): void {
    timer = null
    const journal = options.journal()
    if (journal === null) return
    more = false
    sending = true
    const message = { kind: 'report', lines, dropped, journal, statuses: options.statuses() } as const
    lines = []
    dropped = 0
    send(message, () => {
      sending = false
      if (more) scheduleReport()
    })
  }

  return {
    setup() {
      send({ kind: 'ready' })
      return setup.promise
    },
    listening: () => send({ kind: 'listening' }),
    startFailed: (message) => new Promise((resolve) => send({ kind: 'start-failed', message }, resolve)),
    findKey: (hash) =>
      keys.request(
        (id) => send({ kind: 'find-key', id, hashHex: Buffer.from(hash).toString('hex') }),
        RESPONSE_MAX_MS,
      ),
    ownKeys: (request) => ownKeys.request((id) => send({ kind: 'own-key', id, request }), RESPONSE_MAX_MS),
    rules,
    objects,
    clientSecrets,
    tellFailedAuthentication: (clientIp) => send({ kind: 'failed-authentication', clientIp }),
    noteRecord(line) {
      if (lines.length < LINES_MAX) lines.push(line)
      else dropped++
      scheduleReport()
    },
    noteJournal: scheduleReport,
  }
}

/** `onSent` runs once the channel has taken the message, or refused it: then the owner has exited, and this process will. */
function send(message: ToOwner, onSent: () => void = () => undefined): void {
  process.send?.(message, undefined, undefined, onSent)
}
