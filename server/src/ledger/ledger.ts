// The ledger: a record of every call. No call is missing or counted twice: its record is in the journal before the last byte
// of the response is sent, and a thread ingests the journal into the database, each record and its position in one transaction.
import type { CallRecord } from '../domain/logs/call-record.ts'
import { DAY_MS } from '../domain/time.ts'
import { mintRequestId } from '../domain/uuid.ts'
import { createInFlightCalls } from './in-flight-calls.ts'
import { type IngestionState, startIngestion } from './ingest/ingestion-thread.ts'
import type { ContentKeeping } from './ingest/protocol.ts'
import { type CallLog, openCallLog } from './journal/call-log.ts'
import type { JournalState } from './journal/journal.ts'

export { JournalError } from './journal/call-log.ts'

export type LedgerState = IngestionState & {
  /** False while the journal cannot be written to the disk; records wait in memory then. */
  journalWritable: boolean
  heldBytes: number
  lostLines: number
  /** Contents of calls that were dropped because the disk failed. */
  droppedContents: number
}

/** The ledger as its readers know it. */
export type LedgerView = {
  /**
   * Resolves with true when every record of before this call can be read, and some thousand logs of deleted keys have been
   * removed, or with false after a second. Never rejects.
   */
  settled(): Promise<boolean>
  /** Calls the listener with every record, when it is recorded; it must be quick and not throw. Returns how to stop. */
  onRecord(listener: (record: CallRecord) => void): () => void
  state(): LedgerState
}

/** The ledger of a process that serves calls by itself. */
export type Ledger = LedgerView &
  Pick<CallLog, 'open' | 'record'> & {
    /**
     * Writes and ingests the remaining records. What the database does not accept stays in the journal for the next start; a
     * journal whose disk fails is retried for up to `graceMs`. Resolves with how many lines of it are lost.
     */
    close(graceMs?: number): Promise<number>
  }

/** A week, without a quota or redaction. */
const CONTENT_KEEPING: ContentKeeping = {
  keepMs: 7 * DAY_MS,
  quotaBytes: null,
  redaction: { names: [], patterns: [] },
}

export type LedgerOptions = {
  /** The folder of the journal, which no other process may use but those that this one starts. */
  folder: string
  /** As openStore takes it. */
  database: string
  /** Retention of request logs and of rollups in milliseconds; absent or null: for ever. */
  keepLogsMs?: number | null
  rollupRetentionMs?: number | null
  /** Retention and redaction of calls' content; absent: CONTENT_KEEPING. */
  contents?: ContentKeeping
  /** How long a reader waits for what has just been written, in milliseconds; absent: a second. */
  settleMaxMs?: number
  /** Called with a message when the journal or its ingestion begins to fail, and with null when it works again. */
  onProblem(where: 'journal' | 'ingestion', message: string | null): void
  /** Called when parts of the journal could not be read, with how many there are since the process started. */
  onQuarantine?(count: number): void
  /** Called when contents were removed because of their quota, with how many there are since the process started. */
  onTrimmed?(count: number): void
}

/**
 * Opens the ledger; what remains in the journal from an earlier run is ingested first. Throws JournalError where the folder cannot
 * be written.
 */
export function openLedger(options: LedgerOptions): Ledger {
  const runId = mintRunId()
  const listeners = recordListeners()
  const calls = openCallLog({
    folder: options.folder,
    runId,
    onWritten: () => thread.written(),
    onRecord: listeners.notify,
    onProblem: (message) => options.onProblem('journal', message),
  })
  const inFlight = createInFlightCalls()
  const thread = ingestionOf(options, runId, inFlight.shared)
  return {
    open(call) {
      inFlight.opened()
      return calls.open(call)
    },
    record(record, written, content, beginning) {
      // A call that was denied has not been opened.
      if (beginning) inFlight.closed()
      calls.record(record, written, content, beginning)
    },
    async settled() {
      await calls.written()
      return thread.settle()
    },
    onRecord: listeners.add,
    state: () => ledgerState([calls.state()], thread.state()),
    async close(graceMs) {
      const lostLines = await calls.close(graceMs)
      await thread.close()
      return lostLines
    },
  }
}

/** A run id, for the names of segments: sorts after every earlier one. */
export function mintRunId(): string {
  return mintRequestId().slice('req_'.length)
}

/** Starts the thread that ingests what is written during this run. `inFlight`: as IngestSetup has it. */
export function ingestionOf(options: LedgerOptions, runId: string, inFlight: SharedArrayBuffer | null) {
  return startIngestion({
    folder: options.folder,
    runId,
    database: options.database,
    keepLogsMs: options.keepLogsMs ?? null,
    rollupRetentionMs: options.rollupRetentionMs ?? null,
    contents: options.contents ?? CONTENT_KEEPING,
    inFlight,
    onProblem: (message) => options.onProblem('ingestion', message),
    ...(options.settleMaxMs === undefined ? {} : { settleMaxMs: options.settleMaxMs }),
    ...(options.onQuarantine === undefined ? {} : { onQuarantine: options.onQuarantine }),
    ...(options.onTrimmed === undefined ? {} : { onTrimmed: options.onTrimmed }),
  })
}

/** The state of the journals of all processes and of the one ingestion together. */
export function ledgerState(journals: JournalState[], ingestion: IngestionState): LedgerState {
  return {
    journalWritable: journals.every(({ writable }) => writable),
    heldBytes: journals.reduce((sum, { heldBytes }) => sum + heldBytes, 0),
    lostLines: journals.reduce((sum, { lostLines }) => sum + lostLines, 0),
    droppedContents: journals.reduce((sum, { droppedLines }) => sum + droppedLines, 0),
    ...ingestion,
  }
}

/** Whoever is told of each record in the turn in which it is written; `add` returns what ends that. */
export function recordListeners() {
  const listeners = new Set<(record: CallRecord) => void>()
  return {
    add(listener: (record: CallRecord) => void): () => void {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    notify(record: CallRecord): void {
      for (const listener of listeners) listener(record)
    },
  }
}
