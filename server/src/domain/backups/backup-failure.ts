// Why a backup was not made: a code for programs, and for the console, which says it in the language of its reader.
import { systemErrorOf } from '../system-error.ts'

/** Each code with its meaning. */
export const BACKUP_FAILURES = {
  NO_ROOM: 'The disk has less room (`freeBytes`) than a backup needs (`neededBytes`).',
  DAMAGED: 'The database is damaged, and no backup of it was kept.',
  POSTGRESQL: 'The database is PostgreSQL, which pg_dump backs up.',
  STOPPED: 'The server was stopped while it was made.',
  FAILED: 'The disk or the database failed: `systemError` is the name that the system has for it.',
} as const

export type BackupFailureCode = keyof typeof BACKUP_FAILURES

/** `message`: the same in English. Null: the code has none of this kind. */
export type BackupFailure = {
  code: BackupFailureCode
  message: string
  freeBytes: number | null
  neededBytes: number | null
  systemError: string | null
}

/** A failure with its numbers. */
export function backupFailure(
  code: BackupFailureCode,
  message: string,
  { freeBytes = null, neededBytes = null, systemError = null }: Partial<BackupFailure> = {},
): BackupFailure {
  return { code, message, freeBytes, neededBytes, systemError }
}

/** The failure of a backup that an error has ended. */
export function backupFailureOf(error: unknown): BackupFailure {
  if (!(error instanceof Error)) return backupFailure('FAILED', String(error))
  if (error.name === 'AbortError') return backupFailure('STOPPED', BACKUP_FAILURES.STOPPED)
  return backupFailure('FAILED', error.message, { systemError: systemErrorOf(error) })
}
