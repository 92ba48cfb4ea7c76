// The thread that carries the journal into the database, as the process that owns the database sees it.
import { Worker } from 'node:worker_threads'
import { createPendingRequests } from '../../rpc/rpc.ts'
import type { IngestReport, IngestRequest, IngestSetup } from './protocol.ts'

// Between a record and its ingestion; records that come meanwhile share a transaction and the sums they are added to. A
// busy gateway's wait longer: a call then costs a fifth less, and stats are still less than a second old.
const LINGER_MS = 50
const BUSY_LINGER_MS = 400
// Told again so soon after the last time, it is busy.
const BUSY_WITHIN_MS = 600
// By itself a busy thread takes three times as much for what it drops at once, and is no faster.
const YOUNG_MAX_MB = 16
// Before an ingesting thread that has ended by itself is started again.
const RESTART_MS = 1_000
// How long a reader waits for what has just been written: the bound on how old a figure may be.
const SETTLE_MAX_MS = 1_000

export type IngestionState = {
  /** What the last round of ingestion said no to; null when it went well. */
  ingestError: string | null
  /** Stretches of the journal that could not be read, since the process started. */
  quarantined: number
  /** Bytes of the journal that had not been ingested when the ingesting thread last told. */
  lagBytes: number
}

export type IngestionThread = {
  /** There is something new in the journal; it is ingested within a moment. */
  written(): void
  /** Resolves with true once all that stands in the journal has been ingested, or with false after `settleMaxMs`. Never rejects. */
  settle(): Promise<boolean>
  /** A process of this run that wrote to the journal is gone for good. */
  ended(runId: string): void
  state(): IngestionState
  /** Ingests what is left, nobody writing any more. What the database does not take stays for the next start. */
  close(): Promise<void>
}

export type IngestionThreadOptions = IngestSetup & {
  /** How long a reader waits for what has just been written; absent: a second. */
  settleMaxMs?: number
  /** Told when ingestion begins to fail, with a message, and when it works again, with null. */
  onProblem(message: string | null): void
  /** Told when parts of the journal could not be read, with how many there are since the process started. */
  onQuarantine?(count: number): void
}

/** Starts the thread; what an earlier run left in the journal is ingested first. */
export function startIngestion({
  onProblem,
  onQuarantine,
  settleMaxMs = SETTLE_MAX_MS,
  ...setup
}: IngestionThreadOptions): IngestionThread {
  const state: IngestionState = { ingestError: null, quarantined: 0, lagBytes: 0 }
  const exited = Promise.withResolvers<void>()
  const settles = createPendingRequests<null>()
  // One entry a process that has ended, which a thread that is started again has to be told.
  const endedRuns: string[] = []
  let lastReportedMs = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | null = null
  let closing = false
  let worker: Worker | null = startWorker()

  function startWorker(): Worker {
    const started = new Worker(new URL('./ingest-worker.ts', import.meta.url), {
      workerData: setup,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MAX_MB },
    })
    // What an earlier thread has counted stays counted.
    const before = state.quarantined
    started.unref()
    started.on('message', (report: IngestReport) => {
      if (report.kind === 'settled') return void settles.resolve(report.id, null)
      setIngestError(report.error)
      state.lagBytes = report.lagBytes
      if (before + report.quarantined > state.quarantined) onQuarantine?.(before + report.quarantined)
      state.quarantined = before + report.quarantined
    })
    started.on('error', (error) => setIngestError(error.message))
    started.on('exit', () => {
      worker = null
      if (closing) return exited.resolve()
      setTimeout(() => {
        if (closing) return
        worker = startWorker()
        for (const runId of endedRuns) tell({ kind: 'ended', runId })
      }, RESTART_MS).unref()
    })
    return started
  }

  function setIngestError(error: string | null): void {
    const before = state.ingestError
    state.ingestError = error
    if ((before === null) !== (error === null)) onProblem(error)
  }

  function tell(request: IngestRequest): void {
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
          tell({ kind: 'written' })
        },
        busy ? BUSY_LINGER_MS : LINGER_MS,
      ).unref()
    },
    settle: () =>
      settles
        .request((id) => tell({ kind: 'settle', id }), settleMaxMs)
        .then(
          () => true,
          () => false,
        ),
    ended(runId) {
      endedRuns.push(runId)
      tell({ kind: 'ended', runId })
    },
    state: () => ({ ...state }),
    async close() {
      if (timer !== null) clearTimeout(timer)
      closing = true
      if (worker === null) return
      // From here on the process waits for it.
      worker.ref()
      tell({ kind: 'close' })
      await exited.promise
    },
  }
}
