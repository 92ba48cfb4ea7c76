// Puts the ledger's troubles into the log of whichever process has them.
import type { Logger } from 'pino'

/** Says that a part of the ledger has begun to fail, with a message, or works again, with null. */
export function logLedgerProblem(log: Logger, where: 'journal' | 'ingestion', message: string | null): void {
  if (message === null) log.info({ where }, 'the ledger works again')
  else
    log.error(
      { where, problem: message },
      'the ledger cannot keep up; calls go on, and nothing is lost so far',
    )
}
