// The account of every call. An answered call is never missing and never double: its record is in the journal before the
// answer's last byte goes out, and a thread carries the journal into the database, each record and its position together.
import { Worker } from 'node:worker_threads'
import type { CallRecord } from '../domain/call-record.ts'
import { mintRequestId } from '../domain/uuid.ts'
import type { IngestReport, IngestRequest, IngestSetup } from './ingest/protocol.ts'
import { type Journal, openJournal } from './journal/journal.ts'
import { closeLine, headLine, type OpenedCall, openLine } from './journal/line.ts'

// Between a record and its ingestion; records that come meanwhile share a transaction.
const LINGER_MS = 50
// Before an ingesting thread that has ended by itself is started again.
const RESTART_MS = 1_000
// How long a reader waits for what has just been written: the bound on how old a figure may be.
const SETTLE_MAX_MS = 1_000

export type LedgerState = {
  /** False while the disk refuses the journal; records wait in memory then. */
  journalWritable: boolean
  heldBytes: number
  lostLines: number
  /** What the last round of ingestion said no to; null when it went well. */
  ingestError: string | null
  /** Stretches of the journal that could not be read, since the process started. */
  quarantined: number
  /** Bytes of the journal that had not been ingested when the ingesting thread last told. */
  lagBytes: number
}

export type Ledger = {
  /** Takes what is known of a call that has been admitted: if the process is killed, this becomes its record. */
  open(call: OpenedCall): void
  /**
   * Takes the record of a finished call; never throws. `written` runs once it is in the journal, in this turn of the
   * event loop or the next: what must not happen before, such as sending the last byte, belongs there.
   */
  record(record: CallRecord, written?: () => void): void
  /**
   * Resolves when every record taken before this call can be read, and some thousand logs of deleted keys are gone, or
   * after a second. Never rejects.
   */
  settled(): Promise<void>
  /** Hands on every record as it is taken, in this turn; the listener must be quick and not throw. Answers how to stop. */
  onRecord(listener: (record: CallRecord) => void): () => void
  state(): LedgerState
  /** Writes and ingests what is left. What the database does not take stays in the journal for the next start. */
  close(): Promise<void>
}

export type LedgerOptions = {
  /** Where the journal is kept: a folder that this process alone uses. */
  folder: string
  /** As openStore takes it. */
  database: string
  /** Milliseconds that request logs and sums are kept; absent or null: for ever. */
  keepLogsMs?: number | null
  keepSumsMs?: number | null
  /** Told when the journal or its ingestion begins to fail, with a message, and when it works again, with null. */
  onTrouble(where: 'journal' | 'ingestion', message: string | null): void
  /** Told when parts of the journal could not be read, with how many there are since the process started. */
  onQuarantine?(count: number): void
}

/** The journal cannot be written, so that no call could be accounted for. The message says where and why. */
export class JournalError extends Error {
  override readonly name = 'JournalError'
}

/**
 * Opens the ledger; what an earlier run left in the journal is ingested first. Throws JournalError where the folder cannot
 * be written.
 */
export function openLedger(options: LedgerOptions): Ledger {
  // Sorts after every earlier run's.
  const boot = mintRequestId().slice('req_'.length)
  const state = { ingestError: null as string | null, quarantined: 0, lagBytes: 0 }
  const journal = journalIn(options, boot, tellSoon)
  const setup: IngestSetup = {
    folder: options.folder,
    boot,
    database: options.database,
    keepLogsMs: options.keepLogsMs ?? null,
    keepSumsMs: options.keepSumsMs ?? null,
  }
  const exited = Promise.withResolvers<void>()
  const settling = new Map<number, () => void>()
  const listeners = new Set<(record: CallRecord) => void>()
  let lastId = 0
  let timer: NodeJS.Timeout | null = null
  let closing = false
  let worker: Worker | null = startWorker()

  function startWorker(): Worker {
    const started = new Worker(new URL('./ingest/ingest-worker.ts', import.meta.url), { workerData: setup })
    // What an earlier thread has counted stays counted.
    const before = state.quarantined
    started.unref()
    started.on('message', (report: IngestReport) => {
      if (report.kind === 'settled') return settling.get(report.id)?.()
      setIngestError(report.error)
      state.lagBytes = report.lagBytes
      if (before + report.quarantined > state.quarantined) options.onQuarantine?.(before + report.quarantined)
      state.quarantined = before + report.quarantined
    })
    started.on('error', (error) => setIngestError(error.message))
    started.on('exit', () => {
      worker = null
      if (closing) return exited.resolve()
      setTimeout(() => {
        if (!closing) worker = startWorker()
      }, RESTART_MS).unref()
    })
    return started
  }

  function setIngestError(error: string | null): void {
    const before = state.ingestError
    state.ingestError = error
    if ((before === null) !== (error === null)) options.onTrouble('ingestion', error)
  }

  function tell(request: IngestRequest): void {
    worker?.postMessage(request)
  }

  function tellSoon(): void {
    timer ??= setTimeout(() => {
      timer = null
      tell({ kind: 'written' })
    }, LINGER_MS)
    timer.unref()
  }

  async function settled(): Promise<void> {
    // After this turn's lines are in the file.
    await new Promise<void>((resolve) => journal.afterTurn(resolve))
    const id = ++lastId
    await new Promise<void>((resolve) => {
      const late = setTimeout(resolve, SETTLE_MAX_MS)
      settling.set(id, () => {
        clearTimeout(late)
        resolve()
      })
      tell({ kind: 'settle', id })
    })
    settling.delete(id)
  }

  return {
    open: (call) => journal.append(openLine(call)),
    record(record, written) {
      journal.append(closeLine(record), written)
      for (const listener of listeners) listener(record)
    },
    settled,
    onRecord(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    state() {
      const { writable, heldBytes, lostLines } = journal.state()
      return { journalWritable: writable, heldBytes, lostLines, ...state }
    },
    async close() {
      if (timer !== null) clearTimeout(timer)
      const unwritten = journal.close()
      if (unwritten > 0)
        options.onTrouble('journal', `${unwritten} lines could not be written before stopping`)
      closing = true
      if (worker === null) return
      // From here on the process waits for it.
      worker.ref()
      tell({ kind: 'close' })
      await exited.promise
    },
  }
}

function journalIn({ folder, onTrouble }: LedgerOptions, boot: string, onWritten: () => void): Journal {
  try {
    return openJournal({
      folder,
      boot,
      head: headLine(boot),
      onWritten,
      onTrouble: (error) => onTrouble('journal', error === null ? null : error.message),
    })
  } catch (cause) {
    throw new JournalError(
      `The journal ${folder} cannot be written (${(cause as Error).message}), and no call is taken that cannot be accounted for. Give Latchkey a data directory that it may write to, with some room.`,
      { cause },
    )
  }
}
