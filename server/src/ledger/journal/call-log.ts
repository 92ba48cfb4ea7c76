// The writing side of the ledger: what a process that serves calls notes of each, in a journal of its own.

import type { CapturedContent } from '../../domain/content/captured-content.ts'
import type { CallRecord } from '../../domain/logs/call-record.ts'
import { contentLine, droppedLine } from './content-line.ts'
import { type JournalState, openJournal } from './journal.ts'
import { closeLineAfter, headLine, lineBeginning, type OpenedCall, openLine } from './line.ts'

export type CallLog = {
  /**
   * Takes what is known of a call that has been admitted: if the process is killed, this becomes its record. Answers how its
   * lines begin, for `record`: who calls, and what for, may not change from here on.
   */
  open(call: OpenedCall): string
  /**
   * Takes the record of a finished call; never throws. `written` runs once it is in the journal, in this turn of the
   * event loop or the next: what must not happen before, such as sending the last byte, belongs there. `content` is as
   * safe by then, unless the disk refuses and there is no room for it: then it is dropped, and the journal says so.
   * `beginning` is what `open` answered for this call, so that it is not made again.
   */
  record(
    record: CallRecord,
    written?: () => void,
    content?: CapturedContent | null,
    beginning?: string | null,
  ): void
  /** Resolves once what has been taken so far is in the journal. */
  written(): Promise<void>
  state(): JournalState
  /** Writes what is left. What could not be written is told as trouble. */
  close(): void
}

export type CallLogOptions = {
  folder: string
  /** As openJournal takes it. */
  runId: string
  /** Told that there is something new to ingest. */
  onWritten(): void
  /** Handed every record as it is taken, in this turn, with the line that the journal has of it. */
  onRecord(record: CallRecord, line: string): void
  /** Told when the journal begins to fail, with a message, and when it works again, with null. */
  onProblem(message: string | null): void
}

/** The journal cannot be written, so that no call could be accounted for. The message says where and why. */
export class JournalError extends Error {
  override readonly name = 'JournalError'

  constructor(folder: string, cause: unknown) {
    super(
      `The journal ${folder} cannot be written (${(cause as Error).message}), and no call is taken that cannot be accounted for. Give Latchkey a data directory that it may write to, with some room.`,
      { cause },
    )
  }
}

/** Opens the journal of a process. Throws JournalError where the folder cannot be written. */
export function openCallLog(options: CallLogOptions): CallLog {
  const journal = journalIn(options)
  return {
    open(call) {
      const beginning = lineBeginning(call)
      journal.append(openLine(call, beginning))
      return beginning
    },
    record(record, written, content, beginning) {
      const line = closeLineAfter(beginning ?? lineBeginning(record), record)
      journal.append(line, written)
      if (content && !journal.appendSpare(contentLine(content))) journal.append(droppedLine(content.id))
      options.onRecord(record, line)
    },
    written: () => new Promise((resolve) => journal.afterTurn(resolve)),
    state: () => journal.state(),
    close() {
      const unwritten = journal.close()
      if (unwritten > 0) options.onProblem(`${unwritten} lines could not be written before stopping`)
    },
  }
}

function journalIn({ folder, runId, onWritten, onProblem }: CallLogOptions) {
  try {
    return openJournal({
      folder,
      runId,
      head: headLine(runId),
      onWritten,
      onProblem: (error) => onProblem(error === null ? null : error.message),
    })
  } catch (cause) {
    throw new JournalError(folder, cause)
  }
}
