// The thread that ingests the journal, as the process that owns the database sees it.
import { Worker } from 'node:worker_threads'
import { createPendingRequests } from '../../rpc/rpc.ts'
import type { IngestReport, IngestRequest, IngestSetup, IngestWorkerSetup } from './protocol.ts'

// Between a record and its ingestion; records that come meanwhile share a transaction and the rollups they are added to. On a
// busy gateway they wait longer: a call then costs a fifth less, and stats are still less than a second old.
const LINGER_MS = 50
const BUSY_LINGER_MS = 400
// Something new so soon after the last report: it is busy.
const BUSY_WITHIN_MS = 600
// Without a bound, a busy thread takes three times as much memory for objects that live shortly, and is no faster.
const YOUNG_MAX_MB = 16
// Before an ingesting thread that has ended by itself is started again.
const RESTART_MS = 1_000
// How long a reader waits for what has just been written: the bound on how old a figure may be.
const SETTLE_MAX_MS = 1_000

export type IngestionState = {
  /** Why the last round of ingestion failed; null when it succeeded. */
  ingestError: string | null
  /** Parts of the journal that could not be read, since the process started. */
  quarantined: number
  /** Bytes of the journal that had not been ingested at the ingesting thread's last report. */
  lagBytes: number
}

export type IngestionThread = {
  /** There is something new in the journal; it is ingested within a moment. */
  written(): void
  /** Resolves with true once all that is in the journal has been ingested, or with false after `settleMaxMs`. Never rejects. */
  settle(): Promise<boolean>
  /** A process of this run that wrote to the journal has ended. */
  ended(runId: string): void
  state(): IngestionState
  /** Ingests what remains, when nobody writes any more. What the database does not take is ingested after the next start. */
  close(): Promise<void>
}

export type IngestionThreadOptions = IngestSetup & {
  /** How long a reader waits for what has just been written; absent: a second. */
  settleMaxMs?: number
  /** Called when ingestion begins to fail, with a message, and when it works again, with null. */
  onProblem(message: string | null): void
  /** Called when parts of the journal could not be read, with how many there are since the process started. */
  onQuarantine?(count: number): void
  /** Called when contents were removed because of their quota, with how many there are since the process started. */
  onTrimmed?(count: number): void
}

/** Starts the thread; what an earlier run left in the journal is ingested first. */
export function startIngestion({
  onProblem,
  onQuarantine,
  onTrimmed,
  settleMaxMs = SETTLE_MAX_MS,
  ...setup
}: IngestionThreadOptions): IngestionThread {
  const state: IngestionState = { ingestError: null, quarantined: 0, lagBytes: 0 }
  const exited = Promise.withResolvers<void>()
  const settles = createPendingRequests<null>()
  // Ids of readers that wait. These, and the processes that have ended, are repeated to a thread that takes another's place.
  const awaited = new Set<number>()
  const endedRuns: string[] = []
  let trimmed = 0
  let lastReportedMs = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | null = null
  let closing = false
  let worker: Worker | null = startWorker(false)

  function startWorker(hurries: boolean): Worker {
    const started = new Worker(new URL('./ingest-worker.ts', import.meta.url), {
      workerData: { ...setup, hurries } satisfies IngestWorkerSetup,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MAX_MB },
    })
    // What an earlier thread has counted stays counted.
    const before = state.quarantined
    const trimmedBefore = trimmed
    let mustBeReplaced = false
    started.unref()
    started.on('message', (report: IngestReport) => {
      if (report.kind === 'replace') {
        mustBeReplaced = true
        return
      }
      if (report.kind === 'settled') return void settles.resolve(report.id, null)
      setIngestError(report.error)
      state.lagBytes = report.lagBytes
      if (before + report.quarantined > state.quarantined) onQuarantine?.(before + report.quarantined)
      state.quarantined = before + report.quarantined
      if (trimmedBefore + report.trimmed > trimmed) onTrimmed?.(trimmedBefore + report.trimmed)
      trimmed = trimmedBefore + report.trimmed
    })
    started.on('error', (error) => setIngestError(error.message))
    started.on('exit', () => {
      worker = null
      if (mustBeReplaced) return resume(true)
      if (closing) return exited.resolve()
      setTimeout(() => {
        if (!closing) resume(false)
      }, RESTART_MS).unref()
    })
    return started
  }

  /** Starts another thread, and sends it all messages that the thread before may not have read. */
  function resume(hurries: boolean): void {
    worker = startWorker(hurries)
    for (const runId of endedRuns) post({ kind: 'ended', runId })
    for (const id of awaited) post({ kind: 'settle', id })
    if (closing) postClose(worker)
  }

  function postClose(last: Worker): void {
    // From here on the process waits for it.
    last.ref()
    post({ kind: 'close' })
  }

  function setIngestError(error: string | null): void {
    const before = state.ingestError
    state.ingestError = error
    if ((before === null) !== (error === null)) onProblem(error)
  }

  function post(request: IngestRequest): void {
    worker?.postMessage(request)
  }

  return {
    written() {
      if (timer !== null) return
      const busy = performance.now() - lastReportedMs < BUSY_WITHIN_MS
      timer = setTimeout(
        () => {
          timer = null
          lastReportedMs = performance.now()
          post({ kind: 'written' })
        },
        busy ? BUSY_LINGER_MS : LINGER_MS,
      ).unref()
    },
    settle() {
      let settleId = 0
      const send = (id: number) => {
        settleId = id
        awaited.add(id)
        post({ kind: 'settle', id })
      }
      return settles
        .request(send, settleMaxMs)
        .then(
          () => true,
          () => false,
        )
        .finally(() => awaited.delete(settleId))
    },
    ended(runId) {
      endedRuns.push(runId)
      post({ kind: 'ended', runId })
    },
    state: () => ({ ...state }),
    async close() {
      if (timer !== null) clearTimeout(timer)
      closing = true
      if (worker === null) return
      postClose(worker)
      await exited.promise
    },
  }
}
