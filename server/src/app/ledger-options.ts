// The ledger's options from the configuration, and its problems in the log of whichever process has them.
import type { Logger } from 'pino'
import { DAY_MS, HOUR_MS } from '../domain/time.ts'
import type { LedgerOptions } from '../ledger/ledger.ts'
import type { Config } from './settings/config.ts'
import { journalFolder } from './start/data-directory.ts'

/** What openLedger and openSharedLedger take; problems go to `log`. */
export function ledgerOptions(config: Config, log: Logger): LedgerOptions {
  return {
    folder: journalFolder(config),
    database: config.database,
    keepLogsMs: daysMs(config.retention.logDays),
    rollupRetentionMs: daysMs(config.retention.statsDays),
    contents: {
      keepMs: config.content.days * DAY_MS,
      quotaBytes: config.content.quotaBytes,
      redaction: config.content.redaction,
    },
    onProblem: (where, message) => logLedgerProblem(log, where, message),
    onTrimmed: hourly((count) =>
      log.warn(
        { removed: count },
        'the content of calls takes more than LATCHKEY_CONTENT_QUOTA_MB: the oldest is removed',
      ),
    ),
    onQuarantine: (count) =>
      log.error(
        { quarantined: count },
        'parts of the journal could not be read; they are kept in journal/quarantine, which `latchkey ledger requeue` reads again after an upgrade',
      ),
  }
}

/** Logs that a part of the ledger has begun to fail, with a message, or works again, with null. */
export function logLedgerProblem(log: Logger, where: 'journal' | 'ingestion', message: string | null): void {
  if (message === null) log.info({ where }, 'the ledger works again')
  else
    log.error(
      { where, problem: message },
      'the ledger cannot keep up; calls are served, and nothing is lost so far',
    )
}

/** Logs, at the end of a process, how many lines of its journal the disk has not accepted. */
export function reportLostLines(log: Logger, lines: number): void {
  if (lines > 0) log.fatal({ lines }, 'the disk accepted no more: these lines of the journal are lost')
}

/** Days in milliseconds; null (kept for ever) stays null. */
export function daysMs(days: number | null): number | null {
  return days === null ? null : days * DAY_MS
}

/** Passes on at most one call an hour: what is said again and again is not read. */
function hourly(say: (count: number) => void): (count: number) => void {
  let nextMs = 0
  return (count) => {
    if (performance.now() < nextMs) return
    nextMs = performance.now() + HOUR_MS
    say(count)
  }
}
