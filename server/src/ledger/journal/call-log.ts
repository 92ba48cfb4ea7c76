// The writing side of the ledger: what a process that serves calls records of each, in a journal of its own.

import type { CapturedContent } from '../../domain/content/captured-content.ts'
import type { CallRecord } from '../../domain/logs/call-record.ts'
import { EXIT, StartError } from '../../domain/start-error.ts'
import { contentLine, droppedLine } from './content-line.ts'
import { type JournalState, openJournal } from './journal.ts'
import { closeLine, closeLineAfter, headLine, lineBeginning, type OpenedCall, openLine } from './line.ts'
import { createStrangerDenials } from './stranger-denials.ts'

export type CallLog = {
  /**
   * Takes what is known of a call that has been admitted: if the process is killed, this becomes its record. Returns how its
   * lines begin, for `record`: the members that are known at admission must not change after this.
   */
  open(call: OpenedCall): string
  /**
   * Takes the record of a finished call; never throws. `written` runs once it is in the journal, in this turn of the
   * event loop or the next: what must not happen earlier, such as sending the last byte, belongs there. `content` is in
   * the journal too by then, unless the disk fails and there is no room for it: then it is dropped, and the journal says so.
   * Denied calls without a known key are counted together where they are many (stranger-denials.ts), and `written` runs at once.
   * `beginning` is what `open` returned for this call, so that it is not computed again.
   */
  record(
    record: CallRecord,
    written?: () => void,
    content?: CapturedContent | null,
    beginning?: string | null,
  ): void
  /** Resolves once everything recorded so far is in the journal. */
  written(): Promise<void>
  state(): JournalState
  /** Writes the remaining lines, for which a failing disk is retried up to `graceMs`. Resolves with how many are lost. */
  close(graceMs?: number): Promise<number>
}

export type CallLogOptions = {
  folder: string
  /** As openJournal takes it. */
  runId: string
  /** Called when there is something new to ingest. */
  onWritten(): void
  /** Called with every record, in the turn in which it is recorded, and with its journal line. */
  onRecord(record: CallRecord, line: string): void
  /** Called with a message when the journal begins to fail, and with null when it works again. */
  onProblem(message: string | null): void
}

/** The journal cannot be written, so that no call could be accounted for. The message has the folder and the reason. */
export class JournalError extends StartError {
  override readonly name = 'JournalError'

  constructor(folder: string, cause: unknown) {
    super(
      `The journal ${folder} cannot be written (${(cause as Error).message}), and no call is taken that cannot be accounted for. Give Latchkey a data directory that it may write to, with some room.`,
      /^(ENOSPC|EDQUOT|EFBIG)$/.test(String((cause as NodeJS.ErrnoException).code))
        ? EXIT.tryAgain
        : EXIT.configuration,
      { cause },
    )
  }
}

/** Opens the journal of a process. Throws JournalError where the folder cannot be written. */
export function openCallLog(options: CallLogOptions): CallLog {
  const journal = journalIn(options)
  const strangers = createStrangerDenials((record) => {
    const line = closeLine(record)
    journal.append(line)
    options.onRecord(record, line)
  })
  return {
    open(call) {
      const beginning = lineBeginning(call)
      journal.append(openLine(call, beginning))
      return beginning
    },
    record(record, written, content, beginning) {
      if (strangers.counts(record)) return written?.()
      const line = closeLineAfter(beginning ?? lineBeginning(record), record)
      journal.append(line, written)
      if (content && !journal.appendSpare(contentLine(content))) journal.append(droppedLine(content.id))
      options.onRecord(record, line)
    },
    written: () => new Promise((resolve) => journal.afterTurn(resolve)),
    state: () => journal.state(),
    async close(graceMs = 0) {
      strangers.flush()
      await journal.flush(graceMs)
      return journal.close()
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
