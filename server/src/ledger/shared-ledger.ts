// The ledger of a process that serves no calls itself: others write journals into one folder, and it ingests them all.
import { accessSync, constants, mkdirSync } from 'node:fs'
import type { CallRecord } from '../domain/logs/call-record.ts'
import { JournalError } from './journal/call-log.ts'
import type { JournalState } from './journal/journal.ts'
import { parseLine } from './journal/line.ts'
import {
  ingestionOf,
  type LedgerOptions,
  type LedgerView,
  ledgerState,
  mintRunId,
  recordListeners,
} from './ledger.ts'

export type SharedLedger = LedgerView & {
  /** A run id for one more process that will write to the journal. */
  nextRunId(): string
  /** A report of a writing process: the lines of the records since its last report, and the state of its journal. */
  take(runId: string, lines: string[], journal: JournalState): void
  /** A writing process has ended: the calls that are still open are interrupted. */
  ended(runId: string): void
  /** Ingests what remains, when all writing processes have ended. */
  close(): Promise<void>
}

/** Opens the ledger over the folder, created if absent. Throws JournalError where it cannot be written. */
export function openSharedLedger(options: LedgerOptions): SharedLedger {
  requireWritable(options.folder)
  const runId = mintRunId()
  const thread = ingestionOf(options, runId, null)
  const listeners = recordListeners()
  const journals = new Map<string, JournalState>()
  // Of processes that have ended.
  let lostLines = 0
  let droppedContents = 0
  let writers = 0
  return {
    settled: () => thread.settle(),
    onRecord: listeners.add,
    state() {
      const known = ledgerState([...journals.values()], thread.state())
      return {
        ...known,
        lostLines: known.lostLines + lostLines,
        droppedContents: known.droppedContents + droppedContents,
      }
    },
    nextRunId: () => `${runId}${(writers++).toString(16).padStart(6, '0')}`,
    take(writer, lines, journal) {
      thread.written()
      journals.set(writer, journal)
      for (const line of lines) {
        const record = recordIn(line)
        if (record !== null) listeners.notify(record)
      }
    },
    ended(writer) {
      lostLines += journals.get(writer)?.lostLines ?? 0
      droppedContents += journals.get(writer)?.droppedLines ?? 0
      journals.delete(writer)
      thread.ended(writer)
    },
    close: () => thread.close(),
  }
}

function recordIn(line: string): CallRecord | null {
  const parsed = parseLine(line)
  return parsed?.kind === 'close' ? parsed.record : null
}

function requireWritable(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    accessSync(folder, constants.W_OK)
  } catch (cause) {
    throw new JournalError(folder, cause)
  }
}
