// What SQLite's refusals mean to whoever starts the server.
import { diskFault, EXIT, StartError } from '../../domain/start-error.ts'

/**
 * The fault of a database file at start, by SQLite's result code (https://www.sqlite.org/rescode.html), which is in `sqliteCode`
 * or in `errcode`, or in that of the error's cause; null for an error of another kind.
 */
export function sqliteFault(path: string, error: unknown): StartError | null {
  const code = resultCode(error) ?? resultCode((error as { cause?: unknown }).cause)
  if (code === null) return null
  const fault = (text: string, exitCode: 75 | 78 = EXIT.configuration) =>
    new StartError(`The database ${path} ${text}`, exitCode, { cause: error })
  // The primary code; the rest says where in SQLite it was found.
  switch (code & 0xff) {
    case SQLITE.FULL:
      return diskFault(path, { code: 'ENOSPC' })
    case SQLITE.PERM:
    case SQLITE.READONLY:
    case SQLITE.CANTOPEN:
    case SQLITE.AUTH:
      return fault(
        'cannot be opened for writing. Give the file and its folder to the user that runs Latchkey, or set LATCHKEY_DATA_DIR to a folder of its own.',
      )
    case SQLITE.CORRUPT:
    case SQLITE.NOTADB:
      return fault(
        'is damaged, or is no SQLite database. Nothing in it was changed. Restore it from a backup.',
      )
    case SQLITE.BUSY:
    case SQLITE.LOCKED:
      return fault('is in use by another program. End that program, and start again.', EXIT.tryAgain)
    case SQLITE.IOERR:
      return fault(
        `cannot be read or written (SQLite ${code}): its disk fails, or a limit on the size of files is reached.`,
        EXIT.tryAgain,
      )
    default:
      return null
  }
}

/** Whether another connection has the lock that was asked for. */
export function isBusy(error: unknown): boolean {
  const code = resultCode(error)
  return code !== null && (code & 0xff) === SQLITE.BUSY
}

const SQLITE = {
  PERM: 3,
  BUSY: 5,
  LOCKED: 6,
  READONLY: 8,
  IOERR: 10,
  CORRUPT: 11,
  FULL: 13,
  CANTOPEN: 14,
  AUTH: 23,
  NOTADB: 26,
} as const

function resultCode(error: unknown): number | null {
  if (typeof error !== 'object' || error === null) return null
  const { sqliteCode, errcode } = error as { sqliteCode?: unknown; errcode?: unknown }
  for (const code of [sqliteCode, errcode]) if (typeof code === 'number' && code !== 0) return code
  return null
}
