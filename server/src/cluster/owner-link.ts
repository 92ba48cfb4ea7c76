// A worker's side of the channel to its owner.
import type { AbortReason } from '../domain/errors.ts'
import type { UpstreamStatus } from '../domain/upstreams/upstream-status.ts'
import type { CallRules } from '../gateway/gateway.ts'
import type { ManagedModels } from '../gateway/routing/route-snapshot.ts'
import type { JournalState } from '../ledger/journal/journal.ts'
import type { AdmittableKey } from '../store/queries/api-keys.ts'
import { type AdmissionClient, createAdmissionClient } from './admission-client.ts'
import type { ToOwner, ToWorker, WorkerSetup } from './protocol.ts'

// A call does not wait longer for an owner that does not answer; it is told to try again.
const ANSWER_MAX_MS = 5_000
// Between two reports: how far the live tail and the metrics may be behind a worker.
const REPORT_MS = 100
// Lines that wait for the next report, some 6 MB. More come only where the owner is stuck; the journal has them all.
const LINES_MAX = 10_000

export type OwnerLink = {
  /** Asks the owner to be let in; resolves with what it says. */
  setup(): Promise<WorkerSetup>
  listening(): void
  /** Resolves once it has been said. */
  failed(message: string): Promise<void>
  /** Asks the owner's store for a key. Rejects where it does not answer. */
  findKey(hash: Uint8Array): Promise<AdmittableKey | null>
  /** Judges calls, with the owner where they are counted. */
  rules: CallRules
  /** A record has been taken; `line` is what the journal has of it. */
  noteRecord(line: string): void
  /** Something has been written, or the disk's mood has changed; told with the next report. */
  noteJournal(): void
}

export type OwnerLinkOptions = {
  /** Asked when a report goes out. */
  journal(): JournalState | null
  forgetKey(hashesHex: string[]): void
  /** Answers how many it has cut. */
  abortInFlightCalls(keyId: number, reason: AbortReason): Promise<number>
  statuses(): UpstreamStatus[]
  replaceModels(managed: ManagedModels): void
  stop(graceMs: number): void
}

/** Begins to listen to the owner. Where the owner ends, Node ends this process. */
export function linkToOwner(options: OwnerLinkOptions): OwnerLink {
  const begun = Promise.withResolvers<WorkerSetup>()
  const asked = new Map<number, (key: AdmittableKey | null | 'failed') => void>()
  const rules: AdmissionClient = createAdmissionClient(say)
  let lastId = 0
  let lines: string[] = []
  let dropped = 0
  let timer: NodeJS.Timeout | null = null
  let sending = false
  let more = false

  process.on('message', (message: ToWorker) => {
    switch (message.kind) {
      case 'begin':
        return begun.resolve(message.setup)
      case 'key':
        return asked.get(message.id)?.(message.key)
      case 'decision':
      case 'verdicts':
        return rules.hear(message)
      case 'forget-key':
        options.forgetKey(message.hashesHex)
        return say({ kind: 'forgotten', id: message.id })
      case 'cut-calls': {
        const { id, keyId, reason } = message
        return void options.abortInFlightCalls(keyId, reason).then((calls) => say({ kind: 'cut', id, calls }))
      }
      case 'replace-models':
        options.replaceModels(message.managed)
        return say({ kind: 'replaced', id: message.id })
      case 'ping':
        return say({ kind: 'alive' })
      case 'stop':
        return options.stop(message.graceMs)
    }
  })

  function reportSoon(): void {
    more = true
    if (sending) return
    timer ??= setTimeout(report, REPORT_MS)
    timer.unref()
  }

  /** One report at a time: an owner that does not read has no heap of them waiting for it. */
  function report(): void {
    timer = null
    const journal = options.journal()
    if (journal === null) return
    more = false
    sending = true
    const told = { kind: 'report', lines, dropped, journal, statuses: options.statuses() } as const
    lines = []
    dropped = 0
    say(told, () => {
      sending = false
      if (more) reportSoon()
    })
  }

  return {
    setup() {
      say({ kind: 'ready' })
      return begun.promise
    },
    listening: () => say({ kind: 'listening' }),
    failed: (message) => new Promise((resolve) => say({ kind: 'failed', message }, resolve)),
    findKey: (hash) =>
      new Promise((resolve, reject) => {
        const id = ++lastId
        const settle = (key: AdmittableKey | null | 'failed') => {
          clearTimeout(late)
          asked.delete(id)
          if (key === 'failed') reject(new Error('the owner could not look up the key'))
          else resolve(key)
        }
        const late = setTimeout(settle, ANSWER_MAX_MS, 'failed')
        asked.set(id, settle)
        say({ kind: 'find-key', id, hashHex: Buffer.from(hash).toString('hex') })
      }),
    rules,
    noteRecord(line) {
      if (lines.length < LINES_MAX) lines.push(line)
      else dropped++
      reportSoon()
    },
    noteJournal: reportSoon,
  }
}

/** `sent` runs once the channel has taken the message, or refused it: then the owner is gone, and so is this process soon. */
function say(message: ToOwner, sent: () => void = () => undefined): void {
  process.send?.(message, undefined, undefined, sent)
}
